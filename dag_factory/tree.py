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

from .diagnostic import Collector, Related
from .scalars import MAP, NULL, SEQ, STR, convert, plain_tag
from .text import Span

MAX_DEPTH = 64
MAX_NODES = 200_000
MAX_ALIAS_NODES = 20_000
MAX_CHARACTERS = 4_000_000
MERGE = "merge"

_ODD_BREAK = re.compile("[\x85\u2028\u2029]")
_DASHES = re.compile(r"(?:[-?:] +){20}")
_OWN_TAGS = frozenset({"str", "int", "float", "bool", "null", "map", "seq"})
_KINDS = {ScalarNode: STR, SequenceNode: SEQ, MappingNode: MAP}

try:
    from yaml.cyaml import CParser as _Parser  # type: ignore[attr-defined]
except ImportError:  # no libyaml, as in a WebAssembly build: the same grammar, slower
    _Parser = None  # type: ignore[assignment,misc]


class Tree(NamedTuple):
    """A parsed text. `complete` is false when a syntax error cut the end off."""

    root: Node | None
    complete: bool


def _resolve(_self: object, kind: type[Node], value: str, implicit: tuple[bool, bool]) -> str:
    if kind is ScalarNode:
        return plain_tag(value) if implicit[0] else STR
    return _KINDS[kind]


def _ignore(*_args: object) -> None:
    """Path resolvers are a feature of PyYAML that nothing here uses."""


if _Parser is not None:

    class _Composer(_Parser):
        resolve = _resolve
        descend_resolver = _ignore
        ascend_resolver = _ignore

else:
    from yaml.composer import Composer
    from yaml.parser import Parser
    from yaml.reader import Reader
    from yaml.scanner import Scanner

    class _Composer(Reader, Scanner, Parser, Composer):  # type: ignore[no-redef]
        def __init__(self, stream: str) -> None:
            Reader.__init__(self, stream)
            Scanner.__init__(self)
            Parser.__init__(self)
            Composer.__init__(self)

        resolve = _resolve
        descend_resolver = _ignore
        ascend_resolver = _ignore


def span_of(node: Node) -> Span:
    """Return the node's place; a block collection's ends where its last word ends.

    libyaml ends a block collection where the next thing begins, behind comments and empty lines.
    """
    start, end = node.start_mark.index, node.end_mark.index
    last = node
    while not isinstance(last, ScalarNode) and not last.flow_style and last.value:
        last = last.value[-1][1] if isinstance(last, MappingNode) else last.value[-1]
        if not start < last.end_mark.index <= end:
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
    excess = _measure(text) if _may_be_excessive(text) else None
    if excess is not None:
        found.add(excess[0], Span(0, 0), excess[1])
        return Tree(None, complete=False)
    root, complete = _compose(text, found)
    if root is not None and not _Walk(found).check(root):
        return Tree(None, complete=False)
    return Tree(root, complete)


def _may_be_excessive(text: str) -> bool:
    """Tell, cheaply, whether the text could be too deep or too full; most texts cannot.

    libyaml's composer recurses in C and makes an object a value, so it must not meet such a text.
    A level of a block needs a column, one of a flow collection a bracket.
    """
    if len(text) > MAX_NODES or text.count("[") + text.count("{") > MAX_DEPTH:
        return True
    return " " * MAX_DEPTH in text or _DASHES.search(text) is not None


def _measure(text: str) -> tuple[str, str] | None:
    """Return the code and message of what is too much in the text, or None."""
    depth = nodes = 0
    parser = _Composer(text)
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
    except (yaml.YAMLError, UnicodeEncodeError):
        return None  # composing meets the same error, and reports it
    finally:
        parser.dispose()
    return None


def _without_odd_breaks(text: str, found: Collector) -> str:
    """Report line breaks of YAML 1.1 that are characters in YAML 1.2; libyaml still breaks there."""
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
        return _compose_once(text), True
    except UnicodeEncodeError as error:
        found.add(
            "invalid-character",
            Span(error.start, error.start + 1),
            "half of a surrogate pair; the text is not valid Unicode",
        )
        return None, False
    except yaml.YAMLError as error:
        at = _report(error, text, found)
    # Cut before the line of the error, then before the top-level key that it stands under.
    line = text.rfind("\n", 0, at) + 1
    top = max((m.start() for m in re.finditer(r"^[^\s#\-]", text[:line], re.MULTILINE)), default=0)
    for cut in (line, top):
        if cut > 0:
            try:
                root = _compose_once(text[:cut])
            except yaml.YAMLError:
                continue
            return _without_loose_end(root), False
    return None, False


def _without_loose_end(root: Node | None) -> Node | None:
    """Take away the last key when its value was cut off: it is not empty, it is unknown."""
    node = root
    while isinstance(node, (MappingNode, SequenceNode)) and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
        if isinstance(node, ScalarNode):
            if node.tag == NULL and not node.value:
                last_of(root).pop()
            break
    return root


def last_of(root: Node | None) -> list[object]:
    """Return the entries of the innermost last collection."""
    entries: list[object] = []
    node = root
    while isinstance(node, (MappingNode, SequenceNode)) and node.value:
        entries = node.value
        last = entries[-1]
        node = last[1] if isinstance(last, tuple) else last
    return entries


def _compose_once(text: str) -> Node | None:
    parser = _Composer(text)
    try:
        node: Node | None = parser.get_single_node()
    finally:
        parser.dispose()
    return node


_WORDS = {
    "could not find expected ':'": "expected ':' after the key",
    "mapping values are not allowed in this context": (
        "a second ':' in one line; quote the text if the colon belongs to it"
    ),
    "did not find expected ',' or ']'": "expected ',' or ']' in this list",
    "did not find expected ',' or '}'": "expected ',' or '}' in this map",
    "did not find expected key": "expected a key here; look at the indentation",
    "did not find expected '-' indicator": "expected '-' here; look at the indentation",
    "found unexpected end of stream": "a quote that is opened is never closed",
    "but found another document": "a file holds one document; '---' starts a second one",
    "found undefined alias": "an alias to an anchor that is not there",
    "found unknown escape character": (
        "an unknown escape; write '\\\\' for a backslash, or put the text into single quotes"
    ),
    "found a tab character that violates indentation": "a tab cannot indent; use spaces",
    "found a tab character where an indentation space is expected": (
        "a tab cannot indent; use spaces"
    ),
    "found incompatible YAML document": "this version of YAML is not known; YAML 1.2 is read",
    "did not find expected <document start>": "a file holds one document; '...' ends it",
}


_SEVERAL = ("but found another document", "did not find expected <document start>")


def _report(error: yaml.YAMLError, text: str, found: Collector) -> int:
    """Add the finding for a YAML error and return where it is."""
    if isinstance(error, yaml.reader.ReaderError):
        character = error.character
        shown = chr(character) if isinstance(character, int) else str(character)
        at = max(text.find(shown), 0)
        found.add(
            "invalid-character",
            Span(at, at + 1),
            f"the control character U+{ord(shown[:1] or ' '):04X} is not allowed in YAML",
        )
        return at
    problem = str(getattr(error, "problem", "") or error)
    words = _WORDS.get(problem, problem)
    mark = getattr(error, "problem_mark", None)
    at = min(mark.index, len(text)) if mark else len(text)
    context = getattr(error, "context_mark", None)
    related: tuple[Related, ...] = ()
    code = "several-documents" if problem in _SEVERAL else "yaml-syntax"
    if (
        context is not None
        and context.index != at
        and problem in _WORDS
        and code != "several-documents"
    ):
        place = Span(context.index, min(context.index + 1, len(text)))
        related = (Related(found.source, place, "it starts here"),)
    end = at + 1 if at < len(text) and text[at] not in "\r\n" else at
    if problem == "found character that cannot start any token" and at < len(text):
        words = (
            "a tab cannot indent; use spaces"
            if text[at] == "\t"
            else f"'{text[at]}' cannot begin a value; put the text into quotes"
        )
    found.add(code, Span(at, end), words, related=related)
    return at


class _Walk:
    """One pass over the tree for what YAML allows and the language does not."""

    def __init__(self, found: Collector) -> None:
        self.found = found
        self.sizes: dict[int, int] = {}
        self.open: set[int] = set()
        self.culprit: Node | None = None
        text = found.source.text
        self.text = text
        self.special = "!" in text or "?" in text or "<<" in text
        self.aliases = "*" in text and "&" in text

    def check(self, root: Node) -> bool:
        """Report what is refused; false when the tree must not be used at all."""
        if root.tag not in _OWN_TAGS:
            self._tagged(root)
        if not self.aliases:
            self._collection(root, 0)
            return True
        size = self._size(root, 0)
        if size is None:
            self.found.add("recursive-alias", self.first_line(), "an alias that contains itself")
            return False
        if size > MAX_ALIAS_NODES:
            message = f"aliases expand to more than {MAX_ALIAS_NODES:,} values"
            self.found.add("alias-too-large", self.first_line(), message)
            return False
        self._collection(root, 0)
        return True

    def first_line(self) -> Span:
        """Return the first line of the value that contains too much."""
        start = self.culprit.start_mark.index if self.culprit is not None else 0
        end = self.text.find("\n", start)
        return Span(start, len(self.text.rstrip()) if end < 0 else end)

    def _size(self, node: Node, depth: int) -> int | None:
        """Return the node's expanded size; None when it contains itself."""
        if isinstance(node, ScalarNode):
            return 1
        key = id(node)
        if key in self.open or depth > 2 * MAX_DEPTH:
            self.culprit = node
            return None
        if key not in self.sizes:
            self.open.add(key)
            total = 1
            children = [n for pair in node.value for n in pair] if node.tag == MAP else node.value
            if isinstance(node, MappingNode):
                children = [n for pair in node.value for n in pair]
            for child in children:
                size = self._size(child, depth + 1)
                if size is None:
                    return None
                total += size
            self.open.discard(key)
            if total > MAX_ALIAS_NODES and self.culprit is None:
                self.culprit = node
            self.sizes[key] = min(total, 10 * MAX_ALIAS_NODES)
        return self.sizes[key]

    def _collection(self, node: Node, depth: int) -> None:
        if isinstance(node, MappingNode):
            self._mapping(node, depth)
        elif isinstance(node, SequenceNode):
            if self.special:
                self._question_marks(node)
            for child in node.value:
                if child.tag not in _OWN_TAGS:
                    self._tagged(child)
                if not isinstance(child, ScalarNode):
                    self._collection(child, depth + 1)

    def _mapping(self, node: MappingNode, depth: int) -> None:
        seen: dict[str, Node] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self.found.add("key-not-text", span_of(key), "a key must be text")
                continue
            first = seen.setdefault(key.value, key)
            if first is not key:
                self._duplicate(key, first)
            if self.special:
                self._special_key(key)
            if value.tag not in _OWN_TAGS:
                self._tagged(value)
            if not isinstance(value, ScalarNode):
                self._collection(value, depth + 1)

    def _duplicate(self, key: ScalarNode, first: Node) -> None:
        self.found.add(
            "duplicate-key",
            span_of(key),
            f"the key '{key.value}' is here twice",
            related=(Related(self.found.source, span_of(first), "it is first here"),),
        )

    def _special_key(self, key: ScalarNode) -> None:
        if key.value == "<<" and not key.style:
            self.found.add(
                "merge-key", span_of(key), "merge keys are not part of YAML 1.2; use 'defaults'"
            )
            key.tag = MERGE
        elif key.tag not in _OWN_TAGS:
            self._tagged(key)

    def _question_marks(self, node: SequenceNode) -> None:
        """Make `?a b` in a flow list text, as YAML 1.2 has it; libyaml 0.2 reads it as a key."""
        for index, child in enumerate(node.value):
            start = child.start_mark.index
            if (
                isinstance(child, MappingNode)
                and self.text[start : start + 1] == "?"
                and not self.text[start + 1 : start + 2].isspace()
            ):
                value = self.text[start : child.end_mark.index].rstrip()
                node.value[index] = ScalarNode(STR, value, child.start_mark, child.end_mark)

    def _tagged(self, node: Node) -> None:
        tag = node.tag.replace("tag:yaml.org,2002:", "!!")
        hint = "leave it out" if tag.startswith("!!") else "a type is named with 'is'"
        self.found.add("tag-not-allowed", span_of(node), f"the tag '{tag}' is not allowed; {hint}")
        node.tag = _KINDS[type(node)]
