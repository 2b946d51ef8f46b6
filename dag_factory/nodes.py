"""Nodes of a parsed text: PyYAML's own, with tags that are words of `scalars`."""

from __future__ import annotations

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from .scalars import convert
from .text import Span

MERGE = "merge"
"""The tag of a merge key, which was reported and is left out from then on."""


def span_of(node: Node) -> Span:
    """Return the node's place; a block collection's ends where its last word ends.

    libyaml ends a block collection where the next thing begins, behind comments and empty lines.
    """
    start, end = node.start_mark.index, node.end_mark.index
    last = node
    while isinstance(last, (MappingNode, SequenceNode)) and not last.flow_style and last.value:
        last = last.value[-1][1] if isinstance(last, MappingNode) else last.value[-1]
        if last.start_mark.index <= start or not start < last.end_mark.index <= end:
            break  # an alias, which has the place of its anchor
        end = last.end_mark.index
    return Span(start, end)


def scalar_of(node: ScalarNode) -> str | int | float | bool | None:
    """Return the scalar's value under the core schema."""
    return convert(node.tag, node.value)


def kind_of(node: Node) -> str:
    """Return the word for people: text, a number, true or false, nothing, a list, a map."""
    return {
        "str": "text",
        "int": "a number",
        "float": "a number",
        "bool": "true or false",
        "null": "nothing",
        "map": "a map",
        "seq": "a list",
        MERGE: "text",
    }.get(node.tag, "a tagged value")
