"""What there is to say of a thing, in Markdown: the texts of hovers and of completion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..library import Adapter, Port, Relation, Type, TypeNetwork
from ..model import Entity, Experiment, Param
from ..network import Network
from ..resolved import Resolved, ResolvedService, ResolvedStage
from .type_forms import doc_of
from .vocabulary import explanation, shown


def page(head: str, *parts: str) -> str:
    """Return a head line and the parts that are not empty."""
    return "\n\n".join(part for part in (f"**{head}**", *parts) if part)


def _list(title: str, rows: Iterable[str]) -> str:
    lines = [f"- {row}" for row in rows]
    return "\n".join([f"{title}:", "", *lines]) if lines else ""


def type_page(types: TypeNetwork, type_: Type) -> str:
    """Return what a type is, its ports, values, fields and relations."""
    shorts = [types.shown(name) for name in type_.lineage[1:]]
    kind = f"{type_.kind} type of `{type_.decl.library}`"
    if type_.abstract:
        kind = f"abstract {kind}"
    parents = " → ".join(f"`{name}`" for name in shorts)
    relations = [
        f"`{r.name}` → `{types.shown(r.to)}`"
        for r in types.relations.values()
        if type_.kind == "entity" and r.from_ == type_.name
    ]
    examples = [f"`{example}`" for example in type_.decl.examples[:2]]
    return page(
        types.shown(type_.name),
        f"{kind}, a kind of {parents}" if parents else kind,
        doc_of(types, type_.name),
        _list("Takes", (port_line(types, p) for p in type_.takes.values())),
        _list("Gives", (port_line(types, p) for p in type_.gives.values())),
        _list("With", (value_line(name, s) for name, s in type_.with_.items())),
        _list("Properties", (value_line(name, s) for name, s in _own_fields(types, type_))),
        _list("Relations", relations),
        "Example: " + " or ".join(examples) if examples else "",
    )


def _own_fields(types: TypeNetwork, type_: Type) -> Iterable[tuple[str, Any]]:
    """Yield the fields that are not those of every entity."""
    root = types.types.get("core.Entity")
    common = root.fields if root is not None else {}
    return ((name, schema) for name, schema in type_.fields.items() if name not in common)


def port_line(types: TypeNetwork, port: Port) -> str:
    """Return a port on one line."""
    marks = [word for word, on in (("optional", port.optional), ("several", port.many)) if on]
    marks += [f"{name} {', '.join(ports)}" for name, ports in port.relations.items()]
    text = f"`{port.name}`: `{types.shown(port.type)}`"
    if marks:
        text += f" ({'; '.join(marks)})"
    return f"{text}. {port.doc}" if port.doc else text


def value_line(name: str, schema: Any) -> str:
    """Return a value of `with`, or a field, on one line."""
    if not isinstance(schema, Mapping):
        return f"`{name}`"
    about = " ".join(explanation({k: v for k, v in schema.items() if k != "examples"}).split())
    return f"`{name}`: {about}" if about else f"`{name}`"


def port_page(types: TypeNetwork, port: Port, stage: str, side: str) -> str:
    """Return what a port of a stage is for."""
    return page(f"{stage}.{port.name}", f"{side}, {port_line(types, port)}")


def relation_page(types: TypeNetwork, relation: Relation, inverse: str = "") -> str:
    """Return what a relation says, and of what."""
    decl = relation.decl
    ends = f"`{types.shown(relation.from_)}` → `{types.shown(relation.to)}`"
    facts = [word for word, on in (("transitive", decl.transitive), ("one", not decl.many)) if on]
    facts += [f"a kind of `{parent}`" for parent in relation.parents[:1]]
    facts += [f"inverse `{decl.inverse}`"] if decl.inverse and not inverse else []
    head = f"{inverse}" if inverse else relation.name
    about = f"the inverse of `{relation.name}`: {decl.doc}" if inverse else decl.doc
    return page(head, f"relation, {ends}", about, ", ".join(facts))


def adapter_line(types: TypeNetwork, adapter: Adapter) -> str:
    """Return an adapter on one line."""
    loss = "" if adapter.lossless else ", loses something"
    ends = f"`{types.shown(adapter.from_)}` → `{types.shown(adapter.to)}`"
    return f"`{adapter.library}.{adapter.name}`: {ends}{loss}"


def param_page(param: Param) -> str:
    """Return what a parameter is."""
    title = str(param.schema.get("title", ""))
    return page(f"params.{param.name.text}", title, explanation(param.schema))


def entity_page(resolved: Resolved, types: TypeNetwork | None, entity: Entity) -> str:
    """Return what an entity is, where it comes from, and what it is related to."""
    name = entity.id.text
    type_ = resolved.entity_types.get(name)
    source = resolved.sources.get(name)
    origin = ""
    if source is not None and source.kind == "output":
        origin = f"given by `{source.stage}.{source.port}`"
    elif source is not None:
        origin = f"taken from `{source.target}`" if source.kind == "asset" else source.target
    kind = f"`{types.shown(type_.name)}`" if types is not None and type_ is not None else ""
    about = ", ".join(part for part in (f"entity, {kind}" if kind else "entity", origin) if part)
    values = [f"`{k}`: {shown(v)}" for k, v in resolved.properties.get(name, {}).items()]
    own = entity.doc or (type_.decl.doc if type_ is not None else "")
    return page(
        name,
        about,
        entity.title,
        own,
        _list("Properties", values),
        relations_of(resolved.network, name),
    )


def output_page(resolved: Resolved, types: TypeNetwork, stage: str, port: str) -> str:
    """Return what an output of a stage is."""
    home = resolved.stages[stage]
    given = home.gives[port]
    declared = home.type.gives.get(port)
    doc = home.stage.gives[port].doc if port in home.stage.gives else ""
    doc = doc or (declared.doc if declared else "") or types.types[given.type].decl.doc
    about = f"output of `{stage}`, `{types.shown(given.type)}`"
    return page(given.node, about, doc, relations_of(resolved.network, given.node))


def relations_of(network: Network | None, node: str) -> str:
    """Return what the network says of a node."""
    if network is None:
        return ""
    rows = [
        f"{triple.relation} `{triple.object}`"
        for triple in network.direct
        if triple.subject == node and triple.relation not in ("consumes", "produces")
    ]
    return _list("Relations", rows[:12])


def stage_page(types: TypeNetwork, stage: ResolvedStage) -> str:
    """Return what a stage does: its type, what it takes and gives."""
    takes = [
        f"`{taken.port}`: " + ", ".join(f"`{ref.text}`" for ref in taken.refs)
        for taken in stage.takes.values()
    ]
    gives = [
        f"`{given.port}`: `{types.shown(given.type)}`"
        + (f" as `{given.node}`" if given.entity is not None else "")
        for given in stage.gives.values()
    ]
    uses = ", ".join(f"`{name}`" for name in stage.uses)
    sweep = ""
    if stage.sweep is not None:
        sweep = f"Swept: {len(stage.sweep.points)} instances"
    return page(
        stage.stage.id.text,
        f"stage, `{types.shown(stage.type.name)}`",
        stage.stage.doc or stage.type.decl.doc,
        _list("Takes", takes),
        _list("Gives", gives),
        f"Uses {uses}" if uses else "",
        sweep,
    )


def service_page(service: ResolvedService) -> str:
    """Return what a service offers and who uses it."""
    rows = [
        f"`$services.{service.service.id.text}.{end}.url`: {one.protocol}, port {one.port}"
        for end, one in service.service.offers.items()
    ]
    users = ", ".join(f"`{name}`" for name in service.used_by)
    return page(
        service.service.id.text,
        f"service, `{service.type.name.rpartition('.')[2]}`",
        service.service.doc or service.type.decl.doc,
        _list("Offers", rows),
        f"Used by {users}" if users else "",
    )


def experiment_page(experiment: Experiment) -> str:
    """Return what an experiment is about."""
    counts = [
        f"{len(things)} {word}"
        for word, things in (
            ("stages", experiment.stages),
            ("entities", experiment.entities),
            ("services", experiment.services),
        )
        if things
    ]
    return page(experiment.id.text, experiment.title, experiment.doc, ", ".join(counts))
