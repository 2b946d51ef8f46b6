"""What a place of a text is inside of: a quotation, brackets, a comment, a block of text."""

from __future__ import annotations

import re
from typing import NamedTuple

_BLOCK = re.compile(r"(?:^|[:\-?])\s+(?:&\S+\s+)?[|>][+-]?\d?[+-]?\s*$")
_TOP = re.compile(r"^[^\s#\-\[\]{}'\"]", re.MULTILINE)
_CLOSERS = {"[": "]", "{": "}"}


class Inside(NamedTuple):
    """Open brackets, outermost first; an open quote or ""; a comment; a block of text."""

    brackets: str
    quote: str
    comment: bool
    block: bool

    @property
    def closers(self) -> str:
        """Return what would close all that is open."""
        return self.quote + "".join(_CLOSERS[b] for b in reversed(self.brackets))


def inside(text: str, offset: int) -> Inside:
    """Look at a text from the top-level key above an offset down to the offset."""
    tops = [match.start() for match in _TOP.finditer(text, 0, offset)]
    return _Scan().upto(text[tops[-1] if tops else 0 : offset])


class _Scan:
    """Reads lines and remembers what is open."""

    def __init__(self) -> None:
        self.stack: list[str] = []
        self.quote = ""
        self.block_indent: int | None = None

    def upto(self, text: str) -> Inside:
        lines = text.split("\n")
        comment = block = False
        for line in lines:
            indent = len(line) - len(line.lstrip(" "))
            block = self.block_indent is not None and (
                indent > self.block_indent or not line.strip()
            )
            if block:
                comment = False
                continue
            self.block_indent = None
            end = self._line(line)
            comment = end < len(line)
            if not self.stack and not self.quote and _BLOCK.search(line[:end]):
                self.block_indent = indent
        # A line that only opens a block is not inside it yet.
        return Inside("".join(self.stack), self.quote, comment, block)

    def _line(self, line: str) -> int:
        """Read one line; return where its comment begins, or its length."""
        before = " "
        starts = True
        escaped = False
        for at, character in enumerate(line):
            if self.quote:
                if escaped:
                    escaped = False
                elif character == "\\" and self.quote == '"':
                    escaped = True
                elif character == self.quote:
                    self.quote = ""
            elif character == "#" and before in " \t":
                return at
            elif starts or self.stack:
                self._character(character, before, starts=starts)
            if not character.isspace():
                starts = character in ",[{" and bool(self.stack)
            elif before in ":-?":
                starts = True
            before = character
        return len(line)

    def _character(self, character: str, before: str, *, starts: bool) -> None:
        if character in "'\"" and (starts or before in " \t,:[{"):
            self.quote = character
        elif character in "[{":
            self.stack.append(character)
        elif character in "]}" and self.stack:
            self.stack.pop()
