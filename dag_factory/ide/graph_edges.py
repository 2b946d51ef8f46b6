"""The edges of the graph view: every dependency that the file writes, broken ones too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ..diagnostic import Collector
from ..expression import names_of, parse_expression
from ..model import Action, Experiment, Setting, Stage, Word
from ..reference import parse_reference
from ..resolved import Resolved, ResolvedStage
from ..text import SourceFile, Span

_PICK = re.compile(r"\s*(?:max|min)\s+(\S+)\s*")


class End(NamedTuple):
    """One end of an edge: a node of the view, and the port of a stage."""

    node: str
    port: str = ""


class Edge(NamedTuple):
    """One edge; `span` is the reference that makes it."""

    kind: str
    source: End
    target: End
    span: Span
    text: str
    field: str = ""
    each: bool = False
    adapters: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """`kind:source->target`, with ports after `.` and the field of a value after `@`."""
        ends = (f"{e.node}.{e.port}" if e.port else e.node for e in (self.source, self.target))
        where = f"@{self.field}" if self.field else ""
        return f"{self.kind}:{'->'.join(ends)}{where}"


class EdgeViews:
    """Finds the edges of one experiment."""

    def __init__(self, experiment: Experiment, resolved: Resolved | None) -> None:
        self.experiment = experiment
        self.resolved = resolved
        self.source: SourceFile = experiment.source

    def edges(self) -> Iterator[Edge]:
        """Yield the edges in the order of the stages."""
        for name, stage in self.experiment.stages.items():
            resolved = self.resolved.stages.get(name) if self.resolved else None
            yield from self._takes(name, stage, resolved)
            yield from self._gives(name, stage)
            yield from self._services(name, stage, resolved)
            yield from self._values(name, stage)
            yield from self._order(name, stage)
        for name, service in self.experiment.services.items():
            settings = [s for s in (service.command, *_env(service.settings)) if s is not None]
            for setting in settings:
                yield from self._params(f"service:{name}", "", setting.refs)

    # -- ends ------------------------------------------------------------------------------------

    def end_of(self, text: str) -> End:
        """Return what a reference between things names; `missing:…` when there is no such thing."""
        parsed = parse_reference(text)
        if parsed is not None:
            stages, entities = self.experiment.stages, self.experiment.entities
            if parsed.head in stages and (parsed.port or parsed.head not in entities):
                return End(f"stage:{parsed.head}", parsed.port)
            if parsed.head in entities:
                return End(f"entity:{parsed.head}")
        return End(f"missing:{text}")

    # -- kinds -----------------------------------------------------------------------------------

    def _takes(self, name: str, stage: Stage, resolved: ResolvedStage | None) -> Iterator[Edge]:
        for port, take in stage.takes.items():
            taken = resolved.takes.get(port) if resolved else None
            chains = (
                {ref.span: chain for ref, chain in zip(taken.refs, taken.chains, strict=False)}
                if taken
                else {}
            )
            for word in take.refs:
                parsed = parse_reference(word.text)
                adapters = tuple(f"{a.library}.{a.name}" for a in chains.get(word.span, ()))
                yield Edge(
                    "data",
                    self.end_of(word.text),
                    End(f"stage:{name}", port),
                    word.span,
                    word.text,
                    each=parsed is not None and parsed.which == "*",
                    adapters=adapters,
                )

    def _gives(self, name: str, stage: Stage) -> Iterator[Edge]:
        for port, give in stage.gives.items():
            if give.entity is not None:
                word = give.entity
                known = word.text in self.experiment.entities
                target = End(f"entity:{word.text}" if known else f"missing:{word.text}")
                yield Edge("data", End(f"stage:{name}", port), target, word.span, word.text)

    def _services(self, name: str, stage: Stage, resolved: ResolvedStage | None) -> Iterator[Edge]:
        seen = set()
        for word in stage.uses:
            seen.add(word.text)
            yield self._service(name, word.text, word)
        refs = [word for _field, words in _references(stage) for word in words]
        # `defaults` may have an environment that speaks to a service.
        env = resolved.settings.get("env") if resolved is not None else None
        for setting in env.value.values() if env is not None else ():
            refs += setting.refs
        for word in refs:
            root, _, rest = word.text.partition(".")
            service = rest.partition(".")[0]
            if root == "services" and service not in seen:
                seen.add(service)
                yield self._service(name, service, word)

    def _service(self, stage: str, service: str, word: Word) -> Edge:
        known = service in self.experiment.services
        source = End(f"service:{service}" if known else f"missing:{service}")
        return Edge("service", source, End(f"stage:{stage}"), word.span, word.text)

    def _values(self, name: str, stage: Stage) -> Iterator[Edge]:
        for field, refs in _references(stage):
            yield from self._params(f"stage:{name}", field, refs)

    def _params(self, node: str, field: str, refs: tuple[Word, ...]) -> Iterator[Edge]:
        for word in refs:
            root, _, rest = word.text.partition(".")
            if root == "params":
                known = rest in self.experiment.params
                source = End(f"param:{rest}" if known else f"missing:$params.{rest}")
                yield Edge("data", source, End(node), word.span, word.text, field)

    def _order(self, name: str, stage: Stage) -> Iterator[Edge]:
        target = End(f"stage:{name}")
        for word in stage.after:
            known = word.text in self.experiment.stages
            source = End(f"stage:{word.text}" if known else f"missing:{word.text}")
            yield Edge("after", source, target, word.span, word.text)
        if stage.when is not None:
            yield from self._condition(target, stage.when)
        if stage.sweep is not None and stage.sweep.pick is not None:
            word = stage.sweep.pick
            match = _PICK.fullmatch(word.text)
            if match is not None:
                yield Edge("sweep", self.end_of(match[1]), target, word.span, match[1])

    def _condition(self, target: End, word: Word) -> Iterator[Edge]:
        expression = parse_expression(word, Collector(self.source))
        for name in names_of(expression) if expression is not None else ():
            param = name.text.removeprefix("params.")
            if param == name.text:
                source = self.end_of(name.text)
            else:
                known = param in self.experiment.params
                source = End(f"param:{param}" if known else f"missing:$params.{param}")
            yield Edge("condition", source, target, name.span, name.text)


def _references(stage: Stage) -> Iterator[tuple[str, tuple[Word, ...]]]:
    for key, setting in stage.with_.items():
        yield f"with.{key}", setting.refs
    for key, setting in _env_items(stage):
        yield f"env.{key}", setting.refs
    action: Action | None = stage.action
    if action is not None and action.refs:
        yield action.kind, action.refs


def _env_items(stage: Stage) -> Iterator[tuple[str, Setting]]:
    env = stage.settings.get("env")
    if env is not None:
        yield from env.value.items()


def _env(settings: object) -> list[Setting]:
    env = settings.get("env") if isinstance(settings, dict) else None
    return list(env.value.values()) if env is not None else []
