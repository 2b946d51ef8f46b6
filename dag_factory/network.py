"""The semantic network of one experiment: typed nodes joined by relations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from .text import Span

NodeKind = Literal["experiment", "entity", "service", "stage"]


class Triple(NamedTuple):
    """`subject relation object`, with node ids and a relation's bare name."""

    subject: str
    relation: str
    object: str


class Node(NamedTuple):
    """One thing of the network.

    `id` is the reference that a user writes: `measurements`, `split.train`, `fit`, `tracking`.
    `type` is qualified: `core.CsvTable`. `span` is where it is declared in the experiment.
    """

    id: str
    kind: NodeKind
    type: str
    span: Span
    title: str = ""
    given_by: str = ""
    """`stage.port` for an entity that a stage gives."""
    declared: bool = True
    """False for an output that has no entry under `entities`."""
    properties: Mapping[str, Any] = {}


Edges = dict[str, dict[str, dict[str, None]]]
"""Relation -> subject -> objects, in order."""


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Nodes in the order of the file, and every relation that holds between them.

    `stated` are the relations that the file writes; `direct` adds the ones inferred from ports
    and expressions: what a drawing shows. `objects`, `subjects` and `pairs` answer with all that
    follows: the parents of sub-relations, inverses, and the closures of transitive relations,
    which are walked when asked for, because a long chain has a quadratic closure.
    """

    nodes: Mapping[str, Node]
    stated: tuple[Triple, ...]
    direct: tuple[Triple, ...]
    edges: Edges
    """Direct relations and the parents of sub-relations."""
    back: Edges
    """The same, relation -> object -> subjects."""
    transitive: frozenset[str]
    inverses: Mapping[str, str]
    """Inverse name -> relation."""

    def relations(self) -> list[str]:
        """Return the relations that hold at all, without inverses."""
        return list(self.edges)

    def holds(self, relation: str) -> bool:
        """Tell whether anything stands in this relation."""
        return self.inverses.get(relation, relation) in self.edges

    def objects(self, subject: str, relation: str) -> Iterable[str]:
        """Return what `subject` is related to."""
        forward = self.inverses.get(relation)
        if forward is not None:
            return self.subjects(subject, forward)
        edges = self.edges.get(relation, {})
        return _reach(edges, subject) if relation in self.transitive else edges.get(subject, ())

    def subjects(self, target: str, relation: str) -> Iterable[str]:
        """Return what is related to `target`."""
        forward = self.inverses.get(relation)
        if forward is not None:
            return self.objects(target, forward)
        edges = self.back.get(relation, {})
        return _reach(edges, target) if relation in self.transitive else edges.get(target, ())

    def pairs(self, relation: str) -> Iterator[tuple[str, str]]:
        """Yield every subject and object of a relation."""
        forward = self.inverses.get(relation)
        if forward is not None:
            for subject, target in self.pairs(forward):
                yield target, subject
            return
        for subject in self.edges.get(relation, {}):
            for target in self.objects(subject, relation):
                yield subject, target

    @property
    def facts(self) -> frozenset[Triple]:
        """Every relation that holds, inverses too; quadratic in long chains."""
        names = [*self.edges, *(i for i, r in self.inverses.items() if r in self.edges)]
        return frozenset(Triple(s, name, o) for name in names for s, o in self.pairs(name))

    def relations_of(self, subject: str) -> dict[str, list[str]]:
        """Return every relation that holds of `subject` (not its inverses), with its objects."""
        return {
            relation: list(self.objects(subject, relation))
            for relation, subjects in self.edges.items()
            if subject in subjects
        }


def _reach(edges: Mapping[str, Mapping[str, None]], start: str) -> dict[str, None]:
    reached: dict[str, None] = {}
    stack = list(edges.get(start, ()))[::-1]
    while stack:
        node = stack.pop()
        if node not in reached:
            reached[node] = None
            stack.extend(list(edges.get(node, ()))[::-1])
    return reached
