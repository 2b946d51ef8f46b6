"""Read and write tables: pandas where the stage has it, plain Python where it has not."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Any, Callable, Dict, List

if TYPE_CHECKING:
    from pathlib import Path

Rows = List[Dict[str, Any]]

# Numbers as people write them; `007` is a code, not a number, and stays text.
_INTEGER = re.compile(r"[+-]?(?:0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[+-]?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?")


def load_csv(path: Path) -> Any:
    """Return a pandas DataFrame, or a list of dicts when the stage has no pandas."""
    try:
        import pandas as pd
    except ImportError:
        return _load_rows(path)
    return pd.read_csv(path)


def save_csv(value: Any, path: Path) -> None:
    """Write a DataFrame (pandas, Polars, Arrow), a list of dicts, or a dict of columns.

    An index of a DataFrame is written when it has a name. Raises TypeError for anything else.
    """
    if _is_arrow(value):
        value = value.to_pylist()
    if hasattr(value, "to_csv"):
        frame = value.to_frame() if hasattr(value, "to_frame") and value.ndim == 1 else value
        frame.to_csv(path, index=_has_named_index(frame))
    elif hasattr(value, "write_csv"):
        value.write_csv(path)
    else:
        _save_rows(_as_rows(value), path)


def load_parquet(path: Path) -> Any:
    """Return a pandas DataFrame."""
    import pandas as pd

    return pd.read_parquet(path)


def save_parquet(value: Any, path: Path) -> None:
    """Write a DataFrame (pandas, Polars, Arrow), a list of dicts, or a dict of columns."""
    if hasattr(value, "to_parquet"):
        value.to_parquet(path, index=_has_named_index(value))
    elif hasattr(value, "write_parquet"):
        value.write_parquet(path)
    else:
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = value if _is_arrow(value) else pa.Table.from_pylist(_as_rows(value))
        pq.write_table(table, str(path))


def _is_arrow(value: Any) -> bool:
    return hasattr(value, "to_pylist") and hasattr(value, "schema")


def _has_named_index(frame: Any) -> bool:
    return any(name is not None for name in frame.index.names)


def _as_rows(value: Any) -> Rows:
    if isinstance(value, dict):
        columns = {str(name): list(column) for name, column in value.items()}
        lengths = {len(column) for column in columns.values()}
        if len(lengths) > 1:
            raise TypeError(f"a table's columns are equally long; got lengths {sorted(lengths)}")
        return [dict(zip(columns, row)) for row in zip(*columns.values())]
    rows = list(value) if isinstance(value, (list, tuple)) else None
    if rows is None or not all(isinstance(row, dict) for row in rows):
        raise TypeError(
            "a table is a DataFrame, a list of dicts or a dict of columns, "
            f"not {type(value).__name__}"
        )
    return rows


def _save_rows(rows: Rows, path: Path) -> None:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _load_rows(path: Path) -> Rows:
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file)
        header = next(lines, [])
        texts = [line for line in lines if line]
    for number, line in enumerate(texts, 2):
        if len(line) != len(header):
            raise ValueError(f"record {number} has {len(line)} values, the header {len(header)}")
    columns = [_typed([line[i] for line in texts]) for i in range(len(header))]
    return [dict(zip(header, row)) for row in zip(*columns)]


def _typed(texts: list[str]) -> list[Any]:
    """Return a column as numbers when all of it are numbers; what is empty is None."""
    filled = [text for text in texts if text != ""]
    read: Callable[[str], Any] = str
    if filled and all(_INTEGER.fullmatch(text) for text in filled):
        read = int
    elif filled and all(_NUMBER.fullmatch(text) for text in filled):
        read = float
    return [read(text) if text != "" else None for text in texts]
