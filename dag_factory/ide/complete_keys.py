"""The keys that can be written at the cursor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..build_settings import ACTIONS
from ..library import Port, Type
from .completion_items import Found, Place
from .definitions import function_of
from .occurrences import Symbol
from .pages import port_line, relation_page, value_line
from .vocabulary import vocabulary


def keys(place: Place) -> Iterator[Found]:
    """Yield the keys that fit where the cursor is and are not there yet."""
    present = set(place.cursor.siblings)
    for found in (*_of_experiment(place), *_of_language(place)):
        if found.label not in present:
            present.add(found.label)
            yield found


def _of_language(place: Place) -> Iterator[Found]:
    present = set(place.cursor.siblings)
    acts = not present.isdisjoint(ACTIONS)
    for key in vocabulary(place.analysis.kind).keys(place.path):
        if acts and key.name in ACTIONS and place.path[:1] == ("stages",):
            continue
        title = str(key.schema.get("title", ""))
        detail = "required" if key.required else title
        yield Found(key.name, "key", detail, key.doc, rank=0 if key.required else 1)


def _of_experiment(place: Place) -> Iterable[Found]:
    if place.analysis.kind != "experiment":
        return _of_others(place)
    match place.path:
        case ("entities", str(name)):
            return _entity(place, name)
        case ("stages", str(name), str(section), *rest):
            return _of_stage(place, name, section, rest)
        case ("tests", str(), "with"):
            return _params(place)
    return ()


def _of_stage(place: Place, name: str, section: str, rest: Sequence[str | int]) -> Iterable[Found]:
    match (section, *rest):
        case ("takes" | "gives",):
            return _ports(place, name, section)
        case ("gives", str()):
            return _relations_of_ports(place)
        case ("with",):
            return _values(place, name)
        case ("sweep", "over"):
            return _swept(place, name)
        case ("adapt", ("takes" | "gives") as side):
            return _adapted(place, name, side)
    return ()


def _of_others(place: Place) -> Iterable[Found]:
    """Keys of libraries and of `mline.yaml` that are names of something else."""
    match place.path:
        case ("types", str(), "gives", str()):
            return _relations_of_ports(place)
        case ("rules",) if place.analysis.kind == "project":
            return _codes()
    return ()


def _codes() -> Iterator[Found]:
    from ..diagnostic import catalogue

    for code, info in catalogue().items():
        if info.severity != "error":
            yield Found(code, "key", info.severity, f"{info.title}. {info.explanation}")


# -- entities ------------------------------------------------------------------------------------


def _entity(place: Place, name: str) -> Iterator[Found]:
    types, resolved = place.types, place.resolved
    type_ = resolved.entity_types.get(name) if resolved is not None else None
    if types is None or type_ is None:
        return
    for field, schema in type_.fields.items():
        rank = 0 if field in type_.required else 2
        detail = "required property" if rank == 0 else "property"
        yield Found(field, "field", detail, value_line(field, schema), rank)
    for relation in types.relations.values():
        if types.accepts(relation.from_, type_.name):
            detail = f"relation to {types.shown(relation.to)}"
            yield Found(relation.name, "relation", detail, relation_page(types, relation), 2)
        inverse = relation.decl.inverse
        if inverse and types.accepts(relation.to, type_.name):
            detail = f"inverse of {relation.name}"
            yield Found(inverse, "relation", detail, relation_page(types, relation, inverse), 4)


# -- stages --------------------------------------------------------------------------------------


def _ports(place: Place, name: str, side: str) -> Iterator[Found]:
    stage, types = place.resolved_stage(name), place.types
    if stage is None or types is None:
        return
    ports = stage.type.takes if side == "takes" else stage.type.gives
    for port in ports.values():
        rank = 1 if port.optional else 0
        yield Found(port.name, "port", _port_detail(place, port), port_line(types, port), rank)


def _port_detail(place: Place, port: Port) -> str:
    shown = place.types.shown(port.type) if place.types is not None else port.type
    return f"{shown}, optional" if port.optional else shown


def _relations_of_ports(place: Place) -> Iterator[Found]:
    types = place.types
    for relation in types.relations.values() if types is not None else ():
        if types is not None:
            detail = f"relation to {types.shown(relation.to)}"
            yield Found(relation.name, "relation", detail, relation_page(types, relation), 2)


def _values(place: Place, name: str) -> Iterator[Found]:
    stage = place.resolved_stage(name)
    if stage is None:
        return
    yield from _typed_values(stage.type)
    action = stage.stage.action
    if action is not None and action.kind == "call":
        function = function_of(place.opened, Symbol("function", action.value, name))
        ports = {*stage.stage.takes, *stage.gives, *stage.stage.gives}
        for argument in function.arguments if function is not None else ():
            if argument not in ports and function is not None:
                needed = argument in function.required
                detail = "argument, required" if needed else "argument"
                yield Found(argument, "value", detail, function.doc, 0 if needed else 1)


def _typed_values(type_: Type) -> Iterator[Found]:
    for name, schema in type_.with_.items():
        needed = not (isinstance(schema, dict) and "default" in schema)
        rank = 0 if needed else 1
        yield Found(
            name, "value", "required value" if needed else "value", value_line(name, schema), rank
        )


def _swept(place: Place, name: str) -> Iterator[Found]:
    stage = place.resolved_stage(name)
    if stage is None:
        return
    for key in stage.stage.with_:
        yield Found(key, "value", "value under 'with'")
    yield from _typed_values(stage.type)


def _adapted(place: Place, name: str, side: str) -> Iterator[Found]:
    stage = place.resolved_stage(name)
    if stage is not None:
        ports = stage.stage.takes if side == "takes" else stage.gives
        for port in ports:
            yield Found(port, "port", "input" if side == "takes" else "output")


def _params(place: Place) -> Iterator[Found]:
    params = place.experiment.params if place.experiment is not None else {}
    for name, param in params.items():
        yield Found(name, "param", "parameter", value_line(name, param.schema))
