"""The nodes of the graph view: what the file declares, with what its types say of each."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import Any

from ..analysis import Analysis
from ..library import Type, TypeNetwork
from ..model import Entity, Experiment, Param, Range, Service, Stage, Sweep
from ..resolved import Given, Resolved, ResolvedStage, Taken
from ..text import Span
from .lines import Lines
from .places import Entry, entries, entry_of
from .type_forms import (
    DIALECT,
    Json,
    fields_schema,
    inputs,
    look,
    outputs,
    values_schema,
)

SECTIONS = {"params": "param", "entities": "entity", "services": "service", "stages": "stage"}
_ANY = "core.Entity"


class Things:
    """The declared things of an experiment: id in the view -> its entry in the text."""

    def __init__(self, analysis: Analysis) -> None:
        self.entries: dict[str, Entry] = {}
        for section, prefix in SECTIONS.items():
            entry = entry_of(analysis.tree, section)
            for thing in entries(entry.value if entry else None):
                self.entries.setdefault(f"{prefix}:{thing.key}", thing)
        self._order = sorted(self.entries.items(), key=lambda pair: pair[1].span.start)
        self._starts = [entry.span.start for _name, entry in self._order]

    def at(self, offset: int) -> tuple[str, Entry] | None:
        """Return the thing whose text an offset is in."""
        index = bisect_right(self._starts, offset) - 1
        if index < 0 or offset > self._order[index][1].span.end:
            return None
        return self._order[index]


class NodeViews:
    """Makes the nodes of one analysis."""

    def __init__(self, analysis: Analysis, things: Things, lines: Lines) -> None:
        self.types: TypeNetwork | None = analysis.types
        self.resolved: Resolved | None = analysis.resolved
        self.experiment = analysis.model if isinstance(analysis.model, Experiment) else None
        self.things = things
        self.lines = lines

    def nodes(self) -> Iterator[Json]:
        """Yield the nodes in the order of the file's sections, broken ones too."""
        if self.experiment is None:
            for name, entry in self.things.entries.items():
                yield self._node(name, name.partition(":")[0], entry.key_span)
            return
        for param in self.experiment.params.values():
            yield self._param(param)
        for entity in self.experiment.entities.values():
            yield self._entity(entity)
        for service in self.experiment.services.values():
            yield self._service(service)
        for stage in self.experiment.stages.values():
            yield self._stage(stage)
        made = {"params", "entities", "services", "stages"}
        known = {
            f"{SECTIONS[section]}:{name}"
            for section in made
            for name in getattr(self.experiment, section)
        }
        for name, entry in self.things.entries.items():
            if name not in known:  # it was refused, as a name that is no id; it is still drawn
                yield self._node(name, name.partition(":")[0], entry.key_span)

    def _node(self, id_: str, kind: str, name_span: Span, type_: Type | None = None) -> Json:
        entry = self.things.entries.get(id_)
        span = entry.span if entry is not None else name_span
        node: Json = {
            "id": id_,
            "kind": kind,
            "name": id_.partition(":")[2],
            "type": type_.name if type_ else None,
            "title": "",
            "doc": "",
            "range": self.lines.range(span),
            "nameRange": self.lines.range(name_span),
            "problems": {"error": 0, "warning": 0, "info": 0},
            "ports": {"in": [], "out": []},
            "schema": {"$schema": DIALECT, "type": "object", "properties": {}},
            "icon": "",
            "color": "",
        }
        if type_ is not None and self.types is not None:
            node["icon"] = look(self.types, type_.name, "icon")
            node["color"] = look(self.types, type_.name, "color")
        return node

    def _param(self, param: Param) -> Json:
        node = self._node(f"param:{param.name.text}", "param", param.name.span)
        schema = dict(param.schema)
        node["title"] = str(schema.get("title", ""))
        node["doc"] = str(schema.get("description", ""))
        node["schema"] = schema
        return node

    def _entity(self, entity: Entity) -> Json:
        name = entity.id.text
        type_ = self.resolved.entity_types.get(name) if self.resolved else None
        kind = "external" if entity.from_ is not None else "entity"
        node = self._node(f"entity:{name}", kind, entity.id.span, type_)
        node |= {"title": entity.title, "doc": entity.doc}
        if entity.at is not None:
            node["at"] = entity.at.text
        if entity.from_ is not None:
            node["from"] = entity.from_.text
        if type_ is not None:
            node["schema"] = fields_schema(type_)
        return node

    def _service(self, service: Service) -> Json:
        name = service.id.text
        resolved = self.resolved.services.get(name) if self.resolved else None
        type_ = resolved.type if resolved else None
        node = self._node(f"service:{name}", "service", service.id.span, type_)
        node["doc"] = service.doc
        node["service"] = {
            "endpoints": [
                {"name": end, "port": one.port, "scheme": one.scheme}
                for end, one in service.offers.items()
            ],
            "scope": service.scope,
            "used_by": [f"stage:{user}" for user in resolved.used_by] if resolved else [],
        }
        return node

    def _stage(self, stage: Stage) -> Json:
        name = stage.id.text
        resolved = self.resolved.stages.get(name) if self.resolved else None
        node = self._node(
            f"stage:{name}", "stage", stage.id.span, resolved.type if resolved else None
        )
        node["doc"] = stage.doc
        node["action"] = stage.action.kind if stage.action else None
        if stage.when is not None:
            node["when"] = stage.when.text
        if resolved is not None:
            node["ports"] = _ports(stage, resolved)
            node["schema"] = values_schema(resolved.type, stage.with_)
        if stage.sweep is not None:
            node["sweep"] = _sweep(stage, stage.sweep, resolved)
        home = self.resolved.in_sweep.get(name) if self.resolved else None
        if home is not None and home != name:
            node["in_sweep"] = f"stage:{home}"
        return node


def _ports(stage: Stage, resolved: ResolvedStage) -> Json:
    """Return the ports that the type declares, then those that the stage adds."""
    ins = {port["name"]: port for port in inputs(resolved.type)}
    outs = {port["name"]: port for port in outputs(resolved.type)}
    for name, take in stage.takes.items():
        port = ins.setdefault(name, _own_input(name, resolved.takes.get(name)))
        port["refs"] = [word.text for word in take.refs]
    for name in dict.fromkeys([*resolved.gives, *stage.gives]):
        port = outs.setdefault(name, {"name": name, "type": _ANY, "doc": "", "declared": False})
        given = resolved.gives.get(name)
        if given is not None:
            port |= _given(given)
        if name in stage.gives:
            port["doc"] = stage.gives[name].doc or port["doc"]
    return {"in": list(ins.values()), "out": list(outs.values())}


def _own_input(name: str, taken: Taken | None) -> Json:
    return {
        "name": name,
        "type": taken.type if taken else _ANY,
        "many": True,
        "optional": True,
        "doc": "",
        "declared": False,
    }


def _given(given: Given) -> Json:
    relations = {relation: list(ports) for relation, ports in given.relations.items()}
    return {"type": given.type, "node": given.node, "given": True, "relations": relations}


def _sweep(stage: Stage, sweep: Sweep, resolved: ResolvedStage | None) -> Json:
    points = resolved.sweep.points if resolved and resolved.sweep else []
    region = resolved.sweep.region if resolved and resolved.sweep else (stage.id.text,)
    return {
        "over": {word.text: _values(values) for word, values in sweep.over.items()},
        "search": sweep.search,
        "instances": len(points),
        "names": [f"{stage.id.text}[{point['name']}]" for point in points],
        "pick": sweep.pick.text if sweep.pick else None,
        "members": [f"stage:{member}" for member in region],
    }


def _values(values: tuple[Any, ...] | Range) -> list[Any] | Mapping[str, Any]:
    if isinstance(values, Range):
        steps = {} if values.steps is None else {"steps": values.steps}
        return {"from": values.low, "to": values.high, **steps, "scale": values.scale}
    return list(values)
