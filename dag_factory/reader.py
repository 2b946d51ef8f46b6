"""Typed readers of tree nodes: each returns a value, or None after it reported why not."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from .diagnostic import Collector
from .model import Setting, Word
from .nodes import MERGE, kind_of, span_of
from .quantities import cpu, duration, memory
from .scalars import BOOL, FLOAT, INT, NULL, STR, convert
from .suggest import did_you_mean, listing, nearest, same_elsewhere
from .text import Span

MAX_ID = 63
ID = re.compile(r"[a-z][a-z0-9_]{0,62}")
PORT = re.compile(r"[a-z][a-z0-9_]{0,62}")
REFERENCE_ROOTS = ("params", "in", "out", "services", "secrets", "run")
_SPECIAL_WORD = re.compile(r"[A-Za-z0-9_.\-]+")

Read = Callable[[Node], Any]


class Reader:
    """Reads the nodes of one file into its collector."""

    def __init__(self, found: Collector) -> None:
        self.found = found
        self.refs: list[Word] = []
        self.refused: set[str] = set()
        """Names that were no ids: what refers to them is not reported again."""

    def wrong(self, node: Node, expected: str) -> None:
        """Report that a value is of the wrong kind."""
        self.found.add("wrong-type", span_of(node), f"expected {expected}, found {kind_of(node)}")

    # -- scalars ---------------------------------------------------------------------------------

    def word(self, node: Node) -> Word | None:
        """Read text, not empty."""
        if isinstance(node, ScalarNode) and node.tag == STR:
            if node.value.strip():
                return Word(node.value, span_of(node))
            self.found.add("empty-value", span_of(node), "expected text, found nothing")
            return None
        self.wrong(node, "text")
        return None

    def text(self, node: Node) -> str | None:
        """Read text as a string; a number is taken as it is written."""
        if isinstance(node, ScalarNode) and node.tag != NULL:
            return str(node.value)
        self.wrong(node, "text")
        return None

    def boolean(self, node: Node) -> bool | None:
        """Read true or false."""
        if node.tag == BOOL:
            return bool(convert(BOOL, node.value))
        hint = ""
        if isinstance(node, ScalarNode) and node.value.lower() in {"yes", "no", "on", "off"}:
            hint = f"; in YAML 1.2 '{node.value}' is text"
        self.found.add(
            "wrong-type", span_of(node), f"expected true or false, found {kind_of(node)}{hint}"
        )
        return None

    def integer(self, node: Node, least: int = 0, most: int = 2**31 - 1) -> int | None:
        """Read a whole number within bounds."""
        if node.tag == FLOAT:
            message = f"expected a whole number, found {node.value}"
            self.found.add("wrong-type", span_of(node), message)
            return None
        if node.tag != INT:
            self.wrong(node, "a whole number")
            return None
        value = convert(INT, node.value)
        if isinstance(value, int) and least <= value <= most:
            return value
        limit = (
            f"at least {least}" if isinstance(value, int) and value < least else f"at most {most}"
        )
        self.found.add("out-of-range", span_of(node), f"{node.value} is not {limit}")
        return None

    def natural(self, node: Node) -> int | None:
        """Read a whole number of at least one."""
        return self.integer(node, 1)

    def number(self, node: Node) -> float | int | None:
        """Read a finite number."""
        if node.tag not in (INT, FLOAT):
            self.wrong(node, "a number")
            return None
        value = convert(node.tag, node.value)
        if not isinstance(value, (int, float)) or not math.isfinite(value):
            self.found.add("not-finite", span_of(node), f"{node.value} is not a finite number")
            return None
        return value

    def one_of(self, node: Node, words: Iterable[str]) -> str | None:
        """Read one of some words."""
        words = list(words)
        word = self.word(node)
        if word is None:
            return None
        if word.text in words:
            return word.text
        hint, fix = did_you_mean(word.text, words, word.span)
        message = f"'{word.text}' is not one of {listing(words)}{hint}"
        self.found.add("unknown-word", word.span, message, fix=fix)
        return None

    def duration(self, node: Node) -> float | None:
        """Read `90s`, `30m`, `2h` as seconds, more than none."""
        seconds = self.pause(node)
        if seconds == 0:
            message = f"'{node.value}' is no time at all; write 90s, 30m or 2h"
            self.found.add("invalid-duration", span_of(node), message)
            return None
        return seconds

    def pause(self, node: Node) -> float | None:
        """Read a duration that may be `0s`."""
        if isinstance(node, ScalarNode) and node.tag in (STR, INT, FLOAT):
            seconds = duration(node.value) if node.tag == STR else None
            if seconds is not None:
                return seconds
            message = f"'{node.value}' is not a duration; write 90s, 30m or 2h"
            if node.tag == INT:
                message = f"'{node.value}' has no unit; write {node.value}s or {node.value}m"
            self.found.add("invalid-duration", span_of(node), message)
            return None
        self.wrong(node, "a duration such as 30m")
        return None

    def memory(self, node: Node) -> str | None:
        """Read `512Mi`, `4Gi`."""
        return self._quantity(node, memory, "an amount of memory; write 512Mi or 4Gi")

    def cpu(self, node: Node) -> str | None:
        """Read `0.5`, `2`, `250m`."""
        return self._quantity(node, cpu, "a number of cores; write 0.5 or 2")

    def _quantity(self, node: Node, read: Callable[[str], object], what: str) -> str | None:
        if isinstance(node, ScalarNode) and node.tag in (STR, INT, FLOAT):
            if read(node.value) is not None:
                return str(node.value)
            self.found.add("invalid-quantity", span_of(node), f"'{node.value}' is not {what}")
            return None
        self.wrong(node, what)
        return None

    def identifier(self, node: Node, what: str) -> Word | None:
        """Read an id: lower case, digits and underscores, at most 63."""
        if isinstance(node, ScalarNode) and node.tag in (STR, BOOL, NULL) and node.value:
            return self.check_id(Word(node.value, span_of(node)), what)
        self.wrong(node, f"the id of {what}")
        return None

    def check_id(self, word: Word, what: str) -> Word | None:
        """Return the word when it is an id, else report it."""
        if ID.fullmatch(word.text):
            return word
        self.refused.add(word.text)
        if len(word.text) > MAX_ID:
            shown = f"{word.text[:20]}…"
            message = f"'{shown}' has {len(word.text):,} characters; an id has at most {MAX_ID}"
            self.found.add("invalid-id", word.span, message)
            return None
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word.text.strip()).lower()
        better = re.sub(r"[^a-z0-9_]+", "_", snake)[:MAX_ID].strip("_")
        hint = f"; '{better}' would do" if ID.fullmatch(better) else ""
        message = (
            f"'{word.text}' cannot be the id of {what}: a lower-case letter, then lower-case "
            f"letters, digits and '_', at most 63{hint}"
        )
        self.found.add("invalid-id", word.span, message)
        return None

    # -- collections -----------------------------------------------------------------------------

    def pairs(self, node: Node, what: str = "a map") -> Iterator[tuple[ScalarNode, Node]]:
        """Yield the entries of a map, of each key the first."""
        if not isinstance(node, MappingNode):
            self.wrong(node, what)
            return
        seen = set()
        for key, value in node.value:
            if isinstance(key, ScalarNode) and key.value not in seen and key.tag != MERGE:
                seen.add(key.value)
                yield key, value

    def table(self, node: Node, readers: Mapping[str, Read], what: str) -> dict[str, Any]:
        """Read a map with known keys; unknown ones are reported, none is dropped silently."""
        result: dict[str, Any] = {}
        for key, value in self.pairs(node, f"the keys of {what}"):
            read = readers.get(key.value)
            if read is None:
                self.unknown_key(key, readers, what)
                continue
            got = read(value)
            if got is not None:
                result[key.value] = got
        return result

    def unknown_key(self, key: ScalarNode, known: Iterable[str], what: str) -> None:
        """Report a key that the language does not have here."""
        known = list(known)
        span = span_of(key)
        hint, fix = did_you_mean(key.value, known, span)
        other = same_elsewhere(key.value, known)
        if other:
            hint, fix = f"; here it is '{other}'", None
        hint = hint or f"; known are {listing(known, 12)}"
        self.found.add("unknown-key", span, f"'{key.value}' is not a key of {what}{hint}", fix=fix)

    def require(self, got: Mapping[str, Any], node: Node, keys: Iterable[str], what: str) -> bool:
        """Report required keys that are not in the map; false when one is missing or refused."""
        if not isinstance(node, MappingNode):
            return False
        if all(key in got for key in keys):
            return True
        present = {k.value for k, _ in node.value if isinstance(k, ScalarNode)}
        refused = [key for key in present if key not in got]
        for key in keys:
            if key not in present and nearest(key, refused) is None:
                start = node.start_mark.index
                message = f"{what} needs the key '{key}'"
                self.found.add("missing-key", Span(start, start + 1), message)
        return False

    def items(self, node: Node, read: Read, what: str = "a list") -> tuple[Any, ...] | None:
        """Read a list, leaving out what is wrong."""
        if not isinstance(node, SequenceNode):
            hint = ""
            if isinstance(node, ScalarNode) and 0 < len(node.value) < MAX_ID:
                hint = f"; write [{node.value}]"
            message = f"expected {what}, found {kind_of(node)}{hint}"
            self.found.add("wrong-type", span_of(node), message)
            return None
        values = (read(child) for child in node.value)
        return tuple(value for value in values if value is not None)

    def words(self, node: Node) -> tuple[Word, ...] | None:
        """Read a list of texts; one text is a list of one."""
        if isinstance(node, SequenceNode):
            return self.items(node, self.word)
        word = self.word(node)
        return None if word is None else (word,)

    def some_words(self, node: Node) -> tuple[Word, ...] | None:
        """Read a text or a list of at least one."""
        if isinstance(node, SequenceNode) and not node.value:
            self.found.add("empty-value", span_of(node), "expected at least one")
            return None
        return self.words(node)

    def texts(self, node: Node) -> tuple[str, ...] | None:
        """Read a list of texts as strings."""
        words = self.items(node, self.text)
        return words if words is None else tuple(words)

    # -- values ----------------------------------------------------------------------------------

    def setting(self, node: Node) -> Setting:
        """Read any JSON value in which `$…` is a reference."""
        before = len(self.refs)
        value = self.value(node)
        refs = tuple(self.refs[before:])
        del self.refs[before:]
        return Setting(value, span_of(node), refs)

    def value(self, node: Node) -> Any:
        """Return the node as JSON, `{"$ref": …}` for references."""
        if isinstance(node, ScalarNode):
            if node.tag == STR:
                text = node.value
                return self._reference(node) if text[:1] == "$" else text
            return self.plain(node)
        if isinstance(node, SequenceNode):
            return [self.value(child) for child in node.value]
        result = {}
        for key, child in self.pairs(node):
            if key.value == "$ref":
                self.found.add("reserved-key", span_of(key), "the key '$ref' is reserved")
                continue
            result[key.value] = self.value(child)
        return result

    def _reference(self, node: ScalarNode) -> Any:
        text: str = node.value
        if text.startswith("$$"):
            return text[1:]
        root, _, rest = text[1:].partition(".")
        if root not in REFERENCE_ROOTS or not rest or not _SPECIAL_WORD.fullmatch(rest):
            near = nearest(root, REFERENCE_ROOTS) if _SPECIAL_WORD.fullmatch(rest) else None
            if near is not None and near != root:
                hint, fix = did_you_mean(text, [f"${near}.{rest}"], span_of(node))
                message = f"'{text}' is not a reference{hint}"
                self.found.add("invalid-reference", span_of(node), message, fix=fix)
                return text
            message = (
                f"'{text}' is not a reference such as $params.x, $in.port, $out.port, "
                "$services.x.y.url, $secrets.x, $run.id; a dollar sign itself is written $$"
            )
            self.found.add("invalid-reference", span_of(node), message)
            return text
        self.refs.append(Word(text[1:], span_of(node)))
        return {"$ref": text[1:]}

    def plain(self, node: Node) -> Any:
        """Return the node as JSON, dollars and all."""
        if isinstance(node, ScalarNode):
            value = convert(node.tag, node.value)
            if isinstance(value, float) and not math.isfinite(value):
                self.found.add("not-finite", span_of(node), f"{node.value} is not a finite number")
                return None
            return value
        if isinstance(node, SequenceNode):
            return [self.plain(child) for child in node.value]
        return {key.value: self.plain(child) for key, child in self.pairs(node)}
