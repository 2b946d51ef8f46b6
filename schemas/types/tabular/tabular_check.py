"""Say what is in a table, and fail when it is not as it should be; no library is needed."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any, Dict, List, Optional, Sequence, Tuple

Columns = Dict[str, List[Any]]
Range = Tuple[Optional[float], Optional[float]]


def describe(table: Any) -> Dict[str, Any]:
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
    ranges: Optional[Dict[str, Range]] = None,
    rows: int = 1,
) -> str:
    """Return a report. Raises ValueError that lists every problem of the table."""
    ranges = ranges or {}
    values = _columns(data)
    asked = list(dict.fromkeys([*columns, *filled, *unique, *ranges]))
    problems = ["there is no column '%s'" % name for name in asked if name not in values]
    if _length(values) < rows:
        problems.append("there are %d rows, at least %d were asked for" % (_length(values), rows))
    for name in (name for name in filled if name in values):
        missing = sum(_is_missing(value) for value in values[name])
        if missing:
            problems.append("'%s' misses %d of %d values" % (name, missing, len(values[name])))
    if unique and all(name in values for name in unique):
        problems += _duplicates(values, unique)
    for name, (low, high) in ranges.items():
        problems += _outside(name, values.get(name, []), low, high)
    if problems:
        raise ValueError("the table is not as it should be: " + "; ".join(problems))
    lines = ["# Table check", "", "%d rows, %d columns." % (_length(values), len(values)), ""]
    return "\n".join([*lines, "Every check passed: %s." % (", ".join(asked) or "rows"), ""])


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
        return bool(value != value)
    except TypeError:
        return True


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _summary(values: List[Any]) -> Dict[str, Any]:
    present = [value for value in values if not _is_missing(value)]
    found: Dict[str, Any] = {"missing": len(values) - len(present)}
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


def _summary_report(summary: Dict[str, Any]) -> str:
    lines = ["# Table", "", "%d rows." % summary["rows"], ""]
    lines += ["| column | kind | missing | values |", "|---|---|---|---|"]
    for name, one in summary["columns"].items():
        if one["kind"] == "number":
            values = "%g to %g, mean %g" % (one["least"], one["greatest"], one["mean"])
        else:
            values = ", ".join("%s (%d)" % (value, count) for value, count in one["frequent"])
        cells = (name, one["kind"], str(one["missing"]), values)
        lines.append("| %s |" % " | ".join(c.replace("|", "\\|").replace("\n", " ") for c in cells))
    return "\n".join([*lines, ""])


def _duplicates(columns: Columns, unique: Sequence[str]) -> List[str]:
    counts = Counter(zip(*(columns[name] for name in unique)))
    more = sum(count - 1 for count in counts.values())
    names = ", ".join("'%s'" % name for name in unique)
    return ["%d rows have the same %s as another" % (more, names)] if more else []


def _outside(
    name: str, values: List[Any], low: Optional[float], high: Optional[float]
) -> List[str]:
    present = [value for value in values if not _is_missing(value)]
    texts = sum(not _is_number(value) for value in present)
    if texts:
        return ["'%s' has %d values that are no numbers" % (name, texts)]
    outside = [
        value
        for value in present
        if (low is not None and value < low) or (high is not None and value > high)
    ]
    if not outside:
        return []
    bounds = "%s to %s" % ("-" if low is None else low, "-" if high is None else high)
    return ["'%s' has %d values outside %s, such as %s" % (name, len(outside), bounds, outside[0])]
