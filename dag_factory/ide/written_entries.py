"""Edits that write an entry into a map, or take one out, in the style that is there."""

from __future__ import annotations

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from ..diagnostic import Edit
from ..nodes import span_of
from ..text import Span
from .places import Entry, entries, entry_of

_HEADS = ("mline", "experiment", "title", "doc", "owner", "tags")


def newline_of(text: str) -> str:
    """Return how the lines of a text end."""
    first = text.find("\n")
    return "\r\n" if first > 0 and text[first - 1] == "\r" else "\n"


def added(
    root: Node | None, text: str, path: tuple[str, ...], key: str, value: str
) -> tuple[Edit, ...]:
    """Write `key: value` at the end of the map at a path; a missing map is written as well.

    Nothing when what is there is no map, or an alias to one that is elsewhere.
    """
    entry = entry_of(root, *path)
    if entry is None:
        if len(path) == 1:
            return _new_section(text, path[0], f"{key}: {value}")
        return added(root, text, path[:-1], path[-1], f"{{{key}: {value}}}")
    if entry.value.start_mark.index < entry.key_span.end:
        return ()
    return _into(text, entry, f"{key}: {value}")


def _into(text: str, entry: Entry, line: str) -> tuple[Edit, ...]:
    """Write a line into the map that an entry holds, or that it has yet to hold."""
    node = entry.value
    if isinstance(node, ScalarNode) and node.tag == "null" and not node.value:
        indent = " " * (_column(text, entry.key_span.start) + 2)
        at = _line_end(text, entry.key_span.end)
        return (Edit(Span(at, at), f"{newline_of(text)}{indent}{line}"),)
    known = list(entries(node))
    if not isinstance(node, MappingNode) or (not known and not node.flow_style):
        return ()
    if node.flow_style and known:
        return (Edit(Span(known[-1].span.end, known[-1].span.end), f", {line}"),)
    if node.flow_style:
        return (Edit(span_of(node), f"{{{line}}}"),)
    return _below(text, known, line)


def _below(text: str, known: list[Entry], line: str) -> tuple[Edit, ...]:
    """Write a line below the last entry of a block."""
    indent = " " * _column(text, known[0].key_span.start)
    last, end = known[-1].span.end, newline_of(text)
    if text[last - 1 : last] == "\n":  # a block of text, whose end is the next line's beginning
        return (Edit(Span(last, last), f"{indent}{line}{end}"),)
    at = _line_end(text, last)
    return (Edit(Span(at, at), f"{end}{indent}{line}"),)


def _new_section(text: str, name: str, line: str) -> tuple[Edit, ...]:
    end = newline_of(text)
    before = "" if not text or text.endswith("\n") else end
    return (Edit(Span(len(text), len(text)), f"{before}{name}:{end}  {line}{end}"),)


def _column(text: str, offset: int) -> int:
    return offset - (text.rfind("\n", 0, offset) + 1)


def _line_end(text: str, offset: int) -> int:
    """Return where the line of an offset ends, before its break."""
    at = text.find("\n", offset)
    at = len(text) if at < 0 else at
    return at - 1 if text[at - 1 : at] == "\r" and at > offset else at


def removed(text: str, entry: Entry) -> tuple[Edit, ...]:
    """Take out an entry that has its lines to itself."""
    start = text.rfind("\n", 0, entry.span.start) + 1
    end = entry.span.end
    if text[end - 1 : end] != "\n":
        at = text.find("\n", end)
        end = len(text) if at < 0 else at + 1
        rest = text[entry.span.end : end].strip()
        if rest and not rest.startswith("#"):
            return ()
    if text[start : entry.span.start].strip():
        return ()
    return (Edit(Span(start, end), ""),)


def added_use(root: Node | None, text: str, library: str) -> tuple[Edit, ...]:
    """Add a library to `use`: to the list that is there, or on a line of its own."""
    entry = entry_of(root, "use")
    if entry is None:
        return _new_use(root, text, library)
    node = entry.value
    if isinstance(node, SequenceNode) and node.value:
        at = span_of(node.value[-1]).end
        if node.flow_style:
            return (Edit(Span(at, at), f", {library}"),)
        indent = " " * node.start_mark.column
        return (Edit(Span(at, at), f"{newline_of(text)}{indent}- {library}"),)
    if isinstance(node, SequenceNode):
        return (Edit(span_of(node), f"[{library}]"),)
    if isinstance(node, ScalarNode) and node.value:
        start, end = span_of(node)
        return (Edit(Span(start, start), "["), Edit(Span(end, end), f", {library}]"))
    return ()


def _new_use(root: Node | None, text: str, library: str) -> tuple[Edit, ...]:
    """Write `use` behind the last of the keys that stand above it."""
    above = [e for e in entries(root) if e.key in _HEADS]
    end = newline_of(text)
    if not above:
        return (Edit(Span(0, 0), f"use: [{library}]{end}"),)
    last = above[-1].span.end
    if text[last - 1 : last] == "\n":
        return (Edit(Span(last, last), f"use: [{library}]{end}"),)
    at = _line_end(text, last)
    return (Edit(Span(at, at), f"{end}use: [{library}]"),)
