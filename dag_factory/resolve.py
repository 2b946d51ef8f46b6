"""Names to declarations: the pass that turns a model into a network of meaning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from .build_settings import ACTIONS
from .diagnostic import Collector, Related
from .entities import EntityResolver
from .infer import build_network
from .library import Type, TypeNetwork
from .model import Experiment, Setting, Word
from .order import sort_stages
from .port_relations import check_port_relations
from .ports import PortResolver
from .resolved import Resolved, ResolvedService, ResolvedStage
from .scope import Scope
from .stage_conditions import resolve_conditions
from .stage_needs import resolve_needs
from .stage_sweeps import resolve_sweeps
from .stage_values import check_references, check_with
from .suggest import did_you_mean
from .task_names import check_task_names

_MERGED = frozenset({"env", "labels", "secrets"})
"""Settings that every layer adds to, name by name."""


def resolve(
    experiment: Experiment,
    types: TypeNetwork,
    found: Collector,
    exports: Mapping[str, Mapping[str, str] | None] | None = None,
) -> Resolved:
    """Look every name up and join the experiment into one network.

    `exports` has the experiments that this one names: id -> entity -> qualified type, or None
    when there is no such experiment.
    """
    scope = Scope(experiment, types, found, Resolved(experiment), exports or {})
    _names_are_distinct(experiment, found)
    _types_of_stages(scope)
    _services(scope)
    entities = EntityResolver(scope)
    entities.types()
    ports = PortResolver(scope)
    ports.gives()
    entities.sources()
    ports.takes()
    check_port_relations(scope)
    _stage_links(scope)
    _schedule(scope)
    resolve_conditions(scope)
    check_references(scope)
    check_with(scope)
    resolve_needs(scope)
    resolve_sweeps(scope)
    check_task_names(scope)
    stated = entities.relations()
    sort_stages(scope)
    resolved = scope.resolved
    resolved.network = build_network(resolved, types, stated)
    return resolved


def _names_are_distinct(experiment: Experiment, found: Collector) -> None:
    """Entities, services and stages share one space of names, because references do."""
    first: dict[str, tuple[str, Word]] = {}
    for kind, things in (
        ("entity", experiment.entities),
        ("service", experiment.services),
        ("stage", experiment.stages),
    ):
        for name, thing in things.items():
            word: Word = thing.id
            other = first.setdefault(name, (kind, word))
            if other[1] is not word:
                related = (Related(found.source, other[1].span, f"the {other[0]} is here"),)
                message = f"'{name}' is the name of {_a(other[0])} already"
                found.add("duplicate-name", word.span, message, related=related)


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _type_or(scope: Scope, word: Word | None, kind: str, default: str) -> Type:
    root = scope.types.types[default]
    if word is None:
        return root
    type_ = scope.types.resolve(word, scope.found, kind)
    if type_ is None:
        scope.broken_types.add(word.span)
        return root
    return type_


def _types_of_stages(scope: Scope) -> None:
    for name, stage in scope.experiment.stages.items():
        type_ = _type_or(scope, stage.is_, "stage", "core.Stage")
        resolved = ResolvedStage(stage, type_)
        _merge_settings(scope, resolved)
        _action_is_there(scope, resolved)
        scope.resolved.stages[name] = resolved


def _action_is_there(scope: Scope, resolved: ResolvedStage) -> None:
    stage, type_ = resolved.stage, resolved.type
    if stage.action is not None or type_.action_type is not None or not scope.experiment.complete:
        return
    if not stage.broken.isdisjoint(ACTIONS) or (
        stage.is_ is not None and stage.is_.span in scope.broken_types
    ):
        return
    message = f"'{stage.id.text}' does nothing: add one of call, run, command"
    if type_.name != "core.Stage":
        message += f" (the type '{scope.types.shown(type_.name)}' brings none)"
    scope.found.add("missing-action", stage.id.span, message)


def _merge_settings(scope: Scope, resolved: ResolvedStage) -> None:
    """Fill what the stage leaves out: stage > defaults > stage type."""
    layers: list[tuple[str, Mapping[str, Setting]]] = [("", resolved.stage.settings)]
    layers.append(("", scope.experiment.defaults))
    for name in resolved.type.lineage:
        type_ = scope.types.types[name]
        layers.append((type_.decl.library, type_.decl.settings))
    own_action = resolved.stage.action is not None
    for library, settings in layers:
        for key, setting in settings.items():
            if key == "code" and library and own_action:
                continue  # a stage with an action of its own does not get the component's code
            if key not in resolved.settings and library:
                resolved.origin[key] = library
            _fill(resolved.settings, key, setting)
    _component_code(resolved)


def _component_code(resolved: ResolvedStage) -> None:
    """A stage that leaves the action to its type runs that type's code, not the defaults'."""
    component = resolved.type.action_type
    if resolved.stage.action is not None or component is None:
        return
    code = component.decl.settings.get("code")
    if code is not None and "code" not in resolved.stage.settings:
        resolved.settings["code"] = code
        resolved.origin["code"] = component.decl.library


def _services(scope: Scope) -> None:
    for name, service in scope.experiment.services.items():
        type_ = _type_or(scope, service.is_, "service", "core.Service")
        settings = dict(service.settings)
        # Of what `defaults` say for stages, this holds for every container of the experiment; the
        # image is the planner's, for it depends on where the service runs.
        defaults = scope.experiment.defaults
        shared = {key: defaults[key] for key in ("runner", "labels") if key in defaults}
        for layer in (*(scope.types.types[p].decl.settings for p in type_.lineage), shared):
            for key, setting in layer.items():
                _fill(settings, key, setting)
        scope.resolved.services[name] = ResolvedService(service, type_, settings)


def _fill(settings: dict[str, Setting], key: str, setting: Setting) -> None:
    """Fill what is left out; maps by name are merged."""
    own = settings.get(key)
    if own is None:
        settings[key] = setting
    elif key in _MERGED:
        settings[key] = Setting({**setting.value, **own.value}, own.span)


def _stage_links(scope: Scope) -> None:
    for resolved in scope.resolved.stages.values():
        stage = resolved.stage
        uses = dict.fromkeys(
            word.text
            for word in stage.uses
            if _known(scope, word, scope.resolved.services, "service")
        )
        resolved.uses = tuple(uses)
        after = []
        for word in stage.after:
            if _known(scope, word, scope.resolved.stages, "stage"):
                after.append(word.text)
                resolved.upstream.setdefault(word.text, word.span)
        resolved.after = tuple(dict.fromkeys(after))


def _dates(scope: Scope) -> None:
    experiment, found = scope.experiment, scope.found
    if experiment.schedule is None and experiment.catchup and "schedule" not in experiment.keys:
        message = "'catchup' has no effect without a schedule"
        found.add("useless-key", experiment.keys["catchup"], message)
    start, end = experiment.start, experiment.end
    if start and end and _utc(end) <= _utc(start):
        message = f"the end ({end}) is not after the start ({start})"
        found.add("invalid-date", experiment.keys["end"], message)


def _utc(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _schedule(scope: Scope) -> None:
    schedule = scope.experiment.schedule
    _dates(scope)
    for word in schedule.on if schedule is not None else ():
        source = scope.resolved.sources.get(word.text)
        if source is not None and source.kind == "asset":
            scope.resolved.assets[word.text] = source
        elif word.text in scope.experiment.entities:
            message = f"'{word.text}' is not taken 'from' another experiment, so nothing renews it"
            if word.text in scope.resolved.entity_types:
                scope.found.add("invalid-schedule", word.span, message)
        else:
            _known(scope, word, scope.experiment.entities, "entity")


def _known(scope: Scope, word: Word, known: Iterable[str], what: str) -> bool:
    if word.text in known:
        return True
    if scope.experiment.complete and word.text not in scope.experiment.refused:
        hint, fix = did_you_mean(word.text, known, word.span)
        message = f"there is no {what} '{word.text}'{hint}"
        scope.found.add(f"unknown-{what}", word.span, message, fix=fix)
    return False
