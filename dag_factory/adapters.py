"""The cheapest chain of adapters from one type to another."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from .library import Adapter, TypeNetwork

# A lossy step costs more than any sensible chain of lossless ones.
LOSSY_PENALTY = 1000.0
MAX_STEPS = 6


def find_chain(types: TypeNetwork, given: str, wanted: str) -> tuple[Adapter, ...] | None:
    """Return the cheapest adapters that lead from `given` to `wanted`, or None.

    Dijkstra's algorithm over types; an adapter applies to a type that descends from its `from`.
    Ties go to the chain whose names come first, so that every parse finds the same one.
    """
    queue: list[tuple[float, tuple[str, ...], str, tuple[Adapter, ...]]] = [(0.0, (), given, ())]
    done: set[str] = set()
    while queue:
        cost, names, here, chain = heapq.heappop(queue)
        if chain and types.accepts(wanted, here):
            return chain
        if here in done or len(chain) >= MAX_STEPS:
            continue
        done.add(here)
        for adapter in types.adapters:
            if types.accepts(adapter.from_, here) and adapter.to not in done:
                step = adapter.cost + (0.0 if adapter.lossless else LOSSY_PENALTY)
                name = f"{adapter.library}.{adapter.name}"
                heapq.heappush(queue, (cost + step, (*names, name), adapter.to, (*chain, adapter)))
    return None


def is_lossy(chain: Sequence[Adapter]) -> bool:
    """Tell whether any step of the chain loses something."""
    return any(not adapter.lossless for adapter in chain)


def would_fit(types: TypeNetwork, wanted: str) -> list[str]:
    """Return the types that some adapter turns into `wanted`, for a message."""
    found = {a.from_ for a in types.adapters if types.accepts(wanted, a.to)}
    return sorted(found)
