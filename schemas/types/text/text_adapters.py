"""From one form of texts to another: `python text_adapters.py NAME FROM TO`."""

from __future__ import annotations

import csv
import json
import re
import sys
from pathlib import Path
from typing import Any, Iterable


def text_to_corpus(source: Path, target: Path) -> None:
    """Write each paragraph as a document; empty lines stand between paragraphs."""
    paragraphs = re.split(r"\n[ \t]*\n", source.read_text("utf-8-sig"))
    texts = (paragraph.strip() for paragraph in paragraphs)
    _write_lines(({"text": text} for text in texts if text), target)


def table_to_labelled_corpus(source: Path, target: Path) -> None:
    """Write each row as a document."""
    with source.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        missing = {"text", "label"} - set(rows.fieldnames or ())
        if missing:
            names = "' and '".join(sorted(missing))
            raise ValueError(f"the table has no column '{names}'")
        _write_lines(rows, target)


def labelled_corpus_to_table(source: Path, target: Path) -> None:
    """Write each document as a row; text and label are the first columns."""
    with source.open(encoding="utf-8-sig") as lines:
        documents = [json.loads(line) for line in lines if line.strip()]
    header = list(dict.fromkeys(["text", "label", *(key for one in documents for key in one)]))
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: _cell(value) for key, value in one.items()} for one in documents)


def _cell(value: Any) -> Any:
    if value is None or (isinstance(value, (str, int, float)) and not isinstance(value, bool)):
        return value
    return json.dumps(value, ensure_ascii=False)


def _write_lines(documents: Iterable[dict[str, Any]], target: Path) -> None:
    with target.open("w", encoding="utf-8", newline="\n") as file:
        for document in documents:
            file.write(f"{json.dumps(document, ensure_ascii=False)}\n")


ADAPTERS = {
    adapter.__name__: adapter
    for adapter in (text_to_corpus, table_to_labelled_corpus, labelled_corpus_to_table)
}

if __name__ == "__main__":
    ADAPTERS[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
