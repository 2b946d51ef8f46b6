"""The JSON Schema of this project's experiments: the language's own, with the project's types.

An editor that knows nothing but JSON Schema then completes type names, shows what they mean, and
checks the fields, ports and `with` of each. What `use` brings into sight it cannot know: names of
all libraries are offered. References and the science stay the compiler's.
"""

from __future__ import annotations

import copy
import json
from importlib import resources
from typing import Any, Final, Literal

from .dag_factory.library import Type, TypeNetwork

Of = Literal["experiment", "library", "project"]
Schema = dict[str, Any]

_WORDS: Final[Schema] = {"$ref": "#/$defs/words"}
_ENTITY_KEYS: Final = ("is", "title", "doc", "at", "from")


def base_schema(of: Of) -> Schema:
    """Return the schema of the language for one kind of file."""
    text = (resources.files("mline_airflow.schemas") / f"{of}.schema.json").read_text("utf-8")
    schema: Schema = json.loads(text)
    return schema


def project_schema(types: TypeNetwork, *, name: str = "") -> Schema:
    """Return the schema of experiments that may name `types`."""
    schema = copy.deepcopy(base_schema("experiment"))
    if name:
        schema["$id"] = f"{schema['$id']}:{name}"
        schema["title"] = f"{schema['title']} of {name}"
    known = {kind: _of_kind(types, kind) for kind in ("entity", "service", "stage")}
    defs = schema["$defs"]
    for kind, found in known.items():
        defs[f"{kind}Type"] = {"title": "Type", "anyOf": [_name(types, t) for t in found]}
    defs |= _relations(types)
    _entities(defs, types, known["entity"])
    _gives(defs)
    defs["service"]["properties"]["is"] = _typed(defs["service"]["properties"]["is"], "service")
    defs["stage"]["properties"]["is"] = _typed(defs["stage"]["properties"]["is"], "stage")
    defs["stage"]["allOf"] += [
        rule for type_ in known["stage"] if (rule := _stage_rule(types, type_)) is not None
    ]
    return schema


def _of_kind(types: TypeNetwork, kind: str) -> list[Type]:
    return [t for t in types.types.values() if t.kind == kind and not t.abstract]


def _names(types: TypeNetwork, type_: Type) -> list[str]:
    """Return how a type may be written: qualified, and bare where that means this one."""
    bare = type_.name.rpartition(".")[2]
    return [bare, type_.name] if types.find(bare) is type_ else [type_.name]


def _name(types: TypeNetwork, type_: Type) -> Schema:
    names = _names(types, type_)
    entry: Schema = {"const": names[0]} if len(names) == 1 else {"enum": names}
    return entry | ({"description": type_.decl.doc} if type_.decl.doc else {})


def _typed(old: Schema, kind: str) -> Schema:
    return {k: v for k, v in old.items() if k != "$ref"} | {"$ref": f"#/$defs/{kind}Type"}


def _when(types: TypeNetwork, type_: Type, then: Schema) -> Schema:
    is_this = {"properties": {"is": {"enum": _names(types, type_)}}, "required": ["is"]}
    return {"if": is_this, "then": then}


def _relations(types: TypeNetwork) -> Schema:
    defs: Schema = {}
    for relation in types.relations.values():
        defs[f"relation.{relation.name}"] = _WORDS | {"description": relation.decl.doc}
        if relation.decl.inverse:
            about = f"The inverse of {relation.name}."
            defs[f"relation.{relation.decl.inverse}"] = _WORDS | {"description": about}
    return defs


def _entities(defs: Schema, types: TypeNetwork, known: list[Type]) -> None:
    short, long = defs["entity"]["anyOf"]
    short["$ref"] = "#/$defs/entityType"
    long["properties"]["is"] = _typed(long["properties"]["is"], "entity")
    long["allOf"] = [_when(types, t, _entity_rule(types, t)) for t in known]


def _entity_rule(types: TypeNetwork, type_: Type) -> Schema:
    properties: Schema = dict.fromkeys(_ENTITY_KEYS, True)
    for relation in types.relations.values():
        if relation.from_ in type_.lineage:
            properties[relation.name] = {"$ref": f"#/$defs/relation.{relation.name}"}
        if relation.decl.inverse and relation.to in type_.lineage:
            inverse = relation.decl.inverse
            properties[inverse] = {"$ref": f"#/$defs/relation.{inverse}"}
    properties |= type_.fields
    rule: Schema = {"properties": properties, "additionalProperties": False}
    if type_.required:
        rule["required"] = list(type_.required)
    return rule


def _gives(defs: Schema) -> None:
    """A port gives a type, or the id of a declared entity."""
    either = {"anyOf": [{"$ref": "#/$defs/entityType"}, {"$ref": "#/$defs/id"}]}
    short, long = defs["give"]["anyOf"]
    short.pop("$ref")
    short |= either
    old = long["properties"]["is"]
    long["properties"]["is"] = {k: v for k, v in old.items() if k != "$ref"} | either


def _stage_rule(types: TypeNetwork, type_: Type) -> Schema | None:
    """Return what a stage of this type must look like; None when its type says nothing."""
    properties: Schema = {}
    required = []
    needed = [port.name for port in type_.takes.values() if not port.optional]
    for key, ports in (("takes", type_.takes), ("gives", type_.gives)):
        if not ports:
            continue
        properties[key] = {
            "properties": {p.name: {"description": p.doc or p.type} for p in ports.values()}
        }
        if not type_.open:
            properties[key]["additionalProperties"] = False
    if needed:
        properties["takes"]["required"] = needed
        required = ["takes"]
    if type_.with_:
        reference = {"$ref": "#/$defs/reference"}
        properties["with"] = {
            "properties": {
                name: {"anyOf": [reference, schema], **_about(schema)}
                for name, schema in type_.with_.items()
            }
        }
    if not properties:
        return None
    rule: Schema = {"properties": properties}
    return _when(types, type_, rule | ({"required": required} if required else {}))


def _about(schema: Any) -> Schema:
    if not isinstance(schema, dict):
        return {}
    return {key: schema[key] for key in ("title", "description") if key in schema}
