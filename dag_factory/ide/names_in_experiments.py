"""The names in an experiment, from its model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from yaml import ScalarNode, SequenceNode

from ..analysis import Analysis
from ..library import Type, TypeNetwork
from ..model import Entity, Experiment, Give, Service, Setting, Stage, Word
from ..nodes import span_of
from ..reference import parse_reference
from .occurrences import Kind, Occurrence, Spot, Symbol, named, names_in, spot
from .places import Entry, entries, entry_of

_PICK = re.compile(r"\s*(?:max|min)\s+(\S+)")
_POINT = re.compile(r"([A-Za-z_]\w*)=")


class ExperimentNames:
    """Finds the names of one experiment."""

    def __init__(self, analysis: Analysis, experiment: Experiment) -> None:
        self.source = analysis.source
        self.tree = analysis.tree
        self.experiment = experiment
        self.types: TypeNetwork | None = analysis.types
        self.resolved = analysis.resolved

    def found(self) -> Iterator[Occurrence]:
        """Yield every occurrence."""
        experiment = self.experiment
        if experiment.id.text:
            yield self._named("experiment", experiment.id, declares=True)
        for word in experiment.use:
            yield self.library(word)
        for param in experiment.params.values():
            yield self._named("param", param.name, declares=True)
        yield from self._settings(experiment.defaults, "", ("defaults",))
        for entity in experiment.entities.values():
            yield from self._entity(entity)
        for service in experiment.services.values():
            yield from self._service(service)
        for stage in experiment.stages.values():
            yield from self._stage(stage)
        yield from self._ends()

    def _named(
        self, kind: Kind, word: Word, owner: str = "", *, declares: bool = False
    ) -> Occurrence:
        return named(Symbol(kind, word.text, owner), self.source, word, declares=declares)

    def library(self, word: Word) -> Occurrence:
        """Return what `use` names: the id of a library where it is known, else the path."""
        return named(Symbol("library", word.text), self.source, word)

    # -- references ------------------------------------------------------------------------------

    def type_name(self, word: Word | None) -> Iterator[Occurrence]:
        """Yield the library and the type of `lab.Reading`."""
        if word is None:
            return
        type_ = self.types.find(word.text) if self.types is not None else None
        home, _, bare = word.text.rpartition(".")
        place = spot(self.source, word)
        exact = place.start is not None
        if home and exact:
            yield Occurrence(Symbol("library", home), place.part(0, len(home)))
        if type_ is not None:
            start = len(word.text) - len(bare)
            span = place.part(start, len(word.text))
            yield Occurrence(Symbol("type", type_.name), span, exact=exact)

    def reference(self, text: str, start: int, place: Spot) -> Iterator[Occurrence]:
        """Yield the thing and the port of a reference that begins at `start` of a scalar."""
        parsed = parse_reference(text)
        if parsed is None:
            return
        head, exact = parsed.head, place.start is not None
        end = start + len(head)
        experiment = self.experiment
        if head in experiment.stages and (parsed.port or head not in experiment.entities):
            yield Occurrence(Symbol("stage", head), place.part(start, end), exact=exact)
            for match in _POINT.finditer(text) if parsed.which and exact else ():
                span = place.part(start + match.start(1), start + match.end(1))
                yield Occurrence(Symbol("value", match[1], head), span)
            if parsed.port:
                port = place.part(start + len(text) - len(parsed.port), start + len(text))
                yield Occurrence(Symbol("output", parsed.port, head), port, exact=exact)
        elif head in experiment.entities:
            yield Occurrence(Symbol("entity", head), place.part(start, end), exact=exact)
        elif head in experiment.services and not parsed.port:
            yield Occurrence(Symbol("service", head), place.part(start, end), exact=exact)

    def _reference(self, word: Word) -> Iterator[Occurrence]:
        yield from self.reference(word.text, 0, spot(self.source, word))

    def _dollar(self, word: Word, stage: str) -> Iterator[Occurrence]:
        """Yield what a `$reference` names; the word has no dollar sign, its place has."""
        place = spot(self.source, word, f"${word.text}")
        exact = place.start is not None
        root, _, rest = word.text.partition(".")
        at = len(root) + 2
        kinds: Mapping[str, Kind] = {
            "params": "param",
            "in": "input",
            "out": "output",
            "secrets": "secret",
        }
        if root in kinds:
            owner = stage if root in ("in", "out") else ""
            span = place.part(at, at + len(rest))
            yield Occurrence(Symbol(kinds[root], rest, owner), span, exact=exact)
        elif root == "services":
            service, *path = rest.split(".")
            span = place.part(at, at + len(service))
            yield Occurrence(Symbol("service", service), span, exact=exact)
            if len(path) == 2 and exact:
                start = at + len(service) + 1
                span = place.part(start, start + len(path[0]))
                yield Occurrence(Symbol("endpoint", path[0], service), span)

    def _condition(self, word: Word) -> Iterator[Occurrence]:
        for text, start, place in names_in(word, self.source):
            exact = place.start is not None
            if text.startswith("params."):
                name = text.removeprefix("params.")
                span = place.part(start + len("params."), start + len(text))
                yield Occurrence(Symbol("param", name), span, exact=exact)
            else:
                yield from self.reference(text, start, place)

    # -- entities --------------------------------------------------------------------------------

    def _entity(self, entity: Entity) -> Iterator[Occurrence]:
        yield self._named("entity", entity.id, declares=True)
        yield from self.type_name(entity.is_)
        if entity.from_ is not None:
            yield from self._from(entity.from_)
        if entity.at is not None and "://" not in entity.at.text:
            yield self._named("file", entity.at)
        type_ = self.resolved.entity_types.get(entity.id.text) if self.resolved else None
        for extra in entity.extras:
            if self._is_relation(extra.key.text, type_):
                yield self._named("relation", extra.key)
                for word in _words(extra.value):
                    yield from self._reference(word)
            elif type_ is not None and extra.key.text in type_.fields:
                yield self._named("field", extra.key, type_.name)

    def _is_relation(self, key: str, type_: Type | None) -> bool:
        if self.types is None or (type_ is not None and key in type_.fields):
            return False
        return key in self.types.relations or key in self.types.inverses

    def _from(self, word: Word) -> Iterator[Occurrence]:
        home, dot, name = word.text.partition(".")
        place = spot(self.source, word)
        if not dot or place.start is None:
            return
        yield Occurrence(Symbol("experiment", home), place.part(0, len(home)))
        span = place.part(len(home) + 1, len(word.text))
        yield Occurrence(Symbol("entity", name, home), span)

    # -- services --------------------------------------------------------------------------------

    def _service(self, service: Service) -> Iterator[Occurrence]:
        name = service.id.text
        yield self._named("service", service.id, declares=True)
        yield from self.type_name(service.is_)
        if service.command is not None:
            for word in service.command.refs:
                yield from self._dollar(word, "")
        yield from self._settings(service.settings, "", ("services", name))
        for end in self._entries("services", name, "offers"):
            yield self._named("endpoint", Word(end.key, end.key_span), name, declares=True)
        ready = entry_of(self.tree, "services", name, "ready")
        checks = ready.value.value if ready and isinstance(ready.value, SequenceNode) else []
        for check in checks or ([ready.value] if ready else []):
            for entry in entries(check):
                if entry.key in ("endpoint", "tcp") and isinstance(entry.value, ScalarNode):
                    for word in _words(entry.value):
                        if word.text in service.offers:
                            yield self._named("endpoint", word, name)

    def _entries(self, *path: str) -> Iterator[Entry]:
        entry = entry_of(self.tree, *path)
        yield from entries(entry.value if entry else None)

    # -- stages ----------------------------------------------------------------------------------

    def _stage(self, stage: Stage) -> Iterator[Occurrence]:
        name = stage.id.text
        yield self._named("stage", stage.id, declares=True)
        yield from self.type_name(stage.is_)
        for take in stage.takes.values():
            yield self._named("input", take.port, name, declares=True)
            for word in take.refs:
                yield from self._reference(word)
        for give in stage.gives.values():
            yield from self._give(name, stage, give)
        for key, setting in stage.with_.items():
            yield self._named("value", Word(key, stage.with_keys[key]), name, declares=True)
            for word in setting.refs:
                yield from self._dollar(word, name)
        yield from self._settings(stage.settings, name, ("stages", name))
        yield from self._action(name, stage)
        yield from self._order(stage)
        yield from self._sweep(name, stage)
        yield from self._adapt(name, stage)

    def _action(self, name: str, stage: Stage) -> Iterator[Occurrence]:
        if stage.action is None:
            return
        if stage.action.kind == "call":
            call = Word(stage.action.value, stage.action.span)
            yield self._named("function", call, name)
        for word in stage.action.refs:
            yield from self._dollar(word, name)

    def _order(self, stage: Stage) -> Iterator[Occurrence]:
        for word in stage.uses:
            yield self._named("service", word)
        for word in stage.after:
            yield self._named("stage", word)
        if stage.when is not None:
            yield from self._condition(stage.when)

    def _give(self, name: str, stage: Stage, give: Give) -> Iterator[Occurrence]:
        yield self._named("output", give.port, name, declares=True)
        yield from self.type_name(give.is_)
        if give.entity is not None:
            yield self._named("entity", give.entity)
        for relation, span in give.keys.items():
            yield self._named("relation", Word(relation, span))
        for words in give.relations.values():
            for word in words:
                yield self._named(self._side(stage, word.text), word, name)

    def _side(self, stage: Stage, port: str) -> Kind:
        """Tell an input from an output of one name: relations of outputs are to inputs first."""
        resolved = self.resolved.stages.get(stage.id.text) if self.resolved else None
        given = port in stage.gives or (resolved is not None and port in resolved.type.gives)
        taken = port in stage.takes or (resolved is not None and port in resolved.type.takes)
        return "output" if given and not taken else "input"

    def _sweep(self, name: str, stage: Stage) -> Iterator[Occurrence]:
        if stage.sweep is None:
            return
        for word in stage.sweep.over:
            yield self._named("value", word, name, declares=word.text not in stage.with_)
        pick = stage.sweep.pick
        match = _PICK.match(pick.text) if pick is not None else None
        if pick is not None and match is not None:
            place = spot(self.source, pick)
            yield from self.reference(match[1], match.start(1), place)

    def _adapt(self, name: str, stage: Stage) -> Iterator[Occurrence]:
        sides: tuple[tuple[str, Kind], ...] = (("takes", "input"), ("gives", "output"))
        for side, kind in sides:
            for entry in self._entries("stages", name, "adapt", side):
                yield self._named(kind, Word(entry.key, entry.key_span), name)
        for word in (*stage.adapt_takes.values(), *stage.adapt_gives.values()):
            yield self._named("function", word, name)

    # -- settings and the rest -------------------------------------------------------------------

    def _settings(
        self, settings: Mapping[str, Setting], stage: str, path: tuple[str, ...]
    ) -> Iterator[Occurrence]:
        env = settings.get("env")
        for setting in env.value.values() if env is not None else ():
            for word in setting.refs:
                yield from self._dollar(word, stage)
        code = settings.get("code")
        for item in code.value if code is not None else ():
            if item.path:
                yield self._named("file", Word(item.path, item.span), stage)
        if "secrets" in settings:
            for entry in self._entries(*path, "secrets"):
                yield self._named("secret", Word(entry.key, entry.key_span), declares=True)

    def _ends(self) -> Iterator[Occurrence]:
        for case in self.experiment.tests.values():
            yield self._named("test", case.name, declares=True)
            for key, span in case.with_keys.items():
                yield self._named("param", Word(key, span))
            for word in case.expect:
                yield from self._condition(word)
        for word in self.experiment.gate:
            yield from self._condition(word)
        for word in self.experiment.schedule.on if self.experiment.schedule else ():
            yield self._named("entity", word)


def _words(node: object) -> Iterator[Word]:
    """Yield the texts of a scalar or a list."""
    if isinstance(node, SequenceNode):
        for child in node.value:
            yield from _words(child)
    elif isinstance(node, ScalarNode):
        yield Word(str(node.value), span_of(node))
