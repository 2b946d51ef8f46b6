"""Cron lines, as Airflow's own parser (croniter) reads them."""

from __future__ import annotations

import re

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_FIELDS: tuple[tuple[str, int, int, list[str]], ...] = (
    ("minute", 0, 59, []),
    ("hour", 0, 23, []),
    ("day of the month", 1, 31, []),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 7, _DAYS),
    ("second", 0, 59, []),
)
_PART = re.compile(r"(?:\*|\?|(\w+)(?:-(\w+))?)(?:/(\d{1,4}))?")
_WEEKDAY = re.compile(r"(?:l?[0-7]|[a-z]{3})(?:#[1-5])?")


def cron_problem(text: str) -> str:
    """Return what is wrong with a cron line, for the end of a message, or ""."""
    fields = text.lower().split()
    if len(fields) not in (5, 6):
        return "is not a cron line of five fields, as '0 6 * * 1-5'"
    for value, (what, low, high, names) in zip(fields, _FIELDS, strict=False):
        for part in value.split(","):
            if not _part_fits(part, what, low, high, names):
                return f"is not a cron line: '{part}' is no {what} ({low} to {high})"
    return ""


def _part_fits(part: str, what: str, low: int, high: int, names: list[str]) -> bool:
    if what == "day of the month" and part == "l":
        return True
    if what == "day of the week" and _WEEKDAY.fullmatch(part) and not part.isalpha():
        return part[:3] in names or not part[:3].isalpha()
    match = _PART.fullmatch(part)
    if match is None or match[3] == "0":
        return False
    ends = [_number(end, low, high, names) for end in match.groups()[:2] if end is not None]
    return None not in ends


def _number(text: str, low: int, high: int, names: list[str]) -> int | None:
    if text in names:
        return names.index(text) + (1 if names is _MONTHS else 0)
    return int(text) if text.isascii() and text.isdigit() and low <= int(text[:4]) <= high else None
