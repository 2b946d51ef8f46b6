"""The values that can be written at the cursor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..build_experiment import PRESETS
from ..names import ENTITY_KEYS
from .complete_conditions import condition
from .complete_in_stages import in_stage
from .complete_libraries import in_library
from .complete_references import UNFIT, for_relation
from .complete_settings import code_paths, schema_values, setting_values, special
from .complete_types import libraries, type_names
from .completion_items import Found, Place
from .pages import value_line
from .vocabulary import shown, vocabulary


def values(place: Place) -> Iterator[Found]:
    """Yield the values that fit where the cursor is."""
    seen: set[str] = set()
    for found in (*_meant(place), *_enumerated(place)):
        if found.label not in seen:
            seen.add(found.label)
            yield found


def _enumerated(place: Place) -> Iterator[Found]:
    """Yield the words of the language's own enumerations."""
    known = vocabulary(place.analysis.kind)
    about = known.key(place.path)
    doc = str(about.get("description", "")) if about is not None else ""
    for value in known.values(place.path):
        yield Found(shown(value), "value", "", doc)


def _meant(place: Place) -> Iterable[Found]:  # noqa: PLR0911 - a table of places
    if place.analysis.kind == "library":
        return in_library(place)
    if place.analysis.kind == "project":
        return libraries(place) if place.path[:1] == ("types",) else ()
    match place.path:
        case ("use",) | ("use", int()):
            return libraries(place)
        case ("entities", str(name), *rest):
            return _in_entity(place, name, rest)
        case ("services", str(name), *rest):
            return _in_service(place, name, rest)
        case ("stages", str(name), *rest):
            return in_stage(place, name, rest)
        case ("defaults", *rest):
            return setting_values(place, "", rest)
    return _at_the_end(place)


def _at_the_end(place: Place) -> Iterable[Found]:
    match place.path:
        case ("schedule", *rest):
            return _in_schedule(place, rest)
        case ("tests", str(), "with", str(name)):
            return _of_schema(place, name)
        case ("tests", str(), "expect", *_) | ("release", "gate", *_):
            return condition(place)
    return ()


# -- entities and services -----------------------------------------------------------------------


def _in_entity(place: Place, name: str, rest: Sequence[str | int]) -> Iterable[Found]:
    match rest:
        case [] | ["is"]:
            return type_names(place, "entity")
        case ["from"]:
            return _exports(place, name)
        case ["at"]:
            return code_paths(place)
        case [str(key)] if key not in ENTITY_KEYS:
            return _extra(place, name, key)
        case [str(key), int()]:
            return _extra(place, name, key)
    return ()


def _extra(place: Place, name: str, key: str) -> Iterator[Found]:
    """Yield the values of a property, or what a relation leads to."""
    type_ = place.resolved.entity_types.get(name) if place.resolved is not None else None
    if type_ is not None and key in type_.fields:
        yield from schema_values(type_.fields[key], value_line(key, type_.fields[key]))
    else:
        yield from for_relation(place, name, key)


def _exports(place: Place, name: str) -> Iterator[Found]:
    """Yield the entities of other experiments; those of the wrong type are lower."""
    types, resolved = place.types, place.resolved
    wanted = resolved.entity_types.get(name) if resolved is not None else None
    own = place.experiment.id.text if place.experiment is not None else ""
    for experiment, given in place.opened.project.exports(place.opened.path).items():
        if experiment == own:
            continue
        for entity, type_ in given.items():
            fits = wanted is None or types is None or types.accepts(wanted.name, type_)
            detail = type_.rpartition(".")[2] + ("" if fits else " — another type")
            text = f"{experiment}.{entity}"
            yield Found(text, "entity", detail, rank=0 if fits else UNFIT, whole=True)


def _in_service(place: Place, name: str, rest: Sequence[str | int]) -> Iterable[Found]:
    match rest:
        case ["is"]:
            return type_names(place, "service")
        case ["ready", *_, ("endpoint" | "tcp")]:
            return _endpoints(place, name)
        case ["command", int()]:
            return special(place, "")
    return setting_values(place, "", rest)


def _endpoints(place: Place, name: str) -> Iterator[Found]:
    services = place.experiment.services if place.experiment is not None else {}
    for end, one in services[name].offers.items() if name in services else ():
        yield Found(end, "value", f"{one.protocol}, port {one.port}")


# -- schedules, tests, conditions ----------------------------------------------------------------


def _in_schedule(place: Place, rest: Sequence[str | int]) -> Iterator[Found]:
    if not rest:
        for preset in PRESETS:
            yield Found(preset, "value", "preset", whole=True)
    elif rest[0] == "on" and place.experiment is not None:
        for name, entity in place.experiment.entities.items():
            if entity.from_ is not None:
                yield Found(name, "entity", f"from {entity.from_.text}")


def _of_schema(place: Place, name: str) -> Iterable[Found]:
    param = place.experiment.params.get(name) if place.experiment is not None else None
    return schema_values(param.schema) if param is not None else ()
