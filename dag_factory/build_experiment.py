"""Tree to model: experiments."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from yaml import MappingNode, Node, ScalarNode

from .build_service import ServiceReader
from .build_settings import SettingsReader
from .build_stage import StageReader
from .cron import cron_problem
from .diagnostic import Collector
from .model import Case, Entity, Experiment, Extra, Param, Schedule, Setting, Word
from .nodes import span_of
from .reader import Read, Reader
from .scalars import STR
from .suggest import nearest
from .text import Span
from .tree import Tree

LANGUAGE = 1
PRESETS = (
    "@once",
    "@hourly",
    "@daily",
    "@weekly",
    "@monthly",
    "@quarterly",
    "@yearly",
    "@continuous",
)
SECTIONS = ("use", "params", "entities", "services", "stages")
_PARAM = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}


def build_experiment(tree: Tree, found: Collector) -> Experiment | None:
    """Read an experiment; None when the text has not even a map with an id."""
    if tree.root is None:
        return None
    return _Builder(found, tree).experiment(tree.root)


def check_version(reader: Reader, node: Node) -> int | None:
    """Read `mline: 1`."""
    version = reader.integer(node)
    if version is not None and version != LANGUAGE:
        message = f"language version {version} is not known; this MLine reads version {LANGUAGE}"
        reader.found.add("unknown-version", span_of(node), message)
        return None
    return version


class _Builder:
    def __init__(self, found: Collector, tree: Tree) -> None:
        self.found = found
        # Not the tree: bound methods below make a cycle that would keep it until a collection.
        self.complete = tree.complete
        self.reader = Reader(found)
        self.settings = SettingsReader(self.reader)
        r = self.reader
        self.table: dict[str, Read] = {
            "mline": lambda n: check_version(r, n),
            "experiment": lambda n: r.identifier(n, "an experiment"),
            "title": r.text,
            "doc": r.text,
            "owner": r.text,
            "tags": r.texts,
            "use": self._use,
            "params": self._params,
            "defaults": self._defaults,
            "entities": self._entities,
            "services": self._services,
            "stages": self._stages,
            "tests": self._tests,
            "release": self._release,
            "schedule": self._schedule,
            "start": self._date,
            "end": self._date,
            "catchup": r.boolean,
            "max_runs": r.natural,
        }

    def experiment(self, root: Node) -> Experiment | None:
        r = self.reader
        got = r.table(root, self.table, "an experiment")
        if not isinstance(root, MappingNode):
            return None
        if self.complete:
            r.require(got, root, ["mline", "experiment", "stages"], "an experiment")
        keys = {k.value: span_of(k) for k, _ in root.value if isinstance(k, ScalarNode)}
        name = got.pop("experiment", None) or Word("", keys.get("experiment", Span(0, 0)))
        got.pop("mline", None)
        gate = got.pop("release", None)
        return Experiment(
            source=self.found.source,
            id=name,
            gate=gate or (),
            release=keys.get("release") if gate is not None else None,
            complete=self.complete and self._sections_stand(keys, got),
            keys=keys,
            refused=frozenset(r.refused),
            **got,
        )

    def _sections_stand(self, keys: dict[str, Span], got: dict[str, Any]) -> bool:
        """Tell whether every section that is written, or misspelt, was read."""
        lost = [k for k in keys if k not in got and k not in ("mline", "experiment", "release")]
        return not any(k in SECTIONS or nearest(k, SECTIONS) for k in lost)

    # -- params and defaults ---------------------------------------------------------------------

    def _params(self, node: Node) -> dict[str, Param]:
        result = {}
        for key, value in self.reader.pairs(node, "a map of parameters"):
            name = Word(key.value, span_of(key))
            if not _PARAM.fullmatch(key.value):
                message = f"'{key.value}' cannot be a parameter: letters, digits and '_'"
                self.found.add("invalid-id", name.span, message)
                continue
            places = {}
            if isinstance(value, MappingNode):
                schema = self.reader.plain(value)
                places = {k.value: span_of(v) for k, v in self.reader.pairs(value)}
            else:
                default = self.reader.plain(value)
                kind = _TYPES.get(type(default))
                schema = {"type": kind, "default": default} if kind else {"default": default}
            result[key.value] = Param(name, schema, span_of(value), places)
        return result

    def _use(self, node: Node) -> tuple[Word, ...] | None:
        if isinstance(node, MappingNode):
            self.reader.wrong(node, "a list of type libraries")
            return None
        return self.reader.words(node)

    def _defaults(self, node: Node) -> dict[str, Setting]:
        return self.reader.table(node, self.settings.settings_table, "'defaults'")

    # -- the network -----------------------------------------------------------------------------

    def _entities(self, node: Node) -> dict[str, Entity]:
        result = {}
        for key, value in self.reader.pairs(node, "a map of entities"):
            name = self.reader.identifier(key, "an entity")
            entity = self._entity(name or Word(key.value, span_of(key)), value)
            if name is not None and entity is not None:
                result[name.text] = entity
        return result

    def _entity(self, name: Word, node: Node) -> Entity | None:
        r = self.reader
        if not isinstance(node, MappingNode):
            is_ = r.word(node)
            return None if is_ is None else Entity(name, is_, "", "", None, None, ())
        known: dict[str, Any] = {}
        extras = []
        table: dict[str, Read] = {
            "is": r.word,
            "title": r.text,
            "doc": r.text,
            "at": r.word,
            "from": r.word,
        }
        for key, value in r.pairs(node):
            read = table.get(key.value)
            if read is None:
                extras.append(Extra(Word(key.value, span_of(key)), value))
            else:
                known[key.value] = read(value)
        if "is" not in known:
            message = f"the entity '{name.text}' needs the key 'is'"
            self.found.add("missing-key", name.span, message)
        return Entity(
            id=name,
            is_=known.get("is"),
            title=known.get("title") or "",
            doc=known.get("doc") or "",
            at=known.get("at"),
            from_=known.get("from"),
            extras=tuple(extras),
            sourceless="at" not in known and "from" not in known,
        )

    def _services(self, node: Node) -> dict[str, Any]:
        read = ServiceReader(self.settings).service
        entries = (read(k, v) for k, v in self.reader.pairs(node, "a map of services"))
        return {entry.id.text: entry for entry in entries if entry is not None}

    def _stages(self, node: Node) -> dict[str, Any]:
        read = StageReader(self.settings).stage
        entries = [read(k, v) for k, v in self.reader.pairs(node, "a map of stages")]
        if isinstance(node, MappingNode) and not node.value:
            self.found.add("empty-value", span_of(node), "an experiment has at least one stage")
        return {entry.id.text: entry for entry in entries if entry is not None}

    # -- tests, release, schedule ----------------------------------------------------------------

    def _tests(self, node: Node) -> dict[str, Case]:
        result = {}
        for key, value in self.reader.pairs(node, "a map of tests"):
            name = self.reader.identifier(key, "a test")
            table: dict[str, Read] = {
                "doc": self.reader.text,
                "with": self.settings.with_map,
                "expect": self.reader.some_words,
            }
            got = self.reader.table(value, table, "a test")
            if not self.reader.require(got, value, ["expect"], "a test") or name is None:
                continue
            with_, keys = got.get("with", ({}, {}))
            result[name.text] = Case(name, with_, got["expect"], keys)
        return result

    def _release(self, node: Node) -> tuple[Word, ...]:
        table: dict[str, Read] = {"gate": self.reader.some_words, "doc": self.reader.text}
        got = self.reader.table(node, table, "'release'")
        gate: tuple[Word, ...] = got.get("gate", ())
        return gate

    def _schedule(self, node: Node) -> Schedule | None:
        if isinstance(node, MappingNode):
            return self._schedule_map(node)
        if not isinstance(node, ScalarNode) or node.tag != STR:
            self.reader.wrong(node, "a cron line, a preset, {on: […]} or {every: 1h}")
            return None
        text = node.value.strip()
        if text.startswith("@"):
            preset = self.reader.one_of(node, PRESETS)
            return None if preset is None else Schedule(span_of(node), preset=preset)
        problem = cron_problem(text)
        if problem:
            self.found.add("invalid-schedule", span_of(node), f"'{node.value}' {problem}")
            return None
        return Schedule(span_of(node), cron=text)

    def _schedule_map(self, node: MappingNode) -> Schedule | None:
        table: dict[str, Read] = {"on": self.reader.some_words, "every": self.reader.duration}
        got = self.reader.table(node, table, "'schedule'")
        if len(got) == 1:
            return Schedule(span_of(node), **got)
        if len(node.value) != 1:
            message = "a schedule is one of {on: [entity]} and {every: 1h}"
            self.found.add("invalid-schedule", span_of(node), message)
        return None

    def _date(self, node: Node) -> str | None:
        if isinstance(node, ScalarNode):
            try:
                datetime.fromisoformat(node.value)
            except ValueError:
                pass
            else:
                return str(node.value)
        shown = f"'{node.value}' is not a date" if isinstance(node, ScalarNode) else "not a date"
        message = f"{shown}; write 2026-01-31 or 2026-01-31T06:00:00+00:00"
        self.found.add("invalid-date", span_of(node), message)
        return None
