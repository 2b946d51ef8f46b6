"""The helpdesk's log of tickets, as a table."""

from __future__ import annotations

from typing import Any

import pandas as pd

NAMES = {"customer": "customer_id", "about_topic": "topic", "about_minutes": "minutes"}


def log_to_table(log: list[dict[str, Any]]) -> pd.DataFrame:
    """Return one row for each ticket; nested keys become columns of their own."""
    return pd.json_normalize(log, sep="_").rename(columns=NAMES)
