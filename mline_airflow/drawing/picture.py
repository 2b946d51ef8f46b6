"""What a drawing of an experiment shows, whatever it is drawn with."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from mline_airflow.dag_factory.network import Network, Node, NodeKind, Triple

if TYPE_CHECKING:
    from mline_airflow.dag_factory.library import TypeNetwork

_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")
_DEFAULT_COLOURS: Final[dict[NodeKind, str]] = {
    "entity": "#0ea5e9",
    "service": "#64748b",
    "stage": "#7c3aed",
    "experiment": "#b45309",
}
# How a relation of the network becomes an arrow in the direction in which things flow.
_FLOWS: Final = {"consumes": ("takes", True), "produces": ("gives", False), "uses": ("uses", True)}
_CONTROLS: Final = {"guards": "when", "gates": "gate"}

ArrowKind = Literal["flow", "order", "control", "relation"]


class Shape(NamedTuple):
    """One node as it is drawn: its id over its bare type."""

    id: str
    kind: NodeKind
    type: str
    colour: str


class Arrow(NamedTuple):
    """One line. Flow, order and control go forward; a relation may go anywhere."""

    source: str
    target: str
    kind: ArrowKind
    label: str


class Picture(NamedTuple):
    """A graph to draw; shapes stand in the order in which things happen."""

    title: str
    shapes: tuple[Shape, ...]
    arrows: tuple[Arrow, ...]


def picture(
    network: Network,
    types: TypeNetwork | None = None,
    *,
    relations: bool = True,
    after: Mapping[str, Iterable[str]] | None = None,
) -> Picture:
    """Return the drawing of a network.

    `types` gives the colours; `after` are the stages that wait without taking data;
    `relations` adds what holds between entities, as `trained_on`.
    """
    arrows = list(_arrows(network, relations=relations))
    arrows += [
        Arrow(first, stage, "order", "after")
        for stage, names in (after or {}).items()
        for first in names
        if first in network.nodes and stage in network.nodes
    ]
    joined = {end for a in arrows for end in (a.source, a.target)}
    nodes = [n for n in network.nodes.values() if n.kind != "experiment" or n.id in joined]
    ordered = _in_order([n.id for n in nodes], [a for a in arrows if a.kind != "relation"])
    shapes = tuple(_shape(network.nodes[name], types) for name in ordered)
    title = next((n.title or n.id for n in network.nodes.values() if n.kind == "experiment"), "")
    return Picture(title, shapes, tuple(dict.fromkeys(arrows)))


def _shape(node: Node, types: TypeNetwork | None) -> Shape:
    colour = ""
    for name in types.lineage(node.type) if types else ():
        colour = types.types[name].decl.color if types else ""
        if _COLOUR.fullmatch(colour):
            break
    colour = colour if _COLOUR.fullmatch(colour) else _DEFAULT_COLOURS[node.kind]
    bare = "release" if node.kind == "experiment" else node.type.rpartition(".")[2]
    return Shape(node.id, node.kind, bare, colour)


def _arrows(network: Network, *, relations: bool) -> Iterator[Arrow]:
    for triple in network.direct:
        if triple.subject not in network.nodes or triple.object not in network.nodes:
            continue
        arrow = _arrow(triple)
        if relations or arrow.kind != "relation":
            yield arrow


def _arrow(triple: Triple) -> Arrow:
    flow = _FLOWS.get(triple.relation)
    if flow is not None:
        label, backward = flow
        source, target = (
            (triple.object, triple.subject) if backward else (triple.subject, triple.object)
        )
        return Arrow(source, target, "flow", label)
    control = _CONTROLS.get(triple.relation)
    if control is not None:
        return Arrow(triple.subject, triple.object, "control", control)
    return Arrow(triple.subject, triple.object, "relation", triple.relation)


def _in_order(names: list[str], arrows: Iterable[Arrow]) -> list[str]:
    """Return the names in topological order, else in the file's; a cycle keeps the file's order."""
    before: dict[str, set[str]] = defaultdict(set)
    for arrow in arrows:
        before[arrow.target].add(arrow.source)
    ordered: list[str] = []
    placed: set[str] = set()
    waiting = list(names)
    while waiting:
        ready = [n for n in waiting if before[n] <= placed] or waiting[:1]
        ordered += ready
        placed.update(ready)
        waiting = [n for n in waiting if n not in placed]
    return ordered


def render(picture: Picture, form: str, *, colour: bool = False) -> str:
    """Return a drawing as `text`, `svg`, `mermaid` or `dot`; `colour` matters to text only."""
    if form == "svg":
        from .svg import svg

        return svg(picture)
    if form == "mermaid":
        from .mermaid import mermaid

        return mermaid(picture)
    if form == "dot":
        from .dot import dot

        return dot(picture)
    from .text import text

    return text(picture, colour=colour)


def forward(picture: Picture) -> list[Arrow]:
    """Return the arrows that may decide who stands left of whom: no relation, none backward."""
    place = {shape.id: number for number, shape in enumerate(picture.shapes)}
    return [a for a in picture.arrows if a.kind != "relation" and place[a.source] < place[a.target]]
