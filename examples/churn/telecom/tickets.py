"""The helpdesk's log of tickets, as a table."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd


def log_to_table(source: Path) -> pd.DataFrame:
    """Return one row for each line of the log; nested keys become columns of their own."""
    with source.open(encoding="utf-8") as lines:
        tickets = [json.loads(line) for line in lines]
    table = pd.json_normalize(tickets, sep="_")
    return table.rename(
        columns={"customer": "customer_id", "about_topic": "topic", "about_minutes": "minutes"}
    )
