"""All types that a text can name, as plain JSON: what palettes, forms and the types page show."""

from __future__ import annotations

from ..library import Adapter, Relation, Type, TypeNetwork
from .type_forms import Json, doc_of, fields_schema, inputs, look, outputs, values_schema


def types_view(types: TypeNetwork) -> Json:
    """Return the network of types.

    ```
    types      [{name, shown, kind, parent, library, abstract, visible, doc, icon, color,
                 fields: JSON Schema, required, ports: {in, out}, with: JSON Schema, open, brings,
                 view, examples, iri, relations: [{name, to, many, doc}]}]
    relations  [{name, from, to, many, transitive, inverse?, parents, doc, iri}]
    adapters   [{name, from, to, lossless, cost, doc}]
    ```

    Names of types are qualified; `shown` is how one writes it here. A port accepts its own type
    and every type that has it among its parents. `visible` says that the library is in `use`;
    `brings` that a stage of this type needs no action of its own.
    """
    return {
        "types": [_type(types, type_) for type_ in types.types.values()],
        "relations": [_relation(types, relation) for relation in types.relations.values()],
        "adapters": [_adapter(adapter) for adapter in types.adapters],
    }


def _type(types: TypeNetwork, type_: Type) -> Json:
    decl = type_.decl
    return {
        "name": type_.name,
        "shown": types.shown(type_.name),
        "kind": type_.kind,
        "parent": type_.lineage[1] if len(type_.lineage) > 1 else None,
        "library": decl.library,
        "abstract": type_.abstract,
        "visible": decl.library in types.visible,
        "doc": doc_of(types, type_.name),
        "icon": look(types, type_.name, "icon"),
        "color": look(types, type_.name, "color"),
        "fields": fields_schema(type_),
        "required": list(type_.required),
        "ports": {"in": inputs(type_), "out": outputs(type_)},
        "with": values_schema(type_),
        "open": type_.open,
        "brings": type_.action_type is not None,
        "view": type_.view,
        "examples": list(decl.examples),
        "iri": _iri(types, decl.library, decl.iri),
        "relations": _relations_of(types, type_),
    }


def _relations_of(types: TypeNetwork, type_: Type) -> list[Json]:
    """Return the keys of an entity of this type that relate it to other things."""
    if type_.kind != "entity":
        return []
    found: list[Json] = []
    for relation in types.relations.values():
        decl = relation.decl
        if relation.from_ in type_.lineage:
            about = {"many": decl.many, "doc": decl.doc}
            found.append({"name": relation.name, "to": relation.to, **about})
        if decl.inverse and relation.to in type_.lineage:
            about = {"many": True, "doc": f"The inverse of {relation.name}. {decl.doc}".strip()}
            found.append({"name": decl.inverse, "to": relation.from_, **about})
    return found


def _relation(types: TypeNetwork, relation: Relation) -> Json:
    decl = relation.decl
    data: Json = {
        "name": relation.name,
        "library": decl.library,
        "from": relation.from_,
        "to": relation.to,
        "many": decl.many,
        "transitive": decl.transitive,
        "parents": list(relation.parents),
        "doc": decl.doc,
        "iri": _iri(types, decl.library, decl.iri),
    }
    return data | ({"inverse": decl.inverse} if decl.inverse else {})


def _adapter(adapter: Adapter) -> Json:
    return {
        "name": f"{adapter.library}.{adapter.name}",
        "from": adapter.from_,
        "to": adapter.to,
        "lossless": adapter.lossless,
        "cost": adapter.cost,
        "doc": adapter.decl.doc,
    }


def _iri(types: TypeNetwork, library: str, name: str) -> str:
    """Return the whole IRI of `prov:Entity`, by the prefixes of its library."""
    prefix, colon, local = name.partition(":")
    base = types.libraries[library].prefixes.get(prefix)
    return f"{base}{local}" if colon and base else name
