"""Where the cursor is in a text that is being typed: under which keys, in which word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from ..text import Span
from .mending import readable
from .places import Step
from .scanning import Inside, inside

MARK = "zz_the_cursor"
"""The word that stands for the one being typed while the text is read; nobody uses it."""

_BEFORE = re.compile(r"[$@]?(?:[\w./\-]+\[[\w*=.,]*\]?[\w.]*|[\w./\-]*)$")
_AFTER = re.compile(r"[\w./\-]*(?:\[[\w*=.,]*\][\w.]*)?")
_AFTER_BRACKET = re.compile(r"[\w*=.,]*(?:\][\w.]*)?")
_ALONE = re.compile(r"[ \-]*(?:[\w.]+:)?")
_COLON = re.compile(r"[ \t]*:(?:\s|$)")
_MOST_DEPTH = 64
_MOST_NODES = 200_000


class Cursor(NamedTuple):
    """A place in a text and how the text is read there."""

    path: tuple[Step, ...]
    """The keys and indices above: of the map for a key, of the value for a value."""
    key: bool
    """The word is a key, or could become one because it stands alone below its key."""
    value: bool
    """The word is a value, or could become one."""
    word: str
    """What is typed of the word."""
    before: str
    """What is typed of the whole scalar."""
    span: Span
    """The word, also what of it is behind the cursor."""
    siblings: tuple[str, ...]
    """The other keys of the map, or the other texts of the list."""
    surroundings: Inside
    colon: bool
    """A colon follows."""
    text: str
    """A text that can be read, with MARK for the word."""
    space: bool
    """A space is missing between the key's colon and the word."""
    shift: tuple[int, int]
    """Places of `text` from the first number on are further by the second than in the real one."""

    def real(self, offset: int) -> int:
        """Return the place in the real text of a place in `text`."""
        return offset - self.shift[1] if offset >= self.shift[0] else offset


class _Found(NamedTuple):
    """A node on the way; `below` says that it begins on a line below its key."""

    path: tuple[Step, ...]
    key: bool
    node: Node
    parent: Node | None
    below: bool


def find_cursor(text: str, offset: int) -> Cursor | None:
    """Return where an offset is; None in a comment, and where nothing can be read."""
    line_start = text.rfind("\n", 0, offset) + 1
    match = _BEFORE.search(text, line_start, offset)
    start = match.start() if match is not None else offset
    word = text[start:offset]
    open_bracket = "[" in word and "]" not in word
    rest = (_AFTER_BRACKET if open_bracket else _AFTER).match(text, offset)
    end = rest.end() if rest is not None else offset
    around = inside(text, start)
    if around.comment:
        return None
    for changed, shift in _variants(text, start, end, around):
        lines = changed[: start + len(MARK)].count("\n")
        read = readable(changed, keep=(lines,))
        found = _find(read[1]) if read is not None else None
        if read is not None and found is not None:
            before = found.node.value.partition(MARK)[0] + word
            # `is:Tra` is one word to YAML, and a key with its value to the one who types it.
            glued = found.key and before.endswith(":") and not around.block
            return Cursor(
                path=(*found.path, before[:-1]) if glued else found.path,
                key=(found.key or found.below) and not glued,
                value=not found.key or glued,
                word=word,
                before="" if glued else before,
                span=Span(start, end),
                siblings=() if glued else tuple(_siblings(found)),
                surroundings=around,
                colon=_COLON.match(text, end) is not None,
                text=read[0],
                space=glued,
                shift=shift,
            )
    return None


def _variants(
    text: str, start: int, end: int, around: Inside
) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield ways to read the text, likely ones first, with how far they move what follows."""
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    if text[line_end - 1 : line_end] == "\r" and line_end > end:
        line_end -= 1
    alone = _ALONE.fullmatch(text, text.rfind("\n", 0, start) + 1, start) is not None
    words = [(MARK, end)]
    if not around.block:
        if alone and not around.brackets and not around.quote:
            words.append((f"{MARK}:", end))
            words.append((f"{MARK}:", line_end))
        words.append((MARK + around.closers, line_end))
        words.append((f"{MARK}: {around.closers}", line_end))
    for word, following in words:
        moved = len(word) - (following - start)
        yield text[:start] + word + text[following:], (start + len(word), moved)


def _find(root: Node) -> _Found | None:
    stack: list[_Found] = [_Found((), key=False, node=root, parent=None, below=True)]
    seen = 0
    while stack:
        here = stack.pop()
        node = here.node
        seen += 1
        if len(here.path) > _MOST_DEPTH or seen > _MOST_NODES:
            return None
        if isinstance(node, ScalarNode):
            if MARK in node.value:
                alone = not node.style and node.value == MARK
                return here._replace(below=here.below and alone)
        elif isinstance(node, MappingNode):
            marked = _marked_key(here, node)
            if marked is not None:
                return marked
            stack += _values(here, node)
        elif isinstance(node, SequenceNode):
            stack += [
                _Found((*here.path, index), key=False, node=child, parent=node, below=False)
                for index, child in enumerate(node.value)
            ]
    return None


def _marked_key(here: _Found, node: MappingNode) -> _Found | None:
    for key, _value in node.value:
        if isinstance(key, ScalarNode) and MARK in key.value:
            return _Found(here.path, key=True, node=key, parent=node, below=False)
    return None


def _values(here: _Found, node: MappingNode) -> Iterator[_Found]:
    for key, value in node.value:
        if isinstance(key, ScalarNode):
            below = key.end_mark.line < value.start_mark.line
            path = (*here.path, str(key.value))
            yield _Found(path, key=False, node=value, parent=node, below=below)


def _siblings(found: _Found) -> Iterator[str]:
    parent = found.parent
    if isinstance(parent, MappingNode):
        for key, _value in parent.value:
            if isinstance(key, ScalarNode) and MARK not in key.value and found.key:
                yield str(key.value)
    elif isinstance(parent, SequenceNode):
        for child in parent.value:
            if isinstance(child, ScalarNode) and MARK not in child.value:
                yield str(child.value)
