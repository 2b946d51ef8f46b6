"""Tiny valid artifacts of every core type, for simulation: `sample(path)` writes one.

Only the standard library is needed, so that an experiment can be simulated anywhere.
"""

from __future__ import annotations

import base64
import json
import struct
import zlib
from typing import TYPE_CHECKING, Any, Tuple

if TYPE_CHECKING:
    from pathlib import Path

Colour = Tuple[int, int, int]

# Four rows of `height` and `species`, written by pyarrow without compression.
_PARQUET = (
    "UEFSMRUAFUwVTCwVCBUAFQYVBhwAAAACAAAACAFmZmZmZmYUQJqZmZmZmRNAMzMzMzMzGUAzMzMzMzMXQBUAFWgVaCwV"
    "CBUAFQYVBhwAAAACAAAACAEGAAAAc2V0b3NhBgAAAHNldG9zYQkAAAB2aXJnaW5pY2EJAAAAdmlyZ2luaWNhFQQZPDUA"
    "GAZzY2hlbWEVBAAVCiUCGAZoZWlnaHQAFQwlAhgHc3BlY2llcyUATBwAAAAWCBkcGSwmABwVChklBgAZGAZoZWlnaHQV"
    "ABYIFnIWciYISRwVABUAFQIAPCkGGSYACAAAACYAHBUMGSUGABkYB3NwZWNpZXMVABYIFo4BFo4BJnpJHBUAFQAVAgA8"
    "FjwZBhkmAAgAAAAWgAIWCCYIFoACACggcGFycXVldC1jcHAtYXJyb3cgdmVyc2lvbiAyNi4wLjEZLBwAABwAAADRAAAA"
    "UEFSMQ=="
)


def csv_table(path: Path) -> None:
    """Write four rows of two columns."""
    rows = ["height,species", "5.1,setosa", "4.9,setosa", "6.3,virginica", "5.8,virginica"]
    path.write_bytes("".join(f"{row}\n" for row in rows).encode("ascii"))


def parquet_table(path: Path) -> None:
    """Write the same rows as Parquet."""
    path.write_bytes(base64.b64decode(_PARQUET))


def json_lines(path: Path) -> None:
    """Write two records, one of them nested."""
    records = [{"id": 1, "text": "a rose"}, {"id": 2, "text": "a rose", "tags": ["red"]}]
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), "utf-8")


def json_file(path: Path) -> None:
    """Write a small object."""
    _write_json({"setosa": 0, "virginica": 1}, path)


def text_file(path: Path) -> None:
    """Write a line of text."""
    path.write_text("A rose is a rose is a rose.\n", "utf-8")


def folder(path: Path) -> None:
    """Write a folder with one file in it and one below."""
    (path / "more").mkdir(parents=True)
    (path / "first.txt").write_text("one\n", "utf-8")
    (path / "more" / "second.txt").write_text("two\n", "utf-8")


def image_folder(path: Path) -> None:
    """Write one image of each of two classes."""
    for name, colour in (("dark", (30, 30, 60)), ("light", (230, 230, 250))):
        (path / name).mkdir(parents=True)
        (path / name / "1.png").write_bytes(png(colour))


def metric(path: Path) -> None:
    """Write a number that fits every range of shares."""
    _write_json({"value": 0.5}, path)


def curve(path: Path) -> None:
    """Write a falling curve."""
    _write_json([[x, round(1 / (x + 1), 4)] for x in range(5)], path)


def confusion_matrix(path: Path) -> None:
    """Write the counts of two classes."""
    _write_json({"labels": ["setosa", "virginica"], "matrix": [[9, 1], [2, 8]]}, path)


def figure(path: Path) -> None:
    """Write a PNG of 8 by 8 points."""
    path.write_bytes(png((124, 58, 237)))


def svg_figure(path: Path) -> None:
    """Write an SVG with one circle."""
    path.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8">'
        '<circle cx="4" cy="4" r="3"/></svg>\n',
        "utf-8",
    )


def report(path: Path) -> None:
    """Write a heading and a sentence."""
    path.write_text("# Sample\n\nNothing was measured.\n", "utf-8")


def png(colour: Colour, size: int = 8) -> bytes:
    """Return a PNG file of one colour: https://www.w3.org/TR/png-3/#11Chunks."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    pixels = (b"\0" + bytes(colour) * size) * size
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _write_json(value: Any, path: Path) -> None:
    path.write_text(f"{json.dumps(value)}\n", "utf-8")
