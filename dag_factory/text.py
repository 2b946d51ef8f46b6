"""Source text and places in it.

Offsets count Unicode code points from 0. A `Span` is half-open. Lines and columns that people
read count from 1; the language server turns them into UTF-16 units with `utf16_column`.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from typing import NamedTuple


class Span(NamedTuple):
    """A range of code points, `start` included, `end` excluded."""

    start: int
    end: int


class Position(NamedTuple):
    """A place as people count it: line and column from 1, columns in code points."""

    line: int
    column: int


class SourceFile:
    """One text with its display path. Immutable by convention; compared by identity."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        find = self.text.find
        at = find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = find("\n", at + 1)
        return starts

    @property
    def line_count(self) -> int:
        """The number of lines; a text without a newline has one."""
        return len(self._line_starts)

    def position(self, offset: int) -> Position:
        """Return the line and column of a code-point offset, clamped to the text."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self._line_starts, offset)
        return Position(line, offset - self._line_starts[line - 1] + 1)

    def offset(self, position: Position) -> int:
        """Return the offset of a line and column, clamped to the line."""
        line = max(1, min(position.line, self.line_count))
        start = self._line_starts[line - 1]
        return max(start, min(start + position.column - 1, start + len(self.line(line))))

    def line(self, number: int) -> str:
        """Return line `number` (from 1) without its line break."""
        start = self._line_starts[number - 1]
        end = self._line_starts[number] if number < self.line_count else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def utf16_column(self, position: Position) -> int:
        """Return the 0-based column in UTF-16 units, as LSP counts it."""
        before = self.line(position.line)[: position.column - 1]
        return len(before.encode("utf-16-le")) // 2
