"""What YAML allows and the language does not: tags, merge keys, keys that are no text, twins."""

from __future__ import annotations

from yaml import MappingNode, Mark, Node, ScalarNode, SequenceNode

from .diagnostic import Collector, Related
from .nodes import MERGE, span_of
from .scalars import MAP, SEQ, STR
from .text import Span

MAX_DEPTH = 64
MAX_ALIAS_NODES = 20_000

KINDS = {ScalarNode: STR, SequenceNode: SEQ, MappingNode: MAP}
_OWN_TAGS = frozenset({"str", "int", "float", "bool", "null", "map", "seq"})


class Walk:
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
                end = Mark("", start + len(value), 0, 0, None, 0)
                node.value[index] = ScalarNode(STR, value, child.start_mark, end)

    def _tagged(self, node: Node) -> None:
        tag = node.tag.replace("tag:yaml.org,2002:", "!!")
        hint = "leave it out" if tag.startswith("!!") else "a type is named with 'is'"
        self.found.add("tag-not-allowed", span_of(node), f"the tag '{tag}' is not allowed; {hint}")
        node.tag = KINDS[type(node)]
