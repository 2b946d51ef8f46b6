"""The values that can be written inside a stage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .complete_conditions import condition, pick
from .complete_references import below, for_entity_output, for_port
from .complete_settings import functions, schema_values, script_words, setting_values, special
from .complete_types import output_types, type_names
from .completion_items import Found, Place
from .pages import value_line


def in_stage(place: Place, name: str, rest: Sequence[str | int]) -> Iterable[Found]:
    """Yield what fits at a path below a stage."""
    match rest:
        case ["is"]:
            return type_names(place, "stage")
        case ["takes", str(port)] | ["takes", str(port), int()]:
            return for_port(place, name, port)
        case ["gives", str(port)] | ["gives", str(port), "is"]:
            return (*for_entity_output(place, name, port), *output_types(place, name, port))
        case ["gives", str(), str(key), *_] if key != "doc":
            return _own_ports(place, name)
        case ["uses" | "after", *_]:
            return _services(place) if rest[0] == "uses" else _stages(place, name)
    return _in_action(place, name, rest)


def _in_action(place: Place, name: str, rest: Sequence[str | int]) -> Iterable[Found]:
    match rest:
        case ["when"]:
            return condition(place)
        case ["sweep", "pick"]:
            return pick(place)
        case ["with", str(key)]:
            return (*_value(place, name, key), *special(place, name, key))
        case ["with", str(), *_] | ["command", int()]:
            return special(place, name)
    return _in_code(place, name, rest)


def _in_code(place: Place, name: str, rest: Sequence[str | int]) -> Iterable[Found]:
    match rest:
        case ["call"] | ["adapt", ("takes" | "gives"), str()]:
            return functions(place, name)
        case ["run"]:
            return script_words(place, name)
    return setting_values(place, name, rest)


def _own_ports(place: Place, name: str) -> Iterator[Found]:
    stage = place.resolved_stage(name)
    if stage is None:
        return
    inputs = {**stage.type.takes, **stage.stage.takes}
    yield from (Found(port, "port", "input") for port in inputs)
    yield from (Found(port, "port", "output", rank=1) for port in stage.gives if port not in inputs)


def _services(place: Place) -> Iterator[Found]:
    services = place.experiment.services if place.experiment is not None else {}
    for name, service in services.items():
        if name not in place.cursor.siblings:
            yield Found(name, "service", ", ".join(service.offers), service.doc)


def _stages(place: Place, name: str) -> Iterator[Found]:
    if place.experiment is None or place.resolved is None:
        return
    later = below(place.resolved, name)
    for other, stage in place.experiment.stages.items():
        if other != name and other not in place.cursor.siblings:
            why = f"it comes after '{name}'" if other in later else ""
            yield Found(other, "stage", why, stage.doc, rank=8 if why else 0)


def _value(place: Place, name: str, key: str) -> Iterator[Found]:
    stage = place.resolved_stage(name)
    schema = stage.type.with_.get(key) if stage is not None else None
    if schema is not None and not place.cursor.word.startswith("$"):
        yield from schema_values(schema, value_line(key, schema))
