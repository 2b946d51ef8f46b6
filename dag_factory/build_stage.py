"""Tree to model: stages."""

from __future__ import annotations

from typing import Any

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from .build_settings import SettingsReader
from .build_sweep import SweepReader
from .model import Give, Stage, Take, Word
from .nodes import span_of
from .reader import Read
from .suggest import nearest, same_elsewhere
from .text import Span


def is_type_name(text: str) -> bool:
    """Tell a type (`CsvTable`, `core.Table`) from an id: types are CamelCase."""
    return text.rpartition(".")[2][:1].isupper()


class StageReader:
    """Reads stages; one for a file."""

    def __init__(self, settings: SettingsReader) -> None:
        self.settings = settings
        self.reader = r = settings.reader
        self.found = settings.found
        self.table: dict[str, Read] = {
            "is": r.word,
            "doc": r.text,
            **settings.action_table,
            "with": lambda n: n,
            "takes": self.takes,
            "gives": self.gives,
            "uses": r.words,
            "after": r.words,
            "when": r.word,
            "sweep": SweepReader(r).sweep,
            "adapt": self.adapt,
            **settings.settings_table,
        }

    def stage(self, key: ScalarNode, node: Node) -> Stage | None:
        """Read one entry of `stages`."""
        name = self.reader.identifier(key, "a stage")
        got = self.reader.table(node, self.table, "a stage")
        if name is None:
            return None
        with_, with_keys = self.settings.with_map(got["with"]) if "with" in got else ({}, {})
        adapt = got.get("adapt", {})
        return Stage(
            id=name,
            is_=got.get("is"),
            doc=got.get("doc", ""),
            action=self.settings.one_action(got),
            with_=with_,
            with_keys=with_keys,
            takes=got.get("takes", {}),
            gives=got.get("gives", {}),
            uses=got.get("uses", ()),
            after=got.get("after", ()),
            when=got.get("when"),
            sweep=got.get("sweep"),
            adapt_takes=adapt.get("takes", {}),
            adapt_gives=adapt.get("gives", {}),
            settings={k: got[k] for k in self.settings.settings_table if k in got},
            broken=self._broken(node, got),
        )

    def _broken(self, node: Node, got: dict[str, Any]) -> frozenset[str]:
        if not isinstance(node, MappingNode):
            return frozenset(self.table)
        keys = [k.value for k, _ in node.value if isinstance(k, ScalarNode)]
        lost = [key for key in keys if key not in got]
        if not lost:
            return frozenset()
        guessed = (k if k in self.table else same_elsewhere(k, self.table) for k in lost)
        return frozenset(
            k or nearest(word, self.table) or "" for k, word in zip(guessed, lost, strict=True)
        )

    def takes(self, node: Node) -> dict[str, Take]:
        """Read `port: reference` and `port: [reference, …]`."""
        result = {}
        for key, value in self.reader.pairs(node, "a map of ports"):
            port = self.reader.identifier(key, "a port")
            refs = self.reader.words(value)
            if isinstance(value, SequenceNode) and not value.value:
                self.found.add("empty-value", span_of(value), "expected at least one reference")
            if port is not None and refs:
                result[port.text] = Take(port, refs, isinstance(value, SequenceNode))
        return result

    def gives(self, node: Node) -> dict[str, Give]:
        """Read `port: Type`, `port: entity`, `port: {is: Type, relation: port}`."""
        result = {}
        for key, value in self.reader.pairs(node, "a map of ports"):
            port = self.reader.identifier(key, "a port")
            give = self._give(port, value) if port is not None else None
            if give is not None:
                result[give.port.text] = give
        return result

    def _give(self, port: Word, node: Node) -> Give | None:
        if not isinstance(node, MappingNode):
            word = self.reader.word(node)
            if word is None:
                return None
            typed = is_type_name(word.text)
            return Give(port, word if typed else None, None if typed else word, {})
        is_: Word | None = None
        doc = ""
        relations: dict[str, tuple[Word, ...]] = {}
        keys: dict[str, Span] = {}
        for key, value in self.reader.pairs(node):
            if key.value == "is":
                is_ = self.reader.word(value)
            elif key.value == "doc":
                doc = self.reader.text(value) or ""
            else:
                relations[key.value] = self.reader.words(value) or ()
                keys[key.value] = span_of(key)
        if is_ is None:
            if "is" not in [k.value for k, _ in node.value]:
                message = f"the output '{port.text}' needs the key 'is'"
                self.found.add("missing-key", port.span, message)
            return None
        typed = is_type_name(is_.text)
        return Give(port, is_ if typed else None, None if typed else is_, relations, doc, keys)

    def adapt(self, node: Node) -> dict[str, dict[str, Word]]:
        """Read `adapt: {takes: {port: module:function}, gives: {…}}`."""

        def functions(child: Node) -> dict[str, Word]:
            result = {}
            for key, value in self.reader.pairs(child, "a map of ports"):
                action = self.settings.call(value)
                if action is not None:
                    result[key.value] = Word(action.value, action.span)
            return result

        return self.reader.table(node, {"takes": functions, "gives": functions}, "'adapt'")
