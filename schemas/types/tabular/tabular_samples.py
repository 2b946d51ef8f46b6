"""Tiny valid artifacts of the library's types."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def summary(path: Path) -> None:
    """Write the summary of a table with one column."""
    height = {"kind": "number", "missing": 0, "least": 1.0, "greatest": 3.0, "mean": 2.0}
    path.write_text(f"{json.dumps({'rows': 3, 'columns': {'height': height}})}\n", "utf-8")
