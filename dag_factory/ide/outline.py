"""The outline of a file, its folds, and what its words are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from yaml import MappingNode, Node, SequenceNode

from ..model import Experiment
from ..nodes import span_of
from ..text import SourceFile, Span
from .occurrences import Kind
from .opened import Opened
from .places import Entry, entries

Role = Literal["section", "entity", "service", "stage", "param", "type", "relation", "port", "key"]
TokenKind = Literal[
    "type", "variable", "function", "property", "parameter", "namespace", "event", "keyword"
]

_ROLES: dict[str, Role] = {
    "params": "param",
    "entities": "entity",
    "services": "service",
    "stages": "stage",
    "types": "type",
    "relations": "relation",
}
_TOKENS: dict[Kind, TokenKind] = {
    "adapter": "function",
    "endpoint": "property",
    "entity": "variable",
    "experiment": "namespace",
    "field": "property",
    "function": "function",
    "input": "parameter",
    "library": "namespace",
    "output": "property",
    "param": "parameter",
    "relation": "event",
    "rule": "event",
    "secret": "variable",
    "service": "variable",
    "stage": "function",
    "test": "event",
    "type": "type",
    "value": "property",
}


class Item(NamedTuple):
    """One entry of the outline."""

    name: str
    detail: str
    role: Role
    span: Span
    name_span: Span
    children: tuple[Item, ...] = ()


class Token(NamedTuple):
    """What a word is."""

    span: Span
    kind: TokenKind
    declares: bool


def outline(opened: Opened) -> list[Item]:
    """Return the sections of a file and the things in them."""
    return [_section(opened, entry) for entry in entries(opened.analysis.tree)]


def _section(opened: Opened, entry: Entry) -> Item:
    role = _ROLES.get(entry.key)
    children = (_thing(opened, role, e) for e in entries(entry.value)) if role else ()
    detail = "" if role else _text(opened.source, entry)
    return Item(entry.key, detail, "section", entry.span, entry.key_span, tuple(children))


def _thing(opened: Opened, role: Role, entry: Entry) -> Item:
    ports = [
        Item(port.key, f"{side} {_text(opened.source, port)}", "port", port.span, port.key_span)
        for side in ("takes", "gives")
        for part in entries(entry.value)
        if part.key == side and role in ("stage", "type")
        for port in entries(part.value)
    ]
    detail = _type_of(opened, role, entry)
    return Item(entry.key, detail, role, entry.span, entry.key_span, tuple(ports))


def _type_of(opened: Opened, role: Role, entry: Entry) -> str:
    model = opened.analysis.model
    if role == "param" and isinstance(model, Experiment):
        param = model.params.get(entry.key)
        return str(param.schema.get("type", "")) if param is not None else ""
    if not isinstance(entry.value, MappingNode):
        return _text(opened.source, entry)
    return next((_text(opened.source, e) for e in entries(entry.value) if e.key == "is"), "")


def _text(source: SourceFile, entry: Entry) -> str:
    """Return a value on one line when it is a short one."""
    if isinstance(entry.value, MappingNode):
        return next((_text(source, e) for e in entries(entry.value) if e.key == "is"), "")
    text = source.text[slice(*span_of(entry.value))]
    return text if len(text) < 80 and "\n" not in text else ""


def folds(opened: Opened) -> list[Span]:
    """Return the parts that can be folded: entries whose values take more than their line."""
    return list(_folds(opened.source, opened.analysis.tree, 0))


def _folds(source: SourceFile, node: Node | None, depth: int) -> Iterator[Span]:
    if depth > 64:
        return
    for entry in entries(node):
        first, last = source.position(entry.span.start).line, source.position(entry.span.end).line
        if last > first:
            yield entry.span
            yield from _folds(source, entry.value, depth + 1)
    if isinstance(node, SequenceNode):
        for child in node.value:
            yield from _folds(source, child, depth + 1)


def tokens(opened: Opened) -> list[Token]:
    """Return what the names of a file are, in order, none over another."""
    result: list[Token] = []
    end = 0
    for found in opened.names.all:
        kind = _TOKENS.get(found.symbol.kind)
        if kind is not None and found.exact and found.span.start >= end:
            result.append(Token(found.span, kind, found.declares))
            end = found.span.end
    return result
