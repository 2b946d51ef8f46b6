"""Where the entries of a file stand: from a place in the text to the thing and the field there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from ..nodes import span_of
from ..text import Span

Step = str | int


class Entry(NamedTuple):
    """A key with its value. `span` is both, from the key's first character to the value's last."""

    key: str
    key_span: Span
    value: Node
    span: Span


def entries(node: Node | None) -> Iterator[Entry]:
    """Yield the entries of a map; nothing for what is none."""
    if not isinstance(node, MappingNode):
        return
    for key, value in node.value:
        if isinstance(key, ScalarNode):
            key_span = span_of(key)
            end = span_of(value).end if value.start_mark.index >= key_span.end else key_span.end
            yield Entry(
                str(key.value), key_span, value, Span(key_span.start, max(end, key_span.end))
            )


def entry_of(node: Node | None, *path: str) -> Entry | None:
    """Return the entry at a path of keys, or None."""
    found: Entry | None = None
    for step in path:
        found = next((e for e in entries(node) if e.key == step), None)
        if found is None:
            return None
        node = found.value
    return found


def path_at(node: Node | None, offset: int) -> tuple[Step, ...]:
    """Return the keys and indices that lead to the innermost value, or key, at an offset."""
    path: list[Step] = []
    while node is not None:
        inner = _child_at(node, offset)
        if inner is None:
            break
        step, node = inner
        path.append(step)
    return tuple(path)


def _child_at(node: Node, offset: int) -> tuple[Step, Node] | None:
    if isinstance(node, MappingNode):
        for entry in entries(node):
            if entry.span.start <= offset <= entry.span.end:
                return entry.key, entry.value
    elif isinstance(node, SequenceNode):
        for index, child in enumerate(node.value):
            span = span_of(child)
            if span.start <= offset <= span.end:
                return index, child
    return None


def field_of(path: tuple[Step, ...]) -> str:
    """Return a path as people write it: `with.depth`, `command[1]`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def key_at(node: Node | None, offset: int) -> Span | None:
    """Return the place of the key at an offset, or of the key whose value is there."""
    found = None
    while node is not None:
        entry = next((e for e in entries(node) if e.span.start <= offset <= e.span.end), None)
        if entry is not None:
            found = entry.key_span
        inner = _child_at(node, offset)
        node = inner[1] if inner is not None else None
    return found
