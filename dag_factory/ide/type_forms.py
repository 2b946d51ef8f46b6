"""What types say to forms and pickers: JSON Schemas of values and fields, ports, looks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..library import Port, Type, TypeNetwork

Json = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def look(types: TypeNetwork, name: str, key: str) -> str:
    """Return the `icon` or `color` of a type, its own or the nearest parent's."""
    for parent in types.lineage(name):
        value: str = getattr(types.types[parent].decl, key)
        if value:
            return value
    return ""


def doc_of(types: TypeNetwork, name: str) -> str:
    """Return what a type says of itself, or its nearest parent that says something."""
    return next((d for p in types.lineage(name) if (d := types.types[p].decl.doc)), "")


def values_schema(type_: Type, further: Iterable[str] = ()) -> Json:
    """Return the JSON Schema of a stage's `with`; `further` are names that the stage adds.

    A type that brings the action allows no other names. A reference such as `$params.x` may stand
    for any value; that is the language's, not in the schema.
    """
    properties: Json = {name: _plain(schema) for name, schema in type_.with_.items()}
    for name in further:
        properties.setdefault(name, {})
    needed = [n for n, s in type_.with_.items() if type_.action_type and "default" not in _plain(s)]
    schema = _object(properties, needed)
    schema["additionalProperties"] = type_.action_type is None
    return schema


def fields_schema(type_: Type) -> Json:
    """Return the JSON Schema of the properties that an entity of this type may have."""
    properties = {name: _plain(schema) for name, schema in type_.fields.items()}
    schema = _object(properties, list(type_.required))
    schema["additionalProperties"] = False
    return schema


def _object(properties: Json, required: list[str]) -> Json:
    schema: Json = {"$schema": DIALECT, "type": "object", "properties": properties}
    if required:
        schema["required"] = required
    return schema


def _plain(schema: Any) -> Json:
    return dict(schema) if isinstance(schema, Mapping) else {}


def inputs(type_: Type) -> list[Json]:
    """Return the input ports that a stage type declares."""
    related: dict[str, str] = {}
    for given in type_.gives.values():
        for relation, ports in given.relations.items():
            for port in ports:
                related.setdefault(port, relation)
    return [input_port(port, related.get(port.name, "")) for port in type_.takes.values()]


def input_port(port: Port, relation: str = "") -> Json:
    """Return one input; `relation` is what an output of the stage is to it."""
    data: Json = {
        "name": port.name,
        "type": port.type,
        "many": port.many,
        "optional": port.optional,
        "doc": port.doc,
        "declared": True,
    }
    return data | ({"relation": relation} if relation else {})


def outputs(type_: Type) -> list[Json]:
    """Return the output ports that a stage type declares."""
    return [
        {
            "name": port.name,
            "type": port.type,
            "optional": port.optional,
            "doc": port.doc,
            "declared": True,
            "relations": {k: list(v) for k, v in port.relations.items()},
        }
        for port in type_.gives.values()
    ]
