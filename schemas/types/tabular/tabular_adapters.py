"""From one table format to another: `python tabular_adapters.py NAME FROM TO`."""

from __future__ import annotations

import csv
import json
import re
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any, Callable

# `007` and `+1` are codes rather than numbers, so they stay text and nothing is lost.
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


def csv_to_parquet(source: Path, target: Path) -> None:
    """Write a CSV table as Parquet; columns of numbers become numbers."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    header, columns = _read_columns(source)
    arrays = [pa.array(column) for column in columns]
    arrays = [a.cast(pa.string()) if a.type == pa.null() else a for a in arrays]
    table = pa.Table.from_arrays(arrays, names=header)
    pq.write_table(table, str(target))


def parquet_to_csv(source: Path, target: Path) -> None:
    """Write a Parquet table as CSV."""
    import pyarrow.parquet as pq

    table = pq.read_table(str(source))
    _write_csv(table.column_names, table.to_pylist(), target)


def csv_to_jsonl(source: Path, target: Path) -> None:
    """Write each row as an object."""
    header, columns = _read_columns(source)
    with target.open("w", encoding="utf-8", newline="\n") as file:
        for row in zip(*columns):
            file.write(f"{json.dumps(dict(zip(header, row)), ensure_ascii=False)}\n")


def jsonl_to_csv(source: Path, target: Path) -> None:
    """Write each object as a row; the columns are all keys, in order of appearance."""
    rows = _read_objects(source)
    header = list(dict.fromkeys(key for row in rows for key in row))
    _write_csv(header, rows, target)


def jsonl_to_parquet(source: Path, target: Path) -> None:
    """Write each object as a row that keeps its types."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = _read_objects(source)
    names = list(dict.fromkeys(key for row in rows for key in row))
    columns = {name: [row.get(name) for row in rows] for name in names}
    pq.write_table(pa.table(columns), str(target))


def _read_columns(source: Path) -> tuple[list[str], list[list[Any]]]:
    with source.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file)
        header = next(lines, [])
        records = [line for line in lines if line]
    if len(set(header)) != len(header):
        raise ValueError("two columns of the table have one name")
    for number, record in enumerate(records, 2):
        if len(record) != len(header):
            raise ValueError(f"record {number} has {len(record)} values, the header {len(header)}")
    return header, [_typed([record[i] for record in records]) for i in range(len(header))]


def _typed(texts: list[str]) -> list[Any]:
    filled = [text for text in texts if text != ""]
    read: Callable[[str], Any] = str
    if filled and all(_INTEGER.fullmatch(text) for text in filled):
        read = int
    elif filled and all(_is_number(text) for text in filled):
        read = float
    return [read(text) if text != "" else None for text in texts]


def _is_number(text: str) -> bool:
    if _NUMBER.fullmatch(text) is None:
        return False
    # A number that a float cannot hold, as one of 20 digits, stays text.
    return Decimal(text) == Decimal(repr(float(text)))


def _read_objects(source: Path) -> list[dict[str, Any]]:
    rows = []
    with source.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise TypeError(f"line {number} holds no object, so it is no row")
                rows.append(row)
    return rows


def _write_csv(header: list[str], rows: list[dict[str, Any]], target: Path) -> None:
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([_cell(row.get(name)) for name in header] for row in rows)


def _cell(value: Any) -> Any | None:
    if isinstance(value, (dict, list, bool)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value


ADAPTERS = {
    adapter.__name__: adapter
    for adapter in (csv_to_parquet, parquet_to_csv, csv_to_jsonl, jsonl_to_csv, jsonl_to_parquet)
}

if __name__ == "__main__":
    ADAPTERS[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
