"""`mline format`: one canonical way to lay out a file, comments and order kept.

Formatting never changes what a file means: the tree before and after must be the same, and every
comment must still be there, or the file is left alone.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import yaml

from mline_airflow.dag_factory.diagnostic import Collector, Diagnostic, has_errors
from mline_airflow.dag_factory.text import SourceFile
from mline_airflow.dag_factory.tree import Tree, parse

from .items import items
from .layout import lay_out
from .short_forms import Value, expanded, shorten

_BYTE_ORDER_MARK = "\ufeff"


class Formatted(NamedTuple):
    """The canonical text, or the same text and why it was left alone."""

    text: str
    changed: bool
    diagnostics: tuple[Diagnostic, ...] = ()
    """Why the file could not be read; then nothing was changed."""
    refused: str = ""
    """Why a readable file was left alone."""


def format_text(path: str, text: str) -> Formatted:
    """Format one file; `path` is for messages. Line breaks stay LF or CRLF as the first one is."""
    first = text.find("\n")
    windows = first > 0 and text[first - 1] == "\r"
    plain = text.removeprefix(_BYTE_ORDER_MARK).replace("\r\n", "\n")
    tree, found = _parsed(path, plain)
    if has_errors(found):
        return Formatted(text, changed=False, diagnostics=found)
    if tree.root is None:  # only comments, or nothing: nothing to lay out
        return Formatted(text, changed=False)
    try:
        result = lay_out(shorten(plain, tree.root))
        refused = _difference(path, plain, tree, result)
    except yaml.YAMLError as error:
        result = plain
        refused = f"it could not be read word by word ({str(error).splitlines()[0]})"
    if refused:
        return Formatted(text, changed=False, refused=refused)
    if windows:
        result = result.replace("\n", "\r\n")
    return Formatted(result, changed=result != text)


def _parsed(path: str, text: str) -> tuple[Tree, tuple[Diagnostic, ...]]:
    found = Collector(SourceFile(path, text))
    return parse(found), found.sorted()


def _difference(path: str, before: str, tree: Tree, after: str) -> str:
    """Return what would be lost by writing `after`, or nothing."""
    again, found = _parsed(path, after)
    if has_errors(found) or _meaning(again) != _meaning(tree):
        return "formatting would change what it means"
    if _comments(before) != _comments(after):
        return "formatting would lose a comment"
    return ""


def _meaning(tree: Tree) -> Value | None:
    return _sorted_params(expanded(tree.root))


def _sorted_params(value: Value | None) -> Value | None:
    """Return the tree with the keys of each parameter in one order: a short form has none."""
    if value is None or value[0] != "map":
        return value
    entries = [
        (key, ("map", [(k, _in_order(v)) for k, v in child[1]]))
        if key == ("str", "params") and child[0] == "map"
        else (key, child)
        for key, child in value[1]
    ]
    return ("map", entries)


def _in_order(value: Value) -> Value:
    return ("map", sorted(value[1], key=repr)) if value[0] == "map" else value


def _comments(text: str) -> Counter[str]:
    return Counter(item.text for item in items(text) if item.kind == "comment")
