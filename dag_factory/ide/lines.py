"""Offsets of a text as editors count them: lines from 0, columns in units of an encoding.

This is the one place where the compiler's code points become the Language Server Protocol's
positions and back. A line ends at LF, CRLF or a lone CR, as the protocol says; columns are clamped
to their line, lines to the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Literal, TypedDict
from weakref import WeakKeyDictionary

from ..text import SourceFile, Span

Encoding = Literal["utf-8", "utf-16", "utf-32"]
_BREAK = re.compile(r"\r\n|\n|\r")


class Position(TypedDict):
    """A place in a document; both count from 0."""

    line: int
    character: int


class Range(TypedDict):
    """From `start`, included, to `end`, excluded."""

    start: Position
    end: Position


class Lines:
    """The lines of one text."""

    def __init__(self, text: str, encoding: Encoding = "utf-16") -> None:
        self.text = text
        self.encoding = encoding
        breaks = [(match.start(), match.end()) for match in _BREAK.finditer(text)]
        self._starts = [0, *(end for _start, end in breaks)]
        self._ends = [*(start for start, _end in breaks), len(text)]
        self._plain = text.isascii()

    def position(self, offset: int) -> Position:
        """Return the place of a code-point offset, clamped to the text."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self._starts, offset) - 1
        start = self._starts[line]
        return {"line": line, "character": self._units(start, min(offset, self._ends[line]))}

    def range(self, span: Span) -> Range:
        """Return a span as a range."""
        return {"start": self.position(span.start), "end": self.position(span.end)}

    def offset(self, line: int, character: int) -> int:
        """Return the code-point offset of a place; a unit inside a character is before it."""
        if line < 0 or character < 0:
            return 0 if line < 0 else self._starts[min(line, len(self._starts) - 1)]
        if line >= len(self._starts):
            return len(self.text)
        start, end = self._starts[line], self._ends[line]
        if self._plain or self.encoding == "utf-32":
            return min(start + character, end)
        at, units = start, 0
        while at < end:
            units += self._units(at, at + 1)
            if units > character:
                break
            at += 1
        return at

    def _units(self, start: int, end: int) -> int:
        if self._plain or self.encoding == "utf-32":
            return end - start
        part = self.text[start:end]
        if self.encoding == "utf-8":
            return len(part.encode("utf-8", "surrogatepass"))
        return len(part) + sum(1 for character in part if character > "\uffff")


_KNOWN: WeakKeyDictionary[SourceFile, dict[Encoding, Lines]] = WeakKeyDictionary()


def lines_of(source: SourceFile, encoding: Encoding = "utf-16") -> Lines:
    """Return the lines of a source, counted once."""
    known = _KNOWN.setdefault(source, {})
    lines = known.get(encoding)
    if lines is None:
        lines = known[encoding] = Lines(source.text, encoding)
    return lines
