"""The words of a YAML text with their places in the block structure, comments included.

The formatter works on the words and the white space between them, never on loaded values: then
comments, quotes, numbers and order cannot change, because nothing rewrites them. (A round trip
through ruamel.yaml was tried: it drops comments inside flow maps and before `---`.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import yaml

Kind = Literal[
    "scalar",
    "body",
    "comment",
    "dash",
    "question",
    "colon",
    "comma",
    "open",
    "close",
    "mark",
    "property",
]

STEP: Final = 2
_LOADER: Final = getattr(yaml, "CLoader", yaml.Loader)
_COMMENT: Final = re.compile(r"#[^\n]*")
_HEADER: Final = re.compile(r"[|>](?:[+-]?([1-9])|([1-9])[+-]?|[+-]?)")
_KINDS: Final[dict[type[yaml.Token], Kind]] = {
    yaml.ScalarToken: "scalar",
    yaml.AliasToken: "scalar",
    yaml.AnchorToken: "property",
    yaml.TagToken: "property",
    yaml.FlowMappingStartToken: "open",
    yaml.FlowSequenceStartToken: "open",
    yaml.FlowMappingEndToken: "close",
    yaml.FlowSequenceEndToken: "close",
    yaml.FlowEntryToken: "comma",
    yaml.BlockEntryToken: "dash",
    yaml.KeyToken: "question",
    yaml.ValueToken: "colon",
    yaml.DocumentStartToken: "mark",
    yaml.DocumentEndToken: "mark",
    yaml.DirectiveToken: "mark",
}


class Level(NamedTuple):
    """One open block collection: where it stood, and where it will stand."""

    kind: Literal["map", "list", "flush list"]
    """A flush list is one whose dashes stand below the key, not to the right of it."""
    old: int
    new: int
    parent: Level | None


@dataclass(slots=True)
class Item:
    """One word: a token of the text, a comment, or the lines of a block scalar."""

    kind: Kind
    start: int
    end: int
    level: Level | None
    """The innermost block collection it belongs to."""
    text: str
    entry: bool = False
    """It starts an entry of its block collection."""
    flow: int = 0
    """How many brackets are open before it."""
    lines: tuple[str, ...] = ()
    """Of a block scalar's body: its lines without their indentation."""
    digit: int = 0
    """Of a block scalar's body: the indentation that the header states, or 0."""


def items(text: str) -> list[Item]:
    """Return the words of `text` in order; raises `yaml.YAMLError` for broken text."""
    found: list[Item] = []
    last = 0
    for item in _Reader(text).read():
        found += _comments(text, last, item.start)
        found.append(item)
        last = item.end
    found += _comments(text, last, len(text))
    return found


def _comments(text: str, start: int, end: int) -> Iterator[Item]:
    for match in _COMMENT.finditer(text, start, end):
        yield Item("comment", match.start(), match.end(), None, match[0].rstrip())


class _Reader:
    """Follows the tokens and keeps the stack of open block collections."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.level: Level | None = None
        self.flow = 0
        self.key = -1

    def read(self) -> Iterator[Item]:
        for token in yaml.scan(self.text, Loader=_LOADER):
            if isinstance(token, yaml.BlockMappingStartToken):
                self._push("map", token.start_mark.column)
            elif isinstance(token, yaml.BlockSequenceStartToken):
                self._push("list", token.start_mark.column)
            elif isinstance(token, yaml.BlockEndToken):
                self._leave_flush_list()
                self.level = self.level.parent if self.level else None
            else:
                yield from self._items(token)

    def _push(self, kind: Literal["map", "list", "flush list"], column: int) -> None:
        new = 0 if self.level is None else self.level.new + STEP
        self.level = Level(kind, column, new, self.level)

    def _leave_flush_list(self) -> None:
        if self.level is not None and self.level.kind == "flush list":
            self.level = self.level.parent

    def _items(self, token: yaml.Token) -> Iterator[Item]:
        kind = _KINDS.get(type(token))
        if kind is None:
            return
        start, end = token.start_mark.index, token.end_mark.index
        if not self.flow:
            self._enter(token)
        if isinstance(token, yaml.KeyToken) and start == end:  # the key follows, without a "?"
            self.key = start
            return
        if start == end:  # an empty plain scalar is no word
            return
        if isinstance(token, yaml.ScalarToken) and token.style in ("|", ">"):
            yield from self._block(start)
            return
        entry = not self.flow and (self.key == start or kind in ("dash", "question", "colon"))
        yield Item(kind, start, end, self.level, self.text[start:end], entry, self.flow)
        if kind == "open":
            self.flow += 1
        elif kind == "close":
            self.flow -= 1

    def _enter(self, token: yaml.Token) -> None:
        """Notice the lists that the scanner does not announce, and where they end."""
        if isinstance(token, yaml.BlockEntryToken):
            if self.level is None or self.level.kind == "map":
                self._push("flush list", token.start_mark.column)
        elif isinstance(token, yaml.KeyToken):
            self._leave_flush_list()

    def _block(self, start: int) -> Iterator[Item]:
        """Yield a block scalar's header, and its lines when it has any."""
        match = _HEADER.match(self.text, start)
        header = match[0] if match else "|"
        digit = int((match and (match[1] or match[2])) or 0)
        yield Item("scalar", start, start + len(header), self.level, header)
        first = self.text.find("\n", start) + 1
        lines = self.text[first:].split("\n") if first else []
        indent = self._indent(lines, digit)
        taken = _taken(lines, indent)
        while taken and "+" not in header and not taken[-1][indent:]:
            taken.pop()
        if taken:
            end = min(first + sum(len(line) + 1 for line in taken) - 1, len(self.text))
            body = tuple(line[indent:] for line in taken)
            yield Item("body", first, end, self.level, "", lines=body, digit=digit)

    def _indent(self, lines: list[str], digit: int) -> int:
        """Return the indentation of a block scalar's content."""
        parent = self.level
        if parent is not None and parent.kind == "flush list":
            parent = parent.parent
        outer = parent.old if parent else -1
        if digit:
            return max(outer + 1, 1) + digit - 1
        shown = next((line for line in lines if line.strip(" ")), "")
        blank = max((len(line) for line in lines if not line.strip(" ")), default=0)
        return max(outer + 1, 1, len(shown) - len(shown.lstrip(" ")) if shown else blank)


def _taken(lines: list[str], indent: int) -> list[str]:
    """Return the lines that belong to a block scalar."""
    taken: list[str] = []
    for number, line in enumerate(lines):
        if line.strip(" ") and line[:indent].strip(" "):
            break
        if number == len(lines) - 1 and not line:  # what follows the last line break
            break
        taken.append(line)
    return taken
