"""The semantic network of one experiment: typed nodes joined by relations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from .text import Span

NodeKind = Literal["experiment", "entity", "service", "stage"]


class Triple(NamedTuple):
    """`subject relation object`, with node ids and a relation's bare name."""

    subject: str
    relation: str
    object: str


@dataclass(frozen=True, slots=True)
class Node:
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
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Network:
    """Nodes in the order of the file, and every relation that holds between them.

    `stated` are the relations that the file writes; `facts` has these, the ones inferred from
    ports, their inverses, the parents of sub-relations and the transitive closures.
    """

    nodes: Mapping[str, Node]
    stated: tuple[Triple, ...]
    direct: tuple[Triple, ...]
    """Stated and port-inferred relations before closure: what a drawing shows."""
    facts: frozenset[Triple]

    def objects(self, subject: str, relation: str) -> Iterator[str]:
        """Yield what `subject` is related to, in order of nodes."""
        for node in self.nodes:
            if (subject, relation, node) in self.facts:
                yield node
