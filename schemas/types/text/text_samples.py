"""Tiny valid artifacts of the library's types."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = [("the meeting is at noon", "ham"), ("win a prize now", "spam")]


def corpus(path: Path) -> None:
    """Write two documents."""
    _write_lines([{"text": text} for text, _ in TEXTS], path)


def labelled_corpus(path: Path) -> None:
    """Write two documents with their labels."""
    _write_lines([{"text": text, "label": label} for text, label in TEXTS], path)


def tokens(path: Path) -> None:
    """Write the tokens of two documents."""
    _write_lines([{"tokens": text.split()} for text, _ in TEXTS], path)


def vocabulary(path: Path) -> None:
    """Write the numbers of three tokens."""
    path.write_text(f"{json.dumps({'<unk>': 0, 'prize': 1, 'noon': 2})}\n", "utf-8")


def classification_table(path: Path) -> None:
    """Write two rows."""
    lines = ["text,label", *(",".join(row) for row in TEXTS)]
    path.write_bytes("".join(f"{line}\n" for line in lines).encode("ascii"))


def _write_lines(documents: list[dict[str, Any]], path: Path) -> None:
    path.write_text("".join(f"{json.dumps(document)}\n" for document in documents), "utf-8")
