"""The order of stages: topological, and otherwise that of the file."""

from __future__ import annotations

import heapq
from itertools import pairwise

from .scope import Scope


def sort_stages(scope: Scope) -> None:
    """Fill `resolved.order`; report a cycle with the stages that wait for each other."""
    stages = scope.resolved.stages
    rank = {name: index for index, name in enumerate(stages)}
    waiting = {n: {u for u in s.upstream if u in stages} for n, s in stages.items()}
    readers: dict[str, list[str]] = {}
    for name, upstream in waiting.items():
        for other in upstream:
            readers.setdefault(other, []).append(name)
    ready = [rank[name] for name, upstream in waiting.items() if not upstream]
    heapq.heapify(ready)
    names = list(stages)
    order = scope.resolved.order
    while ready:
        name = names[heapq.heappop(ready)]
        order.append(name)
        for reader in readers.get(name, ()):
            waiting[reader].discard(name)
            if not waiting[reader]:
                heapq.heappush(ready, rank[reader])
    if len(order) < len(stages):
        _report_cycle(scope, [name for name in names if waiting[name] and name not in set(order)])


def _report_cycle(scope: Scope, left: list[str]) -> None:
    stages = scope.resolved.stages
    among = set(left)
    path = [left[0]]
    while path.count(path[-1]) < 2:
        path.append(next(u for u in stages[path[-1]].upstream if u in among))
    cycle = path[path.index(path[-1]) :]
    start = cycle.index(min(cycle, key=list(stages).index))
    cycle = [*cycle[start:-1], *cycle[: start + 1]]
    span = stages[cycle[0]].upstream[cycle[1]]
    related = [
        scope.related(stages[a].upstream[b], f"'{a}' waits for '{b}' here")
        for a, b in pairwise(cycle[1:])
    ]
    chain = " waits for ".join(f"'{name}'" for name in cycle)
    if len(cycle) == 2:
        chain = f"'{cycle[0]}' waits for itself"
    scope.found.add("dependency-cycle", span, chain, related=related)
