"""Relations that follow: from ports, from expressions, from the network of types."""

from __future__ import annotations

from collections.abc import Iterable

from .expression import Name, comparisons_of, names_of
from .library import TypeNetwork
from .network import Edges, Network, Node, Triple
from .resolved import Condition, Resolved, ResolvedStage


def build_network(resolved: Resolved, types: TypeNetwork, stated: Iterable[Triple]) -> Network:
    """Join nodes, stated relations and inferred ones into one network."""
    stated = tuple(stated)
    nodes = _nodes(resolved)
    direct: dict[Triple, None] = dict.fromkeys(stated)
    for stage in resolved.stages.values():
        _from_ports(stage, types, direct)
    _from_expressions(resolved, direct)
    known = {t: None for t in direct if t.subject in nodes and t.object in nodes}
    edges: Edges = {}
    back: Edges = {}
    for subject, relation, target in known:
        decl = types.relations.get(relation)
        for name in (relation, *(decl.parents if decl else ())):
            edges.setdefault(name, {}).setdefault(subject, {})[target] = None
            back.setdefault(name, {}).setdefault(target, {})[subject] = None
    transitive = frozenset(r.name for r in types.relations.values() if r.decl.transitive)
    return Network(nodes, stated, tuple(known), edges, back, transitive, types.inverses)


def experiment_node(resolved: Resolved) -> str:
    """Return the id of the experiment itself; it may have the name of one of its own things."""
    experiment = resolved.experiment
    name = experiment.id.text
    things = (experiment.entities, experiment.services, experiment.stages)
    return f"experiment {name}" if any(name in named for named in things) else name


def _nodes(resolved: Resolved) -> dict[str, Node]:
    experiment = resolved.experiment
    nodes: dict[str, Node] = {}
    name = experiment_node(resolved)
    if experiment.id.text:
        nodes[name] = Node(
            name, "experiment", "core.Experiment", experiment.id.span, experiment.title
        )
    given_by = {
        given.node: f"{stage.stage.id.text}.{given.port}"
        for stage in resolved.stages.values()
        for given in stage.gives.values()
    }
    for entity in experiment.entities.values():
        type_ = resolved.entity_types.get(entity.id.text)
        if type_ is not None:
            nodes[entity.id.text] = Node(
                entity.id.text,
                "entity",
                type_.name,
                entity.id.span,
                entity.title,
                given_by.get(entity.id.text, ""),
                declared=True,
                properties=resolved.properties.get(entity.id.text, {}),
            )
    for service in resolved.services.values():
        word = service.service.id
        nodes[word.text] = Node(word.text, "service", service.type.name, word.span)
    for stage in resolved.stages.values():
        word = stage.stage.id
        nodes[word.text] = Node(word.text, "stage", stage.type.name, word.span)
        for given in stage.gives.values():
            if given.node not in nodes:
                nodes[given.node] = Node(
                    given.node,
                    "entity",
                    given.type,
                    given.span,
                    given_by=f"{word.text}.{given.port}",
                    declared=False,
                )
    return nodes


def port_relations(stage: ResolvedStage, types: TypeNetwork) -> Iterable[Triple]:
    """Yield what the ports of a stage say about its outputs."""
    for given in stage.gives.values():
        relations = dict(given.relations)
        if not relations and stage.type.name == "core.Stage":
            source = _only_dataset(stage, types)
            if source and types.kind_is(given.type, "core.Dataset"):
                relations = {"derived_from": (source,)}
        for relation, ports in relations.items():
            for port in ports:
                for target in _nodes_of_port(stage, port):
                    yield _forward(given.node, relation, target, types)


def _only_dataset(stage: ResolvedStage, types: TypeNetwork) -> str:
    """Return the input port when there is just one and it holds data: from what else?"""
    if len(stage.takes) != 1:
        return ""
    (taken,) = stage.takes.values()
    return taken.port if taken.refs and types.kind_is(taken.refs[0].type, "core.Dataset") else ""


def _forward(subject: str, relation: str, target: str, types: TypeNetwork) -> Triple:
    forward = types.inverses.get(relation)
    return Triple(target, forward, subject) if forward else Triple(subject, relation, target)


def _nodes_of_port(stage: ResolvedStage, port: str) -> list[str]:
    if port in stage.takes:
        return [ref.node for ref in stage.takes[port].refs]
    return [stage.gives[port].node] if port in stage.gives else []


def _from_ports(stage: ResolvedStage, types: TypeNetwork, direct: dict[Triple, None]) -> None:
    name = stage.stage.id.text
    for taken in stage.takes.values():
        for ref in taken.refs:
            direct[Triple(name, "consumes", ref.node)] = None
    for given in stage.gives.values():
        direct[Triple(name, "produces", given.node)] = None
    for service in stage.uses:
        direct[Triple(name, "uses", service)] = None
    for relation, ports in stage.type.relations.items():
        for port in ports:
            for target in _nodes_of_port(stage, port):
                direct[_forward(name, relation, target, types)] = None
    for triple in port_relations(stage, types):
        direct[triple] = None


def _from_expressions(resolved: Resolved, direct: dict[Triple, None]) -> None:
    experiment = experiment_node(resolved)
    for name, stage in resolved.stages.items():
        if stage.when is not None:
            _compared(stage.when, direct)
            for metric in stage.when.metrics:
                direct[Triple(metric.ref.node, "guards", name)] = None
        if stage.sweep is not None and stage.sweep.metric is not None:
            direct[Triple(stage.sweep.metric.node, "picks", name)] = None
    for condition in resolved.gate:
        _compared(condition, direct)
        for metric in condition.metrics:
            direct[Triple(metric.ref.node, "gates", experiment)] = None
    for _params, conditions in resolved.tests.values():
        for condition in conditions:
            _compared(condition, direct)


def _compared(condition: Condition, direct: dict[Triple, None]) -> None:
    nodes = {metric.name: metric.ref.node for metric in condition.metrics}
    for compare in comparisons_of(condition.expression):
        if isinstance(compare.left, Name) and isinstance(compare.right, Name):
            left, right = (nodes.get(name.text) for name in names_of(compare))
            if left and right and left != right:
                direct[Triple(left, "compared_with", right)] = None
