"""A piece of source with carets under it, aligned in a terminal's cells.

Tabs are widened, East Asian wide characters take two cells, combining ones none, and control
characters are shown as pictures, so that a file cannot send commands to the terminal.
"""

from __future__ import annotations

from typing import NamedTuple
from unicodedata import category, east_asian_width

from mline_airflow.dag_factory.text import SourceFile, Span

TAB = 4
WIDTH = 120
_CONTEXT = 30
_CONTROL_PICTURES = 0x2400
_SPACE = 0x20


class Line(NamedTuple):
    """One line of a snippet: its number (0 for an elision), its text, and its carets."""

    number: int
    text: str
    carets: str


def cells(character: str) -> int:
    """Return how many cells of a terminal one character takes."""
    if character < "\x7f":
        return 1
    if category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def display(text: str) -> tuple[str, list[int]]:
    """Return the text as it is shown, and the cell where each character starts (and the end)."""
    shown: list[str] = []
    starts: list[int] = []
    cell = 0
    for character in text:
        starts.append(cell)
        piece = _shown(character, cell)
        shown.append(piece)
        cell += sum(map(cells, piece))
    starts.append(cell)
    return "".join(shown), starts


def _shown(character: str, cell: int) -> str:
    if character == "\t":
        return " " * (TAB - cell % TAB)
    if ord(character) < _SPACE:
        return chr(_CONTROL_PICTURES + ord(character))
    if category(character) in ("Cc", "Cs") or character in "\u2028\u2029":
        return "\N{REPLACEMENT CHARACTER}"
    # Bidirectional controls could make a line read as something else than it is.
    return "\N{REPLACEMENT CHARACTER}" if "\u202a" <= character <= "\u2069" else character


def snippet(source: SourceFile, span: Span) -> list[Line]:
    """Return the lines of `span`; of more than two lines the first and the last."""
    start = source.position(span.start)
    end = source.position(max(span.start, span.end))
    last = end.line
    if last > start.line and end.column == 1:  # ends at a line break: the line before is meant
        last -= 1
    first_text = source.line(start.line)
    if last == start.line:
        stop = end.column - 1 if end.line == start.line else len(first_text)
        return [_marked(start.line, first_text, start.column - 1, stop)]
    lines = [_marked(start.line, first_text, start.column - 1, len(first_text))]
    if last > start.line + 1:
        lines.append(Line(0, "", ""))
    text = source.line(last)
    stop = end.column - 1 if end.line == last else len(text)
    indent = len(text) - len(text.lstrip())
    lines.append(_marked(last, text, min(indent, stop), stop))
    return lines


def _marked(number: int, text: str, start: int, stop: int) -> Line:
    """Return a line with carets under its characters `start` to `stop`, at least one."""
    text, start, stop = _cropped(text, start, stop)
    shown, starts = display(text)
    start, stop = min(start, len(text)), min(stop, len(text))
    left = starts[start]
    return Line(number, shown.rstrip(), " " * left + "^" * max(1, starts[stop] - left))


def _cropped(text: str, start: int, stop: int) -> tuple[str, int, int]:
    """Cut a very long line to what is around the span."""
    if len(text) <= WIDTH:
        return text, start, stop
    begin = max(0, start - _CONTEXT)
    end = min(len(text), begin + WIDTH)
    lead = "…" if begin else ""
    tail = "…" if end < len(text) else ""
    shift = len(lead) - begin
    return lead + text[begin:end] + tail, start + shift, min(stop, end) + shift
