"""Layered layout of a directed graph (Sugiyama, Tagawa and Toda 1981), deterministic.

Ranks by longest path, order within a rank by the barycentre of the neighbours, coordinates by
least squares with a least distance. The libraries that do this are GPL or EPL, or not Python.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

_SWEEPS: Final = 12
_SETTLE: Final = 24
_DUMMY_WEIGHT: Final = 4.0


class Size(NamedTuple):
    """How much room a node takes: along the flow, and across it."""

    along: float
    across: float


class Point(NamedTuple):
    """A place: along the flow, and across it."""

    along: float
    across: float


class Layout(NamedTuple):
    """Centres of the nodes, and for each edge the points that it passes between its ends.

    An edge passes a rank straight, from where the rank begins to where it ends.
    """

    centres: Mapping[str, Point]
    bends: Mapping[tuple[str, str], tuple[Point, ...]]
    along: float
    across: float


@dataclass(slots=True)
class _Graph:
    sizes: dict[str, Size]
    ranks: dict[str, int] = field(default_factory=dict)
    rows: list[list[str]] = field(default_factory=list)
    after: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    before: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    dummies: dict[tuple[str, str], list[str]] = field(default_factory=dict)


def layered(
    sizes: Mapping[str, Size],
    edges: Iterable[tuple[str, str]],
    *,
    gap_along: float = 60.0,
    gap_across: float = 22.0,
) -> Layout:
    """Lay out nodes; every edge must go from an earlier to a later key of `sizes`."""
    pairs = list(dict.fromkeys((a, b) for a, b in edges if a != b))
    graph = _Graph(dict(sizes))
    graph.ranks = _ranks(list(sizes), pairs)
    _add_dummies(graph, pairs)
    _order(graph)
    across = _coordinates(graph, gap_across)
    along, total = _along(graph, gap_along)
    centres = {n: Point(sum(along[graph.ranks[n]]) / 2, across[n]) for n in sizes}
    bends = {
        edge: tuple(
            Point(side, across[dummy]) for dummy in chain for side in along[graph.ranks[dummy]]
        )
        for edge, chain in graph.dummies.items()
    }
    height = max((across[n] + graph.sizes[n].across / 2 for n in sizes), default=0.0)
    return Layout(centres, bends, total, height)


def _ranks(names: Sequence[str], pairs: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Return the longest path to each node; what has no predecessor stands by its first user."""
    before: dict[str, list[str]] = defaultdict(list)
    after: dict[str, list[str]] = defaultdict(list)
    for source, target in pairs:
        before[target].append(source)
        after[source].append(target)
    ranks: dict[str, int] = {}
    for name in names:
        ranks[name] = max((ranks[b] + 1 for b in before[name]), default=0)
    for name in names:
        if not before[name] and after[name]:
            ranks[name] = max(0, min(ranks[a] for a in after[name]) - 1)
    return ranks


def _add_dummies(graph: _Graph, pairs: Sequence[tuple[str, str]]) -> None:
    """Split edges over several ranks, so that every edge joins neighbours."""
    count = max(graph.ranks.values(), default=-1) + 1
    graph.rows = [[] for _ in range(count)]
    for name in list(graph.sizes):
        graph.rows[graph.ranks[name]].append(name)
    for source, target in pairs:
        last = source
        chain = []
        for rank in range(graph.ranks[source] + 1, graph.ranks[target]):
            dummy = f"\0{source}\0{target}\0{rank}"
            graph.sizes[dummy] = Size(0.0, 6.0)
            graph.ranks[dummy] = rank
            graph.rows[rank].append(dummy)
            chain.append(dummy)
            _join(graph, last, dummy)
            last = dummy
        _join(graph, last, target)
        graph.dummies[source, target] = chain


def _join(graph: _Graph, source: str, target: str) -> None:
    graph.after[source].append(target)
    graph.before[target].append(source)


def _order(graph: _Graph) -> None:
    """Sort each rank by its neighbours, forth and back; keep the order with fewest crossings."""
    best, least = [list(row) for row in graph.rows], _crossings(graph)
    for sweep in range(_SWEEPS):
        forth = sweep % 2 == 0
        neighbours = graph.before if forth else graph.after
        rows = range(1, len(graph.rows)) if forth else range(len(graph.rows) - 2, -1, -1)
        for rank in rows:
            other = graph.rows[rank - 1 if forth else rank + 1]
            place = {name: float(number) for number, name in enumerate(other)}
            row = graph.rows[rank]
            wanted = {
                name: (_mean([place[m] for m in neighbours[name]], number), number)
                for number, name in enumerate(row)
            }
            row.sort(key=wanted.__getitem__)
        crossings = _crossings(graph)
        if crossings < least:
            best, least = [list(row) for row in graph.rows], crossings
    graph.rows = best


def _mean(values: Sequence[float], default: float) -> float:
    return sum(values) / len(values) if values else default


def _crossings(graph: _Graph) -> int:
    """Count crossings between neighbouring ranks as inversions."""
    total = 0
    for upper, lower in pairwise(graph.rows):
        place = {name: number for number, name in enumerate(lower)}
        seen: list[int] = []
        for name in upper:
            ends = sorted(place[m] for m in graph.after[name])
            for end in ends:
                total += len(seen) - bisect_left(seen, end + 1)
            for end in ends:
                insort(seen, end)
    return total


def _coordinates(graph: _Graph, gap: float) -> dict[str, float]:
    """Move every rank towards its neighbours until the edges are short and straight."""
    across: dict[str, float] = {}
    for row in graph.rows:
        at = 0.0
        for name in row:
            half = graph.sizes[name].across / 2
            across[name] = at + half
            at += 2 * half + gap
    for turn in range(_SETTLE):
        rows = graph.rows if turn % 2 == 0 else list(reversed(graph.rows))
        for row in rows:
            wanted = [_wanted(graph, name, across) for name in row]
            weights = [_weight(graph, name) for name in row]
            across.update(zip(row, _apart(graph, row, wanted, weights, gap), strict=True))
    lowest = min((across[n] - graph.sizes[n].across / 2 for n in across), default=0.0)
    return {name: value - lowest for name, value in across.items()}


def _weight(graph: _Graph, name: str) -> float:
    degree = len(graph.before[name]) + len(graph.after[name])
    return (_DUMMY_WEIGHT if name.startswith("\0") else 1.0) * max(degree, 1)


def _wanted(graph: _Graph, name: str, across: Mapping[str, float]) -> float:
    """Return the mean of the neighbours; those in a straight chain pull more."""
    pulls = [
        (across[m], _DUMMY_WEIGHT if m.startswith("\0") and name.startswith("\0") else 1.0)
        for m in (*graph.before[name], *graph.after[name])
    ]
    total = sum(weight for _, weight in pulls)
    return sum(a * weight for a, weight in pulls) / total if total else across[name]


def _apart(
    graph: _Graph, row: Sequence[str], wanted: Sequence[float], weights: Sequence[float], gap: float
) -> list[float]:
    """Return the places nearest to `wanted` (weighted least squares) that keep order and distance.

    Pool adjacent violators: subtract the least distances, then the places need only not to fall.
    """
    offsets = [0.0]
    for left, right in pairwise(row):
        least = (graph.sizes[left].across + graph.sizes[right].across) / 2 + gap
        offsets.append(offsets[-1] + least)
    blocks: list[tuple[float, float, int]] = []
    for want, weight, offset in zip(wanted, weights, offsets, strict=True):
        value, mass, size = want - offset, weight, 1
        while blocks and blocks[-1][0] > value:
            above, above_mass, above_size = blocks.pop()
            value = (value * mass + above * above_mass) / (mass + above_mass)
            mass, size = mass + above_mass, size + above_size
        blocks.append((value, mass, size))
    flat = [value for value, _, size in blocks for _ in range(size)]
    return [value + offset for value, offset in zip(flat, offsets, strict=True)]


def _along(graph: _Graph, gap: float) -> tuple[list[tuple[float, float]], float]:
    """Return where each rank begins and ends along the flow, and the whole length."""
    ranges = []
    at = 0.0
    for row in graph.rows:
        wide = max(graph.sizes[name].along for name in row)
        ranges.append((at, at + wide))
        at += wide + gap
    return ranges, max(0.0, at - gap)
