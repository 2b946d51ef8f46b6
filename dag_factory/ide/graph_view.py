"""One experiment as the graph that editors draw: plain JSON, also of a file that is half broken.

```
diagnostics  [{code, severity, message, range, related: [{message, path, range}],
               fix?: {title, edits: [{range, newText}]}, node?: id, field?: 'with.depth'}]
experiment   {id, title, doc, owner, range}                                    null without a model
nodes        [{id, kind: 'stage'|'entity'|'external'|'service'|'param'|'missing', name, type,
               title, doc, range, nameRange, problems: {error, warning, info}, ports: {in, out},
               schema, icon, color, …}]
edges        [{id, from: {node, port?}, to: {node, port?}, kind, range, text, field?, each?,
               problem?: code, adapter?: [adapter ids]}]
relations    [{subject, relation, object, inferred}]         ids as in the semantic network
types_used   [qualified names]
ok           no error in the diagnostics
```

**Ids of nodes** are `param:NAME`, `entity:NAME`, `service:NAME`, `stage:NAME`, and `missing:TEXT`
for what a reference names and nothing declares. An entity with `from` has the kind `external`, and
keeps the id of an entity. **An output that no entity declares is a port, not a node.**

**Edges** follow the text. `data`: `takes` (from the port of a stage or from an entity, to the port;
`each` for `fit[*].model`), `gives` that fills an entity (from the port, to the entity), `$params.x`
(from the parameter, to the stage or service; `field` says where). `service`: `uses`, or the first
`$services.x`. `after`. `condition`: what `when` compares. `sweep`: the metric that `pick` names, to
the stage that is swept. `id` is `kind:FROM->TO`, each end `node` or `node.port`, then `@field`; a
second one of the same id gets `#2`. Ranges count UTF-16 units from 0 (`lines.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from ..analysis import Analysis
from ..diagnostic import Diagnostic
from ..model import Experiment
from .graph_edges import Edge, EdgeViews, End
from .graph_nodes import NodeViews, Things
from .lines import Lines, lines_of
from .places import field_of, path_at
from .standing import standing
from .type_forms import DIALECT, Json


def graph_view(analysis: Analysis, diagnostics: Iterable[Diagnostic] | None = None) -> Json:
    """Return the view of an experiment's analysis.

    `diagnostics` are all findings of the file where there are more than the analysis has, as the
    ones that making a plan adds.
    """
    found = list(analysis.diagnostics if diagnostics is None else diagnostics)
    analysis = standing(analysis)
    lines, things = lines_of(analysis.source), Things(analysis)
    experiment = analysis.model if isinstance(analysis.model, Experiment) else None
    nodes = {node["id"]: node for node in NodeViews(analysis, things, lines).nodes()}
    edges = list(EdgeViews(experiment, analysis.resolved).edges()) if experiment else []
    for edge in edges:
        for end in (edge.source, edge.target):
            if end.node.startswith("missing:"):
                nodes.setdefault(end.node, _missing(end, edge, lines))
    shown = [diagnostic_view(d, analysis, things) for d in found]
    for entry in shown:
        node = nodes.get(entry.get("node", ""))
        if node is not None:
            node["problems"][entry["severity"]] += 1
    network = analysis.network
    stated = set(network.stated) if network else set()
    return {
        "diagnostics": shown,
        "experiment": _experiment(experiment, lines),
        "nodes": list(nodes.values()),
        "edges": _edges(edges, found, lines),
        "relations": [
            {**triple._asdict(), "inferred": triple not in stated}
            for triple in (network.direct if network else ())
        ],
        "types_used": _types_used(nodes.values()),
        "ok": all(d.severity != "error" for d in found),
    }


def diagnostic_view(d: Diagnostic, analysis: Analysis, things: Things) -> Json:
    """Return a finding with the node and the field that it is about."""
    lines = lines_of(d.source)
    entry: Json = {
        "code": d.code,
        "severity": d.severity,
        "message": d.message,
        "range": lines.range(d.span),
        "related": [
            {"message": r.message, "path": r.source.path, "range": lines_of(r.source).range(r.span)}
            for r in d.related
        ],
    }
    if d.fix is not None:
        edits = [{"range": lines.range(e.span), "newText": e.text} for e in d.fix.edits]
        entry["fix"] = {"title": d.fix.title, "edits": edits}
    if d.source is not analysis.source:
        return entry
    thing = things.at(d.span.start)
    if thing is not None:
        entry["node"] = thing[0]
        field = field_of(path_at(thing[1].value, d.span.start))
        if d.span.start >= thing[1].key_span.end and field:
            entry["field"] = field
    elif (path := path_at(analysis.tree, d.span.start)) and path[0] not in ("stages", "entities"):
        entry["field"] = field_of(path)
    return entry


def _experiment(experiment: Experiment | None, lines: Lines) -> Json | None:
    if experiment is None:
        return None
    return {
        "id": experiment.id.text,
        "title": experiment.title,
        "doc": experiment.doc,
        "owner": experiment.owner,
        "range": lines.range(experiment.id.span),
    }


def _missing(end: End, edge: Edge, lines: Lines) -> Json:
    return {
        "id": end.node,
        "kind": "missing",
        "name": end.node.removeprefix("missing:"),
        "type": None,
        "title": "",
        "doc": "",
        "range": lines.range(edge.span),
        "nameRange": lines.range(edge.span),
        "problems": {"error": 1, "warning": 0, "info": 0},
        "ports": {"in": [], "out": []},
        "schema": {"$schema": DIALECT, "type": "object", "properties": {}},
        "icon": "",
        "color": "",
    }


def _edges(edges: Sequence[Edge], found: Sequence[Diagnostic], lines: Lines) -> list[Json]:
    seen: Counter[str] = Counter()
    problems = {d.span: d.code for d in reversed(found) if d.severity != "info"}
    result = []
    for edge in edges:
        seen[edge.id] += 1
        number = seen[edge.id]
        entry: Json = {
            "id": f"{edge.id}#{number}" if number > 1 else edge.id,
            "from": _end(edge.source),
            "to": _end(edge.target),
            "kind": edge.kind,
            "range": lines.range(edge.span),
            "text": edge.text,
        }
        if edge.field:
            entry["field"] = edge.field
        if edge.each:
            entry["each"] = True
        if edge.adapters:
            entry["adapter"] = list(edge.adapters)
        problem = problems.get(edge.span)
        if problem is not None:
            entry["problem"] = problem
        result.append(entry)
    return result


def _end(end: End) -> Json:
    return {"node": end.node, "port": end.port} if end.port else {"node": end.node}


def _types_used(nodes: Iterable[Json]) -> list[str]:
    used = {node["type"] for node in nodes if node["type"]}
    for node in nodes:
        for side in ("in", "out"):
            used.update(port["type"] for port in node["ports"][side])
    return sorted(used)
