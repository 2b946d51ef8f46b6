"""YAML 1.2 text to nodes with places, on libyaml, without ever raising.

The nodes are PyYAML's own (`ScalarNode`, `SequenceNode`, `MappingNode`): libyaml makes them at the
cost of one Python object each. Their tags are the words of `scalars`, their marks carry
code-point offsets. Tags, merge keys and complex keys are refused; aliases are allowed but bounded.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import yaml
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from .diagnostic import Collector
from .scalars import NULL
from .text import Span
from .tree_composers import new_composer
from .tree_syntax import report_syntax
from .tree_walk import MAX_DEPTH, Walk

MAX_NODES = 200_000
MAX_CHARACTERS = 4_000_000

_ODD_BREAK = re.compile("[\x85\u2028\u2029]")
_DASHES = re.compile(r"(?:[-?:] +){20}")


class Tree(NamedTuple):
    """A parsed text. `complete` is false when a syntax error cut the end off."""

    root: Node | None
    complete: bool


def parse(found: Collector) -> Tree:
    """Parse the collector's text; every problem becomes a finding."""
    text = found.source.text
    if len(text) > MAX_CHARACTERS:
        found.add(
            "file-too-large",
            Span(0, 0),
            f"the file has {len(text):,} characters; {MAX_CHARACTERS:,} is the most",
        )
        return Tree(None, complete=False)
    text = _without_odd_breaks(text, found)
    excess = excess_of(text)
    if excess is not None:
        found.add(excess[0], Span(0, 0), excess[1])
        return Tree(None, complete=False)
    root, complete = _compose(text, found)
    if root is not None and not Walk(found).check(root):
        return Tree(None, complete=False)
    return Tree(root, complete)


def excess_of(text: str) -> tuple[str, str] | None:
    """Return the code and message of what is too much in the text, or None.

    A text that has none is safe to compose.
    """
    return _measure(text) if _may_be_excessive(text) else None


def _may_be_excessive(text: str) -> bool:
    """Tell, cheaply, whether the text could be too deep or too full; most texts cannot.

    libyaml's composer recurses in C and makes an object a value, so it must not meet such a text.
    A level of a block needs a column, one of a flow collection a bracket.
    """
    if len(text) > MAX_NODES or text.count("[") + text.count("{") > MAX_DEPTH:
        return True
    return " " * MAX_DEPTH in text or _DASHES.search(text) is not None


def _measure(text: str) -> tuple[str, str] | None:
    depth = nodes = 0
    try:
        parser = new_composer(text)
    except UnicodeEncodeError:
        return None  # composing meets the same error, and reports it
    try:
        while parser.check_event():
            event = parser.get_event()
            if isinstance(event, yaml.NodeEvent):
                nodes += 1
                if nodes > MAX_NODES:
                    return "file-too-large", f"more than {MAX_NODES:,} values in one file"
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    return "nested-too-deep", f"nested deeper than {MAX_DEPTH} levels"
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except yaml.YAMLError:
        return None  # composing meets the same error, and reports it
    finally:
        parser.dispose()
    return None


def _without_odd_breaks(text: str, found: Collector) -> str:
    """Report line breaks of YAML 1.1 that are characters in YAML 1.2; libyaml breaks there."""
    match = _ODD_BREAK.search(text) if not text.isascii() else None
    if match is None:
        return text
    message = (
        f"U+{ord(match[0]):04X} breaks the line in some readers of YAML and not in others; "
        "write a space or a line break"
    )
    found.add("invalid-character", Span(match.start(), match.end()), message)
    return _ODD_BREAK.sub(" ", text)


def _compose(text: str, found: Collector) -> tuple[Node | None, bool]:
    """Compose the text, or after a syntax error the longest beginning that is well formed."""
    try:
        return compose(text), True
    except UnicodeEncodeError as error:
        found.add(
            "invalid-character",
            Span(error.start, error.start + 1),
            "half of a surrogate pair; the text is not valid Unicode",
        )
        return None, False
    except yaml.YAMLError as error:
        at = report_syntax(error, text, found)
    # Cut before the line of the error, then before the top-level key that it stands under.
    line = text.rfind("\n", 0, at) + 1
    top = max((m.start() for m in re.finditer(r"^[^\s#\-]", text[:line], re.MULTILINE)), default=0)
    for cut in (line, top):
        if cut > 0:
            try:
                root = compose(text[:cut])
            except yaml.YAMLError:
                continue
            return _without_loose_end(root), False
    return None, False


def _without_loose_end(root: Node | None) -> Node | None:
    """Take away the last key when its value was cut off: it is not empty, it is unknown."""
    node = root
    for _ in range(2 * MAX_DEPTH):  # an alias may lead back to where it stands
        if not isinstance(node, (MappingNode, SequenceNode)) or not node.value:
            break
        entries = node.value
        node = entries[-1][1] if isinstance(node, MappingNode) else entries[-1]
        if isinstance(node, ScalarNode) and node.tag == NULL and not node.value:
            entries.pop()
    return root


def compose(text: str) -> Node | None:
    """Compose a text without an excess. Raises what PyYAML raises."""
    parser = new_composer(text)
    try:
        node: Node | None = parser.get_single_node()
    finally:
        parser.dispose()
    return node
