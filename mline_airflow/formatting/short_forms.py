"""Short forms: one canonical way to write what the language lets users write in two.

- `after`, `uses`, `use`, `expect`, `gate` and `on` are lists, also with one entry: the second is
  then one word.
- `code` and `files` with one path are that path.
- `{is: Type}` alone is `Type`, for an entity and for a port.
- A parameter whose type follows from its default is that default.

An entry with a comment or an anchor inside stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from yaml import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from mline_airflow.dag_factory.diagnostic import Edit
from mline_airflow.dag_factory.nodes import span_of
from mline_airflow.dag_factory.scalars import BOOL, FLOAT, INT, STR
from mline_airflow.dag_factory.text import Span

from .items import Item, items

ANY: Final = "*"
_LISTS: Final = (
    ("use",),
    ("schedule", "on"),
    ("tests", ANY, "expect"),
    ("release", "gate"),
    ("stages", ANY, "after"),
    ("stages", ANY, "uses"),
)
_SINGLE: Final = (("defaults", "code"), ("stages", ANY, "code"), ("services", ANY, "files"))
_TYPED: Final = (
    ("entities", ANY),
    ("stages", ANY, "gives", ANY),
    ("types", ANY, "takes", ANY),
    ("types", ANY, "gives", ANY),
)
_PARAMS: Final = (("params", ANY),)
_PARAM_TYPES: Final = {INT: "integer", FLOAT: "number", BOOL: "boolean", STR: "string"}
_FLOW_INDICATORS: Final = frozenset(",[]{}")


class _Place(NamedTuple):
    """An entry of a map, and where it is."""

    path: tuple[str, ...]
    key: ScalarNode
    value: Node


def shorten(text: str, root: Node) -> str:
    """Return `text` with canonical short forms; `root` is its tree."""
    blocked = [i.start for i in items(text) if _blocks(i)]
    edits = [
        edit
        for place in _places(root, ())
        if (edit := _edit(text, place))
        and not any(edit.span.start <= b < edit.span.end for b in blocked)
    ]
    for edit in sorted(edits, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def _blocks(item: Item) -> bool:
    return item.kind in ("comment", "property") or item.text.startswith("*")


def _places(node: Node, path: tuple[str, ...]) -> Iterator[_Place]:
    """Yield the entries of maps, the deep ones last; no rule looks deeper than four keys."""
    if isinstance(node, MappingNode) and len(path) < 4:
        for key, value in node.value:
            # An alias stands for a node that is written further up, and is edited there.
            if isinstance(key, ScalarNode) and value.start_mark.index > key.start_mark.index:
                yield _Place((*path, key.value), key, value)
                yield from _places(value, (*path, key.value))


def _is(path: tuple[str, ...], rules: tuple[tuple[str, ...], ...]) -> bool:
    return any(
        len(rule) == len(path) and all(r in (ANY, p) for r, p in zip(rule, path, strict=True))
        for rule in rules
    )


def _edit(text: str, place: _Place) -> Edit | None:
    path, _, value = place
    if _is(path, _LISTS) and isinstance(value, ScalarNode):
        return _listed(text, value)
    if _is(path, _SINGLE) and isinstance(value, SequenceNode):
        one = value.value[0] if len(value.value) == 1 else None
        return _replaced(text, place, one)
    if isinstance(value, MappingNode):
        entries = {k.value: v for k, v in value.value}
        if _is(path, _TYPED) and list(entries) == ["is"]:
            return _replaced(text, place, entries["is"])
        if _is(path, _PARAMS) and set(entries) == {"type", "default"} and _follows(entries):
            return _replaced(text, place, entries["default"])
    return None


def _follows(entries: dict[str, Any]) -> bool:
    """Tell whether the type of a parameter is the one that its default has."""
    return bool(_PARAM_TYPES.get(entries["default"].tag) == entries["type"].value)


def _listed(text: str, value: ScalarNode) -> Edit | None:
    span = span_of(value)
    written = text[span.start : span.end]
    if not written or "\n" in written or value.style in ("|", ">"):
        return None
    if not value.style and _FLOW_INDICATORS & set(written):
        return None
    return Edit(span, f"[{written}]")


def _replaced(text: str, place: _Place, inner: Node | None) -> Edit | None:
    """Return the edit that puts `inner` where the whole value is."""
    if not isinstance(inner, ScalarNode) or inner.style in ("|", ">"):
        return None
    span = span_of(inner)
    written = text[span.start : span.end]
    colon = text.find(":", place.key.end_mark.index)
    if not written or "\n" in written or colon < 0:
        return None
    start, end = place.value.start_mark.index, _end(place.value)
    if "\n" in text[colon:start]:  # a block map: its one entry moves up to the key
        return Edit(Span(colon + 1, end), f" {written}")
    return Edit(Span(start, end), written)


def _end(node: Node) -> int:
    """Return where a node's last word ends; a block map's own mark may lie further."""
    if isinstance(node, CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


Value = tuple[str, Any]


def expanded(node: Node | None, path: tuple[str, ...] = ()) -> Value | None:
    """Return the tree as plain data in which every short form is written out.

    Two texts mean the same exactly when their expanded trees are equal. Scalars are compared by
    kind and by text.
    """
    if node is None:
        return None
    if isinstance(node, MappingNode):
        entries = [
            (expanded(k, (*path, "?")), expanded(v, (*path, str(k.value)))) for k, v in node.value
        ]
        return ("map", entries)
    if isinstance(node, SequenceNode):
        return ("seq", [expanded(child, (*path, "-")) for child in node.value])
    return _long((str(node.tag), str(node.value)), path)


def _long(scalar: Value, path: tuple[str, ...]) -> Value:
    """Return what a scalar is short for at this place, or the scalar."""
    if _is(path, _LISTS) or _is(path, _SINGLE):
        return ("seq", [scalar])
    if _is(path, _TYPED):
        return ("map", [((STR, "is"), scalar)])
    if _is(path, _PARAMS) and scalar[0] in _PARAM_TYPES:
        kind = (STR, _PARAM_TYPES[scalar[0]])
        return ("map", [((STR, "type"), kind), ((STR, "default"), scalar)])
    return scalar
