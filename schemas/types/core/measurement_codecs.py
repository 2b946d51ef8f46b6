"""Read and write metrics, curves and confusion matrices as JSON, with the standard library."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Mapping

if TYPE_CHECKING:
    from pathlib import Path


def load_metric(path: Path) -> float:
    """Return the number; NaN when the file holds null."""
    value = json.loads(path.read_text("utf-8"))
    if isinstance(value, dict):
        if "value" not in value:
            raise ValueError("a metric is a number, or an object with 'value'")
        value = value["value"]
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"a metric's value is a number, not {type(value).__name__}")
    return float(value)


def save_metric(value: Any, path: Path) -> None:
    """Write `{"value": …}`; a dict with `value` keeps its other entries."""
    rest: dict[str, Any] = {}
    if isinstance(value, Mapping):
        if "value" not in value:
            raise ValueError("a metric is a number, or a dict with 'value'")
        rest = {str(k): v for k, v in value.items() if k != "value"}
        value = value["value"]
    _write({"value": _number(value), **rest}, path)


def load_curve(path: Path) -> list[Any]:
    """Return the points as they were written: `[x, y]` or dicts."""
    points = json.loads(path.read_text("utf-8"))
    if not isinstance(points, list):
        raise TypeError("a curve is an array of points")
    return points


def save_curve(value: Any, path: Path) -> None:
    """Write an array of points.

    Takes points (`[x, y]`, or dicts with x and y), plain numbers (x counts from 0), a dict of the
    columns x and y, or a DataFrame with such columns.
    """
    if hasattr(value, "to_dict") and hasattr(value, "columns"):
        value = value.to_dict("list")
    if isinstance(value, Mapping):
        if not {"x", "y"} <= set(value):
            raise ValueError(f"a curve's columns are x and y; got {', '.join(map(str, value))}")
        names = [str(name) for name in value]
        columns = [list(value[name]) for name in value]
        if len({len(column) for column in columns}) > 1:
            raise ValueError("x and y are not equally long")
        value = [dict(zip(names, row)) for row in zip(*columns)]
    points = value.tolist() if hasattr(value, "tolist") else list(value)
    _write([_point(index, point) for index, point in enumerate(points)], path)


def load_confusion_matrix(path: Path) -> dict[str, Any]:
    """Return `{"labels": […], "matrix": [[…]]}`."""
    return _checked(json.loads(path.read_text("utf-8")))


def save_confusion_matrix(value: Any, path: Path) -> None:
    """Write labels and counts; row i holds the things of class i.

    Takes a dict of labels and matrix, a tuple (labels, matrix), a DataFrame, or a square matrix
    alone, whose labels are then 0, 1, 2….
    """
    if hasattr(value, "index") and hasattr(value, "to_numpy"):
        value = {"labels": list(value.index), "matrix": value.to_numpy()}
    elif isinstance(value, tuple) and len(value) == 2:
        value = {"labels": value[0], "matrix": value[1]}
    elif not isinstance(value, Mapping):
        value = {"labels": range(len(value)), "matrix": value}
    matrix = [[_count(count) for count in row] for row in value["matrix"]]
    labels = [str(label) for label in value["labels"]]
    _write(_checked({"labels": labels, "matrix": matrix}), path)


def _number(value: Any) -> Any:
    """Return a JSON number; None for what is not finite. NumPy's scalars count as numbers."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, (bool, str, bytes)) or not hasattr(value, "__float__"):
        raise TypeError(f"expected a number, not {type(value).__name__}")
    if not isinstance(value, int):
        value = float(value)
    return value if math.isfinite(value) else None


def _point(index: int, point: Any) -> Any:
    if isinstance(point, Mapping):
        if not {"x", "y"} <= set(point):
            raise ValueError(f"point {index} has no x and y")
        return {
            str(k): v if isinstance(v, str) or v is None else _number(v) for k, v in point.items()
        }
    if isinstance(point, (list, tuple)) or hasattr(point, "__len__"):
        if len(point) != 2:
            raise ValueError(f"point {index} has {len(point)} values; a point is [x, y]")
        return [None if part is None else _number(part) for part in point]
    return [index, None if point is None else _number(point)]


def _count(value: Any) -> Any:
    # Counts are whole numbers; a matrix that is normalised by row holds shares.
    number = _number(value)
    return int(number) if number is not None and number == int(number) else number


def _checked(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or not {"labels", "matrix"} <= set(value):
        raise ValueError("a confusion matrix has labels and a matrix")
    size = len(value["labels"])
    if len(value["matrix"]) != size or any(len(row) != size for row in value["matrix"]):
        raise ValueError(f"a confusion matrix has one row and one column a label: {size} of each")
    return value


def _write(value: Any, path: Path) -> None:
    path.write_text(f"{json.dumps(value, ensure_ascii=False, allow_nan=False)}\n", "utf-8")
