"""The network of types for people and machines: the tree of a project, and one type's page."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ..ansi import Paint
from ..dag_factory.library import Adapter, Port, Relation, Type, TypeNetwork
from ..linked_data.iri import expand

_ABOUT: Final = 90
_ROOTS: Final = ("core.Entity", "core.Service", "core.Stage")


def type_tree(types: TypeNetwork, *, library: str | None = None, colour: bool = False) -> str:
    """Return every type under its parent, with its library and one line of its doc.

    With `library`, only its types and what they descend from.
    """
    paint = Paint(colour=colour)
    shown = _with_parents(types, library)
    children: dict[str, list[str]] = defaultdict(list)
    for name in shown:
        lineage = types.types[name].lineage
        if len(lineage) > 1:
            children[lineage[1]].append(name)
    lines: list[str] = []
    for root in (name for name in shown if len(types.types[name].lineage) == 1):
        lines += _branch(types, root, children, paint, "", "")
    return "\n".join(lines) + "\n"


def _with_parents(types: TypeNetwork, library: str | None) -> list[str]:
    wanted = {
        parent
        for name, type_ in types.types.items()
        if library is None or name.startswith(f"{library}.")
        for parent in type_.lineage
    }
    roots = [root for root in _ROOTS if root in wanted]
    return [*roots, *(name for name in types.types if name in wanted and name not in _ROOTS)]


def _branch(
    types: TypeNetwork,
    name: str,
    children: Mapping[str, list[str]],
    paint: Paint,
    lead: str,
    bar: str,
) -> list[str]:
    type_ = types.types[name]
    library, _, bare = name.rpartition(".")
    about = _first_sentence(type_.decl.doc)
    shown = paint("faint", bare) if type_.abstract else paint("strong", bare)
    origin = "" if library == "core" else " " + paint("type", library)
    lines = [f"{lead}{shown}{origin}" + (f"  {paint('faint', about)}" if about else "")]
    below = children[name]
    for number, child in enumerate(below):
        last = number == len(below) - 1
        lines += _branch(
            types,
            child,
            children,
            paint,
            bar + ("└─ " if last else "├─ "),
            bar + ("   " if last else "│  "),
        )
    return lines


def _first_sentence(text: str) -> str:
    line = " ".join(text.split())
    return textwrap.shorten(line.split(". ", 1)[0].rstrip("."), _ABOUT, placeholder=" …")


def type_data(types: TypeNetwork, type_: Type) -> dict[str, Any]:
    """Return everything that is known of a type as plain data; empty parts are left out."""
    decl = type_.decl
    library = types.libraries[decl.library]
    data: dict[str, Any] = {
        "name": type_.name,
        "library": f"{decl.library} {library.version}".strip(),
        "doc": decl.doc,
        "kind": type_.kind,
        "abstract": type_.abstract,
        "iri": expand(decl.iri, library.prefixes) if decl.iri else "",
        "lineage": list(type_.lineage),
        "children": [n for n, t in types.types.items() if t.lineage[1:2] == (type_.name,)],
        "fields": dict(type_.fields),
        "required": list(type_.required),
        "format": dict(type_.format),
        "view": type_.view,
        "python": {k: v for k, v in (("load", type_.load), ("save", type_.save)) if v},
        "better": type_.better,
        "range": list(type_.range) if type_.range else [],
        "unit": type_.unit,
        "takes": {p.name: _port(p) for p in type_.takes.values()},
        "gives": {p.name: _port(p) for p in type_.gives.values()},
        "with": dict(type_.with_),
        "relations": [_relation(r) for r in _relations_of(types, type_)],
        "adapters": [_adapter(a) for a in _adapters_of(types, type_)],
        "examples": list(decl.examples),
    }
    return {key: value for key, value in data.items() if value not in ("", [], {}, False)}


def _port(port: Port) -> dict[str, Any]:
    data: dict[str, Any] = {"type": port.type}
    if port.optional:
        data["optional"] = True
    if port.many:
        data["many"] = True
    data |= {relation: list(ports) for relation, ports in port.relations.items()}
    return data | ({"doc": port.doc} if port.doc else {})


def _relations_of(types: TypeNetwork, type_: Type) -> Iterable[Relation]:
    """Return the relations that a thing of this type may be the subject of."""
    return (r for r in types.relations.values() if r.from_ in type_.lineage)


def _relation(relation: Relation) -> dict[str, Any]:
    data = {"name": relation.name, "to": relation.to, "doc": relation.decl.doc}
    return data | ({"inverse": relation.decl.inverse} if relation.decl.inverse else {})


def _adapters_of(types: TypeNetwork, type_: Type) -> Iterable[Adapter]:
    return (a for a in types.adapters if a.from_ in type_.lineage or a.to == type_.name)


def _adapter(adapter: Adapter) -> dict[str, Any]:
    return {
        "name": f"{adapter.library}.{adapter.name}",
        "from": adapter.from_,
        "to": adapter.to,
        "lossless": adapter.lossless,
    }


def type_page(types: TypeNetwork, type_: Type, *, colour: bool = False) -> str:
    """Return one type's page."""
    paint = Paint(colour=colour)
    data = type_data(types, type_)
    bare = type_.name.rpartition(".")[2]
    note = " (abstract: nothing is exactly this)" if type_.abstract else ""
    lines = [f"{paint('strong', bare)} {paint('type', data['library'])}{note}"]
    if type_.decl.doc:
        lines += ["", " ".join(type_.decl.doc.split())]
    lines.append("")
    rows: list[tuple[str, str]] = [
        ("is", " → ".join(_bare(n) for n in type_.lineage[1:]) or "a root")
    ]
    rows += [(key, str(data[key])) for key in ("iri", "view", "better", "unit") if key in data]
    if "range" in data:
        rows.append(("range", f"{type_.range[0]} to {type_.range[1]}" if type_.range else ""))
    if "format" in data:
        rows.append(("format", ", ".join(f"{v}" for v in type_.format.values())))
    if "python" in data:
        rows.append(("python", ", ".join(f"{k} {v}" for k, v in data["python"].items())))
    if "children" in data:
        rows.append(("children", ", ".join(_bare(n) for n in data["children"])))
    lines += _rows(rows, paint)
    lines += _section("takes", [(p.name, _port_text(p)) for p in type_.takes.values()], paint)
    lines += _section("gives", [(p.name, _port_text(p)) for p in type_.gives.values()], paint)
    lines += _section("with", [(k, _schema(s)) for k, s in type_.with_.items()], paint)
    fields = [
        (k + ("*" if k in type_.required else ""), _schema(s)) for k, s in type_.fields.items()
    ]
    lines += _section("fields", fields, paint)
    relations = [(r["name"], f"{_bare(r['to'])}  {r['doc']}") for r in data.get("relations", [])]
    lines += _section("relations", relations, paint)
    adapters = [(a["name"], _adapter_text(a)) for a in data.get("adapters", [])]
    lines += _section("adapters", adapters, paint)
    lines += _section("examples", [("", str(example)) for example in type_.decl.examples], paint)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _bare(name: str) -> str:
    """Return a type as people write it: types of core are always in sight."""
    return name.removeprefix("core.")


def _port_text(port: Port) -> str:
    notes = [word for word, on in (("optional", port.optional), ("many", port.many)) if on]
    notes += [f"{relation} {', '.join(ports)}" for relation, ports in port.relations.items()]
    text = _bare(port.type) + (f" ({'; '.join(notes)})" if notes else "")
    return f"{text}  {port.doc}" if port.doc else text


def _schema(schema: Any) -> str:
    if not isinstance(schema, Mapping):
        return str(schema)
    kind = schema.get("type", "")
    parts = [" or ".join(kind) if isinstance(kind, list) else str(kind)]
    if "enum" in schema:
        parts.append("one of " + ", ".join(map(str, schema["enum"])))
    if "default" in schema:
        parts.append(f"default {schema['default']}")
    text = ", ".join(part for part in parts if part)
    about = str(schema.get("description") or schema.get("doc") or "")
    return f"{text}  {about}" if about else text


def _adapter_text(adapter: Mapping[str, Any]) -> str:
    loss = "" if adapter["lossless"] else " (loses something)"
    return f"{_bare(adapter['from'])} → {_bare(adapter['to'])}{loss}"


def _section(title: str, rows: list[tuple[str, str]], paint: Paint) -> list[str]:
    if not rows:
        return []
    return ["", paint("strong", title), *_rows(rows, paint, indent="  ")]


def _rows(rows: list[tuple[str, str]], paint: Paint, indent: str = "") -> list[str]:
    wide = max(len(name) for name, _ in rows)
    if not wide:
        return [f"{indent}{text}" for _, text in rows]
    return [f"{indent}{paint('relation', name.ljust(wide))}  {text}" for name, text in rows]


def relation_page(types: TypeNetwork, relation: Relation, *, colour: bool = False) -> str:
    """Return one relation's page."""
    paint = Paint(colour=colour)
    decl = relation.decl
    library = types.libraries[decl.library]
    rows = [("from", _bare(relation.from_)), ("to", _bare(relation.to))]
    rows += [("is", ", ".join(relation.parents))] if relation.parents else []
    rows += [("inverse", decl.inverse)] if decl.inverse else []
    rows += [("iri", expand(decl.iri, library.prefixes))] if decl.iri else []
    rows += [("transitive", "yes")] if decl.transitive else []
    rows += [("many", "no: one of each at most")] if not decl.many else []
    head = f"{paint('strong', relation.name)} {paint('type', decl.library)}"
    doc = ["", " ".join(decl.doc.split())] if decl.doc else []
    return "\n".join([head, *doc, "", *_rows(rows, paint)]) + "\n"
