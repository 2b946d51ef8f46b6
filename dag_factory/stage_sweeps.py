"""Sweeps: points, the stages that run once a point, and the pick."""

from __future__ import annotations

import re

from .model import Range, Word
from .reference import parse_reference
from .resolved import Ref, ResolvedStage, ResolvedSweep
from .schema_check import value_problem
from .scope import Scope
from .stage_conditions import METRIC
from .suggest import did_you_mean, listing, nearest, one
from .sweep import expand
from .text import Span

_PICK = re.compile(r"(max|min)\s+(\S+)")


def resolve_sweeps(scope: Scope) -> None:
    """Resolve every sweep, then every reference into one."""
    swept = {n: s for n, s in scope.resolved.stages.items() if s.stage.sweep is not None}
    for stage in swept.values():
        _points(scope, stage)
    for name, stage in swept.items():
        if stage.sweep is not None:
            _region(scope, name, stage, stage.sweep)
    _references(scope)


def _points(scope: Scope, stage: ResolvedStage) -> None:
    sweep = stage.stage.sweep
    if sweep is None:
        return
    sound = True
    for name, values in sweep.over.items():
        if "with" in stage.stage.broken and name.text not in stage.stage.with_:
            sound = False
        elif name.text not in stage.stage.with_ and name.text not in stage.type.with_:
            known = [*stage.stage.with_, *stage.type.with_]
            hint, fix = did_you_mean(name.text, known, name.span)
            message = f"'{name.text}' is not a value of '{stage.stage.id.text}' under 'with'{hint}"
            scope.found.add("unknown-value", name.span, message, fix=fix)
            sound = False
        elif not isinstance(values, Range):
            _check_values(scope, stage, name, values)
    points = expand(sweep, scope.found) if sound else None
    if points is not None:
        stage.sweep = ResolvedSweep(sweep, points, (stage.stage.id.text,))
        _pick(scope, stage.sweep)


def _check_values(
    scope: Scope, stage: ResolvedStage, name: Word, values: tuple[object, ...]
) -> None:
    schema = stage.type.with_.get(name.text)
    setting = stage.stage.with_.get(name.text)
    if setting is not None and isinstance(setting.value, dict):
        root, _, param = str(setting.value.get("$ref", "")).partition(".")
        declared = scope.experiment.params.get(param) if root == "params" else None
        if declared is not None:
            schema = declared.schema
    sweep = stage.stage.sweep
    places = sweep.places.get(name.text, ()) if sweep is not None else ()
    for index, value in enumerate(values if schema else ()):
        problem = value_problem(schema or {}, value)
        if problem is not None:
            message = f"a value of '{name.text}' does not fit: {problem}"
            span = places[index] if index < len(places) else name.span
            scope.found.add("invalid-value", span, message)


def _pick(scope: Scope, sweep: ResolvedSweep) -> None:
    word = sweep.sweep.pick
    if word is None:
        return
    match = _PICK.fullmatch(word.text.strip())
    if match is None:
        message = f"'{word.text}' is not 'max METRIC' or 'min METRIC'"
        scope.found.add("invalid-pick", word.span, message)
        return
    span = Span(word.span.end - len(match[2]), word.span.end)
    if scope.found.source.text[span.start : span.end] != match[2]:
        span = word.span
    ref = scope.reference(Word(match[2], span))
    if ref is None:
        return
    if not scope.types.kind_is(ref.type, METRIC):
        message = f"'{match[2]}' is {one(scope.types.shown(ref.type))}; a sweep picks by a metric"
        scope.found.add("not-a-metric", word.span, message)
        return
    better = scope.types.types[ref.type].better
    goal = match[1]
    if (better, goal) in {("higher", "min"), ("lower", "max")}:
        shown = scope.types.shown(ref.type)
        message = f"'{goal} {match[2]}' picks the worst: of {one(shown)}, {better} is better"
        scope.found.add("pick-against-better", word.span, message)
    sweep.goal = "max" if goal == "max" else "min"
    sweep.metric = ref
    sweep.metric_name = match[2]


def _region(scope: Scope, name: str, stage: ResolvedStage, sweep: ResolvedSweep) -> None:
    """Find the stages on the way from the swept stage to the one that gives the picked metric."""
    if sweep.metric is not None:
        below = _below(scope, name)
        goal = sweep.metric.stage
        if goal not in below:
            word = sweep.sweep.pick
            message = f"'{sweep.metric_name}' does not depend on '{name}', so it cannot pick"
            scope.found.add("pick-not-reached", word.span if word else stage.stage.id.span, message)
            stage.sweep = None
            return
        above = _above(scope, goal)
        sweep.region = tuple(n for n in scope.resolved.stages if n in below and n in above)
    for member in sweep.region:
        other = scope.resolved.in_sweep.get(member)
        nested = member != name and scope.resolved.stages[member].stage.sweep is not None
        if other is not None or nested:
            message = f"'{member}' would run in two sweeps; a sweep within a sweep is not possible"
            scope.found.add("nested-sweep", sweep.sweep.span, message)
            stage.sweep = None
            return
    for member in sweep.region:
        scope.resolved.in_sweep[member] = name


def _edges(stage: ResolvedStage) -> set[str]:
    """Stages that this one reads one instance of; a reference that failed still names its stage."""
    refs = [ref for taken in stage.takes.values() for ref in taken.refs]
    refs += [metric.ref for metric in stage.when.metrics] if stage.when else []
    sources = {ref.stage for ref in refs if ref.stage and not ref.each and not ref.instance}
    for take in stage.stage.takes.values():
        parsed = [parse_reference(word.text) for word in take.refs]
        sources.update(p.head for p in parsed if p is not None and p.port and not p.which)
    return sources


def _below(scope: Scope, start: str) -> set[str]:
    readers: dict[str, list[str]] = {}
    for name, stage in scope.resolved.stages.items():
        for source in _edges(stage):
            readers.setdefault(source, []).append(name)
    return _walk(start, readers)


def _above(scope: Scope, start: str) -> set[str]:
    return _walk(start, {n: sorted(_edges(s)) for n, s in scope.resolved.stages.items()})


def _walk(start: str, edges: dict[str, list[str]]) -> set[str]:
    seen = {start}
    stack = [start]
    while stack:
        for following in edges.get(stack.pop(), ()):
            if following not in seen:
                seen.add(following)
                stack.append(following)
    return seen


def _references(scope: Scope) -> None:
    """Check who reads out of a sweep, and make outside readers wait for the pick."""
    resolved = scope.resolved
    for name, stage in resolved.stages.items():
        for ref in [r for taken in stage.takes.values() for r in taken.refs]:
            _reference(scope, name, stage, ref)
        for metric in stage.when.metrics if stage.when else ():
            _reference(scope, name, stage, metric.ref)
    conditions = [*resolved.gate, *(c for _params, cs in resolved.tests.values() for c in cs)]
    for condition in conditions:
        for metric in condition.metrics:
            _reference(scope, "", None, metric.ref)


def _reference(scope: Scope, reader: str, stage: ResolvedStage | None, ref: Ref) -> None:
    resolved = scope.resolved
    home = resolved.in_sweep.get(ref.stage)
    if home is None:
        _not_swept(scope, ref)
        return
    sweep = resolved.stages[home].sweep
    if sweep is None:
        return
    if resolved.in_sweep.get(reader) == home:
        if ref.each or ref.instance:
            message = f"'{reader}' runs in the sweep of '{home}', so it cannot read '{ref.text}'"
            scope.found.add("nested-sweep", ref.span, message)
    elif ref.instance:
        _check_instance(scope, home, sweep, ref)
    elif not ref.each:
        _picked(scope, home, sweep, stage, ref)


def _not_swept(scope: Scope, ref: Ref) -> None:
    if not ref.stage or not (ref.each or ref.instance):
        return
    written = scope.resolved.stages[ref.stage].stage
    if written.sweep is None and "sweep" not in written.broken:
        message = f"'{ref.stage}' is not swept; write '{ref.stage}.{ref.port}'"
        scope.found.add("not-swept", ref.span, message)


def _picked(
    scope: Scope, home: str, sweep: ResolvedSweep, stage: ResolvedStage | None, ref: Ref
) -> None:
    """Outside a sweep its picked instance is read, so the reader waits for all of the region."""
    if sweep.metric is None and sweep.sweep.pick is not None:
        return  # what it picks by is reported already
    if sweep.metric is None:
        port = f"{ref.stage}[*].{ref.port}"
        message = f"the sweep of '{home}' picks nothing; add 'pick', or take '{port}'"
        scope.found.add("sweep-without-pick", ref.span, message)
    elif stage is not None:
        for member in sweep.region:
            stage.upstream.setdefault(member, ref.span)


def _check_instance(scope: Scope, home: str, sweep: ResolvedSweep, ref: Ref) -> None:
    names = [point["name"] for point in sweep.points]
    if ref.instance not in names:
        near = nearest(ref.instance, names)
        hint = f"; did you mean '{near}'?" if near else f"; there are {listing(names)}"
        message = f"the sweep of '{home}' has no instance '{ref.instance}'{hint}"
        scope.found.add("unknown-instance", ref.span, message)
