"""Texts with marks: `|` is where the cursor is, `<<` and `>>` stand around what is meant."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from mline_airflow.dag_factory.ide.opened import Opened
from mline_airflow.dag_factory.project import Project
from mline_airflow.dag_factory.text import Span


class Marked(NamedTuple):
    """A text without its marks, and where they were."""

    text: str
    cursor: int
    spans: tuple[Span, ...]


def marked(text: str, cursor: str = "|") -> Marked:
    """Take the marks out of a text."""
    plain, at, starts, spans = "", -1, [], []
    index = 0
    while index < len(text):
        if text.startswith("<<", index):
            starts.append(len(plain))
            index += 2
        elif text.startswith(">>", index):
            spans.append(Span(starts.pop(), len(plain)))
            index += 2
        elif text.startswith(cursor, index) and at < 0:
            at = len(plain)
            index += len(cursor)
        else:
            plain += text[index]
            index += 1
    return Marked(plain, at, tuple(sorted(spans)))


def with_marks(text: str, spans: list[Span], cursor: int = -1) -> str:
    """Put marks around spans, to compare as text."""
    places = [(span.start, 1, "<<") for span in spans] + [(span.end, 0, ">>") for span in spans]
    if cursor >= 0:
        places.append((cursor, 2, "|"))
    for at, _order, mark in sorted(places, reverse=True):
        text = text[:at] + mark + text[at:]
    return text


def opened(folder: Path, text: str, name: str = "x.mline.yaml") -> Opened:
    """Open a text as a file of the project in a folder."""
    project = Project(folder)
    project.put(folder / name, text)
    return Opened.of(project, folder / name)
