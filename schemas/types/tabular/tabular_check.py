"""Say what is in a table, and fail when it is not as it should be; no library is needed."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any, Dict, List, Optional, Sequence, Tuple

Columns = Dict[str, List[Any]]
Range = Tuple[Optional[float], Optional[float]]


def describe(table: Any) -> dict[str, Any]:
    """Return the outputs `summary` and `report` for a DataFrame or a list of dicts."""
    columns = _columns(table)
    summary = {
        "rows": _length(columns),
        "columns": {name: _summary(values) for name, values in columns.items()},
    }
    return {"summary": summary, "report": _summary_report(summary)}


def check(
    data: Any,
    columns: Sequence[str] = (),
    filled: Sequence[str] = (),
    unique: Sequence[str] = (),
    ranges: dict[str, Range] | None = None,
    rows: int = 1,
) -> str:
    """Return a report. Raises ValueError that lists every problem of the table."""
    ranges = ranges or {}
    values = _columns(data)
    asked = list(dict.fromkeys([*columns, *filled, *unique, *ranges]))
    problems = [f"there is no column '{name}'" for name in asked if name not in values]
    if _length(values) < rows:
        problems.append(f"there are {_length(values)} rows, at least {rows} were asked for")
    for name in (name for name in filled if name in values):
        missing = sum(_is_missing(value) for value in values[name])
        if missing:
            problems.append(f"'{name}' misses {missing} of {len(values[name])} values")
    if unique and all(name in values for name in unique):
        problems += _duplicates(values, unique)
    for name, (low, high) in ranges.items():
        problems += _outside(name, values.get(name, []), low, high)
    if problems:
        raise ValueError(f"the table is not as it should be: {'; '.join(problems)}")
    lines = ["# Table check", "", f"{_length(values)} rows, {len(values)} columns.", ""]
    return "\n".join([*lines, f"Every check passed: {', '.join(asked) or 'rows'}.", ""])


def _columns(table: Any) -> Columns:
    if hasattr(table, "columns"):
        return {str(name): table[name].tolist() for name in table.columns}
    names = dict.fromkeys(name for row in table for name in row)
    return {name: [row.get(name) for row in table] for name in names}


def _length(columns: Columns) -> int:
    return len(next(iter(columns.values()), []))


def _is_missing(value: Any) -> bool:
    # NaN and pandas' NaT are not equal to themselves; its NA refuses to answer.
    if value is None:
        return True
    try:
        return bool(value != value)  # noqa: PLR0124 - how NaN tells itself
    except TypeError:
        return True


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _summary(values: list[Any]) -> dict[str, Any]:
    present = [value for value in values if not _is_missing(value)]
    found: dict[str, Any] = {"missing": len(values) - len(present)}
    finite = [float(v) for v in present if _is_number(v) and math.isfinite(v)]
    if present and len(finite) == len(present):
        mean = math.fsum(finite) / len(finite)
        variance = math.fsum((value - mean) ** 2 for value in finite) / len(finite)
        found.update(kind="number", least=min(finite), greatest=max(finite), mean=mean)
        found["deviation"] = math.sqrt(variance)
    else:
        counts = Counter(str(value) for value in present)
        found.update(kind="text", distinct=len(counts))
        # Ties go by name, so that the same table always gives the same summary.
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        found["frequent"] = [[value, count] for value, count in ordered[:5]]
    return found


def _summary_report(summary: dict[str, Any]) -> str:
    lines = ["# Table", "", f"{summary['rows']} rows.", ""]
    lines += ["| column | kind | missing | values |", "|---|---|---|---|"]
    for name, one in summary["columns"].items():
        if one["kind"] == "number":
            values = f"{one['least']:g} to {one['greatest']:g}, mean {one['mean']:g}"
        else:
            values = ", ".join(f"{value} ({count})" for value, count in one["frequent"])
        cells = (name, one["kind"], str(one["missing"]), values)
        escaped = (cell.replace("|", "\\|").replace("\n", " ") for cell in cells)
        lines.append(f"| {' | '.join(escaped)} |")
    return "\n".join([*lines, ""])


def _duplicates(columns: Columns, unique: Sequence[str]) -> list[str]:
    counts = Counter(zip(*(columns[name] for name in unique)))
    more = sum(count - 1 for count in counts.values())
    names = ", ".join(f"'{name}'" for name in unique)
    return [f"{more} rows have the same {names} as another"] if more else []


def _outside(name: str, values: list[Any], low: float | None, high: float | None) -> list[str]:
    present = [value for value in values if not _is_missing(value)]
    texts = sum(not _is_number(value) for value in present)
    if texts:
        return [f"'{name}' has {texts} values that are no numbers"]
    outside = [
        value
        for value in present
        if (low is not None and value < low) or (high is not None and value > high)
    ]
    if not outside:
        return []
    bounds = f"{'-' if low is None else low} to {'-' if high is None else high}"
    return [f"'{name}' has {len(outside)} values outside {bounds}, such as {outside[0]}"]
