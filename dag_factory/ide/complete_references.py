"""References between things that can be written at the cursor: what fits first, and why not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ..adapters import find_chain, is_lossy
from ..library import TypeNetwork
from ..model import Experiment
from ..resolved import Resolved
from .completion_items import Found, ItemKind, Place
from .cursor import MARK
from .opened import Opened

FITS, ADAPTED, LOSSY, UNFIT = 0, 3, 5, 8
METRIC = "core.Metric"


class Candidate(NamedTuple):
    """Something that a reference may name, with its type and the stage that gives it."""

    text: str
    type: str
    stage: str
    kind: ItemKind
    doc: str
    each: bool = False
    given: bool = True
    """False for an entity that nothing gives yet."""


def candidates(place: Place) -> Iterator[Candidate]:
    """Yield every entity and output, each under the name that one would write."""
    return (c for c in candidates_of(place.opened) if MARK not in c.text)


def candidates_of(opened: Opened) -> Iterator[Candidate]:
    """Yield what a reference in a file may name."""
    resolved, types, experiment = (
        opened.analysis.resolved,
        opened.analysis.types,
        opened.analysis.model,
    )
    if resolved is None or types is None or not isinstance(experiment, Experiment):
        return
    for name, entity in experiment.entities.items():
        type_ = resolved.entity_types.get(name)
        if type_ is not None:
            source = resolved.sources.get(name)
            doc = entity.doc or entity.title or type_.decl.doc
            stage = source.stage if source is not None else ""
            yield Candidate(name, type_.name, stage, "entity", doc, given=source is not None)
    for name in experiment.stages:
        for port, given in resolved.stages[name].gives.items():
            doc = types.types[given.type].decl.doc
            if given.entity is None:
                yield Candidate(f"{name}.{port}", given.type, name, "output", doc)
            if resolved.in_sweep.get(name) is not None:
                text = f"{name}[*].{port}"
                yield Candidate(text, given.type, name, "output", doc, each=True)


def for_port(place: Place, stage: str, port: str) -> Iterator[Found]:
    """Yield what can fill an input port."""
    resolved, types = place.resolved, place.types
    home = place.resolved_stage(stage)
    if resolved is None or types is None or home is None:
        return
    declared = home.type.takes.get(port)
    wanted = declared.type if declared is not None else "core.Entity"
    many = declared is None or declared.many
    later = below(resolved, stage)
    for candidate in candidates(place):
        if candidate.stage == stage:
            continue
        if candidate.each and (not many or resolved.in_sweep.get(stage) is not None):
            continue
        rank, why = fit(types, candidate.type, wanted)
        if not candidate.given:
            rank, why = max(rank, UNFIT - 1), "nothing gives it yet"
        if candidate.stage in later:
            rank, why = UNFIT, f"'{candidate.stage}' comes after '{stage}'"
        if candidate.each:
            rank += 1
        yield offered(types, candidate, rank, why)


def offered(types: TypeNetwork, candidate: Candidate, rank: int, why: str) -> Found:
    """Return a candidate as a proposal, with its type and what is against it."""
    shown = types.shown(candidate.type)
    detail = f"{shown} — {why}" if why else shown
    return Found(candidate.text, candidate.kind, detail, candidate.doc, rank)


def fit(types: TypeNetwork, given: str, wanted: str) -> tuple[int, str]:
    """Return how well a type fits where another is wanted, and what stands in the way."""
    if types.accepts(wanted, given):
        return FITS, ""
    chain = find_chain(types, given, wanted)
    if chain is None:
        return UNFIT, f"does not fit '{types.shown(wanted)}'"
    names = " then ".join(f"{a.library}.{a.name}" for a in chain)
    return (LOSSY, f"loses something by {names}") if is_lossy(chain) else (ADAPTED, f"by {names}")


def below(resolved: Resolved, start: str) -> set[str]:
    """Return a stage and every stage that comes after it."""
    readers: dict[str, list[str]] = {}
    for name, stage in resolved.stages.items():
        for source in stage.upstream:
            readers.setdefault(source, []).append(name)
    seen, stack = {start}, [start]
    while stack:
        for following in readers.get(stack.pop(), ()):
            if following not in seen:
                seen.add(following)
                stack.append(following)
    return seen


def for_entity_output(place: Place, stage: str, port: str) -> Iterator[Found]:
    """Yield the declared entities that an output can fill."""
    resolved, types, home = place.resolved, place.types, place.resolved_stage(stage)
    if resolved is None or types is None or home is None or place.experiment is None:
        return
    declared = home.type.gives.get(port)
    wanted = declared.type if declared is not None else "core.Entity"
    for name, entity in place.experiment.entities.items():
        type_ = resolved.entity_types.get(name)
        if type_ is None or entity.from_ is not None:
            continue
        rank, why = (FITS, "") if types.accepts(wanted, type_.name) else (UNFIT, "does not fit")
        source = resolved.sources.get(name)
        if source is not None and source.kind == "output" and source.stage != stage:
            rank, why = UNFIT, f"'{source.stage}' gives it already"
        detail = f"{types.shown(type_.name)} — {why}" if why else types.shown(type_.name)
        yield Found(name, "entity", detail, entity.doc or type_.decl.doc, rank)


def for_relation(place: Place, entity: str, key: str) -> Iterator[Found]:
    """Yield what a relation of an entity can lead to."""
    types, resolved = place.types, place.resolved
    if types is None or resolved is None or place.experiment is None:
        return
    forward = types.inverses.get(key)
    relation = types.relations.get(forward or key)
    if relation is None:
        return
    wanted = relation.from_ if forward else relation.to
    for candidate in candidates(place):
        if (
            candidate.text != entity
            and not candidate.each
            and (candidate.given or candidate.kind == "entity")
        ):
            fits = types.accepts(wanted, candidate.type)
            why = "" if fits else f"does not fit '{types.shown(wanted)}'"
            yield offered(types, candidate, FITS if fits else UNFIT, why)
    for name in place.experiment.stages:
        if types.accepts(wanted, resolved.stages[name].type.name):
            yield Found(name, "stage", types.shown(resolved.stages[name].type.name))
    for name in place.experiment.services:
        if name in resolved.services and types.accepts(wanted, resolved.services[name].type.name):
            yield Found(name, "service", types.shown(resolved.services[name].type.name))


def metrics(
    place: Place, rank: Callable[[TypeNetwork, Candidate], tuple[int, str]] | None = None
) -> Iterator[Found]:
    """Yield the metrics that a condition or a pick can name."""
    types = place.types
    for candidate in candidates(place):
        if types is None or candidate.each or not types.kind_is(candidate.type, METRIC):
            continue
        place_, why = rank(types, candidate) if rank is not None else (FITS, "")
        if not candidate.given:
            place_, why = UNFIT, "nothing gives it yet"
        yield offered(types, candidate, place_, why)
