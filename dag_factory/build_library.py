"""Tree to model: type libraries."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from .build_experiment import check_version
from .build_settings import SettingsReader
from .diagnostic import Collector
from .model import AdapterDecl, Library, PortDecl, RelationDecl, RuleDecl, TypeDecl, Word
from .nodes import span_of
from .reader import Read, Reader
from .scalars import NULL
from .suggest import listing
from .text import Span
from .tree import Tree

TYPE_NAME = re.compile(r"[A-Z][A-Za-z0-9]{0,62}")
# In a rule: `?metric measured_on ?data`, `?a derived_from* ?b`, `?x is Model`, `?a != ?b`.
_PATTERN = re.compile(
    r"\?[a-z][a-z0-9_]*[ ]+(?:[a-z][a-z0-9_]*\*?|!=|==)[ ]+(?:\?[a-z][a-z0-9_]*|[A-Za-z0-9_.]+)"
)
_VARIABLE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_Named = TypeVar("_Named", TypeDecl, RelationDecl, AdapterDecl, RuleDecl)
VIEWS = ("number", "curve", "table", "matrix", "image", "markdown", "text")


def build_library(tree: Tree, found: Collector) -> Library | None:
    """Read a type library; None when the text is no map."""
    return None if tree.root is None else _Builder(found, tree).library(tree.root)


class _Builder:
    def __init__(self, found: Collector, tree: Tree) -> None:
        self.found = found
        self.source = found.source
        # Not the tree: bound methods below make a cycle that would keep it until a collection.
        self.complete = tree.complete
        self.reader = Reader(found)
        self.settings = SettingsReader(self.reader)
        self.name = ""
        self.table: dict[str, Read] = {
            "mline": lambda n: check_version(self.reader, n),
            "library": lambda n: self.reader.identifier(n, "a library"),
            "version": self.reader.text,
            "doc": self.reader.text,
            "prefixes": self._texts_map,
            "use": self.reader.words,
            "types": lambda n: n,
            "relations": lambda n: n,
            "adapters": lambda n: n,
            "rules": lambda n: n,
        }

    def library(self, root: Node) -> Library | None:
        r = self.reader
        if self._is_an_experiment(root):
            return None
        got = r.table(root, self.table, "a type library")
        if not isinstance(root, MappingNode):
            return None
        if self.complete:
            r.require(got, root, ["mline", "library"], "a type library")
        name = got.pop("library", None) or Word("", Span(0, 0))
        self.name = name.text
        got.pop("mline", None)
        for key, read in (
            ("types", self._type),
            ("relations", self._relation),
            ("adapters", self._adapter),
            ("rules", self._rule),
        ):
            if key in got:
                got[key] = self._entries(got[key], key, read)
        return Library(source=self.source, id=name, **got)

    def _is_an_experiment(self, root: Node) -> bool:
        keys = [key for key, _ in root.value] if isinstance(root, MappingNode) else []
        names = {key.value: key for key in keys if isinstance(key, ScalarNode)}
        if "experiment" not in names or "library" in names:
            return False
        message = "an experiment's file is named NAME.mline.yaml, without 'types'"
        self.found.add("wrong-file-name", span_of(names["experiment"]), message)
        return True

    def _entries(
        self, node: Node, what: str, read: Callable[[ScalarNode, Node], _Named | None]
    ) -> dict[str, _Named]:
        entries = (read(key, value) for key, value in self.reader.pairs(node, f"a map of {what}"))
        return {entry.name.text: entry for entry in entries if entry is not None}

    def _texts_map(self, node: Node) -> dict[str, str]:
        pairs = ((k.value, self.reader.text(v)) for k, v in self.reader.pairs(node))
        return {key: text for key, text in pairs if text is not None}

    # -- types -----------------------------------------------------------------------------------

    def _type(self, key: ScalarNode, node: Node) -> TypeDecl | None:
        r = self.reader
        name = Word(key.value, span_of(key))
        if not TYPE_NAME.fullmatch(key.value):
            message = f"'{key.value}' cannot be a type: a capital letter, then letters and digits"
            self.found.add("invalid-type-name", name.span, message)
            return None
        if not isinstance(node, MappingNode):
            parent = r.word(node)
            return None if parent is None else TypeDecl(name, self.name, self.source, parent)
        settings = self.settings
        table: dict[str, Read] = {
            "is": r.word,
            "doc": r.text,
            "abstract": r.boolean,
            "iri": r.text,
            "fields": self._schemas,
            "required": r.texts,
            "format": self._format,
            "view": lambda n: r.one_of(n, VIEWS),
            "python": self._python,
            "sample": settings.call,
            "icon": r.text,
            "color": r.text,
            "examples": lambda n: r.items(n, r.plain),
            "better": lambda n: r.one_of(n, ("higher", "lower")),
            "range": self._range,
            "unit": r.text,
            "takes": lambda n: self._ports(n, gives=False),
            "gives": lambda n: self._ports(n, gives=True),
            "with": self._schemas,
            "relations": self._port_words,
            "needs": r.some_words,
            "random": r.boolean,
            "open": r.boolean,
            **settings.action_table,
            **settings.settings_table,
        }
        got = r.table(node, table, "a type")
        schemas = [value for key, value in r.pairs(node) if key.value in ("fields", "with")]
        places = {k.value: span_of(k) for child in schemas for k, _ in _entries_of(child)}
        return self._type_of(name, got, places)

    def _type_of(self, name: Word, got: dict[str, Any], places: dict[str, Span]) -> TypeDecl:
        python = got.pop("python", {})
        sample = got.pop("sample", None)
        settings = {k: got.pop(k) for k in list(got) if k in self.settings.settings_table}
        action = self.settings.one_action(got)
        for key in self.settings.action_table:
            got.pop(key, None)
        return TypeDecl(
            name=name,
            library=self.name,
            source=self.source,
            is_=got.pop("is", None),
            with_=got.pop("with", {}),
            load=python["load"].text if "load" in python else "",
            save=python["save"].text if "save" in python else "",
            sample=sample.value if sample else "",
            load_word=python.get("load"),
            save_word=python.get("save"),
            sample_word=Word(sample.value, sample.span) if sample else None,
            action=action,
            settings=settings,
            places=places,
            **got,
        )

    def _schemas(self, node: Node) -> dict[str, Any]:
        """Read names and JSON Schemas; a plain value is a default, as in `params`."""
        result = {}
        for key, value in self.reader.pairs(node, "a map of names and JSON Schemas"):
            schema = self.reader.plain(value)
            result[key.value] = schema if isinstance(schema, dict) else {"default": schema}
        return result

    def _format(self, node: Node) -> dict[str, Any]:
        r = self.reader
        table: dict[str, Read] = {"file": r.text, "media": r.text, "folder": r.boolean}
        return r.table(node, table, "'format'")

    def _python(self, node: Node) -> dict[str, Word]:
        table = {"load": self.settings.call, "save": self.settings.call}
        got = self.reader.table(node, table, "'python'")
        return {key: Word(action.value, action.span) for key, action in got.items()}

    def _range(self, node: Node) -> tuple[float, float] | None:
        if isinstance(node, SequenceNode) and len(node.value) == 2:
            low, high = (
                sign * float("inf") if child.tag == NULL else self.reader.number(child)
                for sign, child in zip((-1, 1), node.value, strict=True)
            )
            if low is not None and high is not None and low >= high:
                message = f"the least value ({low:g}) must be below the greatest ({high:g})"
                self.found.add("out-of-range", span_of(node), message)
                return None
            return None if low is None or high is None else (low, high)
        self.reader.wrong(node, "a list of two numbers, the least and the greatest")
        return None

    def _ports(self, node: Node, *, gives: bool) -> dict[str, PortDecl]:
        result = {}
        for key, value in self.reader.pairs(node, "a map of ports"):
            port = self.reader.identifier(key, "a port")
            decl = self._port(port, value, gives=gives) if port is not None else None
            if decl is not None:
                result[key.value] = decl
        return result

    def _port(self, name: Word, node: Node, *, gives: bool) -> PortDecl | None:
        r = self.reader
        if not isinstance(node, MappingNode):
            word = r.word(node)
            return None if word is None else PortDecl(name, word)
        known: dict[str, Any] = {}
        relations: dict[str, tuple[Word, ...]] = {}
        keys: dict[str, Span] = {}
        table: dict[str, Read] = {"is": r.word, "doc": r.text, "optional": r.boolean}
        if not gives:
            table["many"] = r.boolean
        for key, value in r.pairs(node):
            if key.value in table:
                known[key.value] = table[key.value](value)
            elif gives:
                relations[key.value] = r.words(value) or ()
                keys[key.value] = span_of(key)
            else:
                r.unknown_key(key, table, "an input port")
        if not r.require(known, node, ["is"], "a port") or known["is"] is None:
            return None
        return PortDecl(
            name=name,
            type=known["is"],
            optional=bool(known.get("optional")),
            many=bool(known.get("many")),
            relations=relations,
            doc=known.get("doc") or "",
            keys=keys,
        )

    def _port_words(self, node: Node) -> dict[str, tuple[Word, ...]]:
        pairs = ((k.value, self.reader.words(v)) for k, v in self.reader.pairs(node))
        return {key: words for key, words in pairs if words}

    # -- relations and adapters ------------------------------------------------------------------

    def _named(self, key: ScalarNode, what: str) -> Word | None:
        return self.reader.identifier(key, what)

    def _relation(self, key: ScalarNode, node: Node) -> RelationDecl | None:
        r = self.reader
        name = self._named(key, "a relation")
        table: dict[str, Read] = {
            "from": r.word,
            "to": r.word,
            "many": r.boolean,
            "transitive": r.boolean,
            "inverse": lambda n: r.identifier(n, "a relation"),
            "is": r.word,
            "iri": r.text,
            "doc": r.text,
        }
        got = r.table(node, table, "a relation")
        if not r.require(got, node, ["from", "to"], "a relation") or name is None:
            return None
        inverse = got.pop("inverse", None)
        return RelationDecl(
            name=name,
            library=self.name,
            source=self.source,
            from_=got.pop("from"),
            to=got.pop("to"),
            is_=got.pop("is", None),
            inverse=inverse.text if inverse else "",
            **got,
        )

    def _adapter(self, key: ScalarNode, node: Node) -> AdapterDecl | None:
        r = self.reader
        name = self._named(key, "an adapter")
        table: dict[str, Read] = {
            "from": r.word,
            "to": r.word,
            "lossless": r.boolean,
            "cost": self._cost,
            "doc": r.text,
            "with": self.settings.with_map,
            **self.settings.action_table,
            **self.settings.settings_table,
        }
        got = r.table(node, table, "an adapter")
        if not r.require(got, node, ["from", "to"], "an adapter") or name is None:
            return None
        action = self.settings.one_action(got)
        if action is None and not any(k in got for k in self.settings.action_table):
            message = f"the adapter '{name.text}' needs one of call, run, command"
            self.found.add("missing-action", name.span, message)
        return AdapterDecl(
            name=name,
            library=self.name,
            source=self.source,
            from_=got["from"],
            to=got["to"],
            lossless=bool(got.get("lossless", False)),
            cost=got.get("cost", 1),
            action=action,
            with_=got.get("with", ({}, {}))[0],
            settings={k: got[k] for k in self.settings.settings_table if k in got},
            doc=got.get("doc", ""),
        )

    def _cost(self, node: Node) -> float | None:
        cost = self.reader.number(node)
        if cost is not None and cost <= 0:
            self.found.add("out-of-range", span_of(node), f"a cost is above zero, not {cost}")
            return None
        return cost

    # -- rules -----------------------------------------------------------------------------------

    def _rule(self, key: ScalarNode, node: Node) -> RuleDecl | None:
        r = self.reader
        name = self._named(key, "a rule")
        table: dict[str, Read] = {
            "level": lambda n: r.one_of(n, ("error", "warning", "info")),
            "match": self._alternatives,
            "unless": self._alternatives,
            "say": r.word,
            "at": r.word,
            "also": r.texts,
            "doc": r.text,
        }
        got = r.table(node, table, "a rule")
        if not r.require(got, node, ["match", "say"], "a rule") or name is None:
            return None
        match, say = got["match"], got["say"]
        bound = [_variables(alternative) for alternative in match]
        everywhere = set.intersection(*map(set, bound)) if bound else set()
        at = got.get("at")
        self._check_variables(say, _VARIABLE.findall(say.text), everywhere)
        if at is not None:
            self._check_variables(at, [at.text], everywhere)
        return RuleDecl(
            name=name,
            library=self.name,
            source=self.source,
            level=got.get("level", "warning"),
            match=match,
            unless=got.get("unless", ()),
            say=say.text,
            at=at.text if at is not None else next(iter(bound[0]), "") if bound else "",
            also=got.get("also", ()),
            doc=got.get("doc", ""),
        )

    def _check_variables(self, word: Word, used: list[str], bound: set[str]) -> None:
        for variable in used:
            if variable not in bound:
                known = listing(sorted(bound))
                message = f"'{variable}' is not bound by every 'match' (bound are {known})"
                self.found.add("unbound-variable", word.span, message)

    def _alternatives(self, node: Node) -> tuple[tuple[Word, ...], ...] | None:
        if not isinstance(node, SequenceNode) or not node.value:
            self.reader.wrong(node, "a list of patterns")
            return None
        if all(isinstance(child, SequenceNode) for child in node.value):
            return tuple(self._patterns(child) for child in node.value)
        return (self._patterns(node),)

    def _patterns(self, node: Node) -> tuple[Word, ...]:
        words = []
        for child in node.value:
            word = self.reader.word(child)
            if word is None:
                continue
            if not _PATTERN.fullmatch(word.text):
                message = f"'{word.text}' is not a pattern such as '?model trained_on ?data'"
                self.found.add("invalid-pattern", word.span, message)
                continue
            words.append(word)
        return tuple(words)


def _entries_of(node: Node) -> list[tuple[ScalarNode, Node]]:
    """Return the entries of a map whose keys are text; of anything else none."""
    pairs = node.value if isinstance(node, MappingNode) else []
    return [(key, value) for key, value in pairs if isinstance(key, ScalarNode)]


def _variables(patterns: tuple[Word, ...]) -> Mapping[str, None]:
    """Return the variables of a conjunction in order, without the question mark."""
    result: dict[str, None] = {}
    for pattern in patterns:
        for part in pattern.text.split():
            if part.startswith("?"):
                result[part[1:]] = None
    return result
