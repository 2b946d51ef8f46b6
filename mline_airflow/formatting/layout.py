"""Canonical white space: two spaces a level, one between words, aligned columns kept aligned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from .items import STEP, Item, Level, items

_BEFORE_COMMENT: Final = 2


@dataclass(slots=True)
class _Line:
    """One line of the result, with what alignment needs to know of it."""

    indent: int
    pieces: list[str] = field(default_factory=list)
    entry_of: Level | None = None
    """The block map that this line is an entry of."""
    key_pieces: int = 0
    """How many pieces its first key and `:` take, when a value follows on the line."""
    old_value: int = -1
    comment: str = ""
    old_comment: int = -1
    raw: bool = False
    """A line of a block scalar."""

    @property
    def code(self) -> str:
        return " " * self.indent + "".join(self.pieces)


def lay_out(text: str) -> str:
    """Return `text` with canonical white space; raises `yaml.YAMLError` for broken text."""
    words = items(text)
    return _Layout(text, words).run() if words else ""


class _Layout:
    """Places one word after the other."""

    def __init__(self, text: str, words: list[Item]) -> None:
        self.text = text
        self.words = words
        self.lines: list[_Line] = []
        self.brackets: list[int] = []
        """The indentation of the line that each open bracket stands on."""
        self.token: Item | None = None
        """The last word that is no comment."""

    def run(self) -> str:
        end = 0
        for index, item in enumerate(self.words):
            if not (item.kind == "comma" and self._closes_at_once(index)):
                self._place(item, index, self.text[end : item.start].count("\n"))
            end = item.end
            if item.kind != "comment":
                self.token = item
        for run in _runs(self.lines, _same_values):
            _widen(run)
        for run in _runs(self.lines, _same_comments):
            _line_up(run)
        # At the very end of a text, a block scalar without a line break has none in its value.
        open_end = self.words[-1].kind == "body" and not self.text.endswith("\n")
        return "\n".join(map(_written, self.lines)) + ("" if open_end else "\n")

    def _place(self, item: Item, index: int, breaks: int) -> None:
        if item.kind == "body":
            self._body(item)
            return
        if breaks or not self.lines:
            if breaks > 1 and self.lines:
                self.lines.append(_Line(0))
            self.lines.append(_Line(self._indent(item, index)))
            if item.entry and item.kind not in ("dash", "question", "colon"):
                self.lines[-1].entry_of = item.level
        elif item.kind == "comment":
            self.lines[-1].comment = item.text
            self.lines[-1].old_comment = self._column(item)
            return
        else:
            self._space(item)
        self._write(item)

    def _column(self, item: Item) -> int:
        return item.start - self.text.rfind("\n", 0, item.start) - 1

    def _body(self, item: Item) -> None:
        outer = item.level.new if item.level else 0
        indent = outer + (item.digit or STEP)
        for line in item.lines:
            self.lines.append(_Line(indent if line else 0, [line], raw=True))

    def _indent(self, item: Item, index: int) -> int:
        """Return the indentation of the line that `item` begins."""
        if item.kind == "mark":
            return 0
        if item.kind == "comment":
            return self._comment_indent(item, index)
        if item.flow:
            return self.brackets[-1] + (0 if item.kind == "close" else STEP)
        if item.level is None:
            return 0
        return item.level.new + (0 if item.entry else STEP)

    def _comment_indent(self, item: Item, index: int) -> int:
        """Return where a comment of its own line goes: to what follows, or to what it ends."""
        if self.brackets:
            return self.brackets[-1] + STEP
        last = self.token.level if self.token else None
        after = next((i for i in self.words[index:] if i.kind != "comment"), None)
        level = after.level if after else None
        column = self._column(item)
        if last is None or level not in _ancestors(last):
            return self._next_indent(after)
        if self.token and self.token.kind in ("colon", "dash") and column > last.old:
            return last.new + STEP  # the value of the key above is empty, or commented out
        for candidate in _ancestors(last):
            if candidate is None or candidate is level:
                break
            if candidate.old <= column:
                return candidate.new
        return self._next_indent(after)

    def _next_indent(self, after: Item | None) -> int:
        if after is None or after.level is None or after.kind == "mark":
            return 0
        return after.level.new + (0 if after.entry else STEP)

    def _space(self, item: Item) -> None:
        """Write the white space between the last token and `item` on the same line."""
        line, before = self.lines[-1], self.token
        if before is None or self._tight(before, item):
            return
        is_key = before.kind == "colon" and not before.flow and not line.key_pieces
        if is_key and line.entry_of is before.level:
            line.key_pieces = len(line.pieces)
            line.old_value = self._column(item)
        line.pieces.append(" ")

    def _tight(self, before: Item, item: Item) -> bool:
        if before.kind == "open" or item.kind == "comma":
            return before.kind != "colon"
        if item.kind == "close":
            return before.kind != "colon"
        if item.kind == "colon":
            return not before.text.startswith("*")  # "*a:" would be an alias named "a:"
        # YAML 1.2 reads "?m" in a flow list as text; libyaml sees a "?" and a word.
        return before.kind == "question" and before.end == item.start

    def _closes_at_once(self, index: int) -> bool:
        """Tell whether the comma at `index` is followed by its bracket on the same line."""
        comma, after = self.words[index], self.words[index + 1]
        return after.kind == "close" and "\n" not in self.text[comma.end : after.start]

    def _write(self, item: Item) -> None:
        line = self.lines[-1]
        if item.kind == "open":
            self.brackets.append(line.indent)
        elif item.kind == "close":
            self.brackets.pop()
        first, *more = item.text.split("\n")
        line.pieces.append(first.rstrip() if more and _is_plain(first) else first)
        if more:
            outer = self.brackets[-1] if self.brackets else item.level.new if item.level else 0
            plain = _is_plain(first)
            for text in more:
                shown = text.lstrip(" \t")
                shown = shown.rstrip() if plain else shown
                self.lines.append(_Line(outer + STEP if shown else 0, [shown], raw=not shown))


def _is_plain(text: str) -> bool:
    return text[:1] not in "\"'"


def _ancestors(level: Level | None) -> Iterator[Level | None]:
    """Yield the level, its parents, and at last None: the document."""
    while level is not None:
        yield level
        level = level.parent
    yield None


def _same_values(above: _Line, below: _Line) -> bool:
    return (
        above.old_value == below.old_value >= 0
        and above.entry_of is not None
        and above.entry_of is below.entry_of
    )


def _same_comments(above: _Line, below: _Line) -> bool:
    return above.old_comment == below.old_comment >= 0


def _runs(lines: list[_Line], same: Callable[[_Line, _Line], bool]) -> Iterator[list[_Line]]:
    """Yield the longest runs of neighbours that are the same."""
    run: list[_Line] = []
    for line in lines:
        if run and not same(run[-1], line):
            yield run
            run = []
        run.append(line)
    if run:
        yield run


def _widen(run: list[_Line]) -> None:
    """Put the values of a run into one column: the user had aligned them."""
    if len(run) == 1:
        return
    widths = [len("".join(line.pieces[: line.key_pieces])) for line in run]
    for line, width in zip(run, widths, strict=True):
        line.pieces[line.key_pieces] = " " * (max(widths) + 1 - width)


def _line_up(run: list[_Line]) -> None:
    """Put the comments of a run into one column, two spaces after the longest line."""
    widest = max(len(line.code) for line in run)
    for line in run:
        if line.comment:
            gap = widest if len(run) > 1 else len(line.code)
            line.pieces.append(" " * (gap - len(line.code) + _BEFORE_COMMENT) + line.comment)


def _written(line: _Line) -> str:
    return line.code if line.raw else line.code.rstrip()
