"""Random stages whose seed is not said."""

from __future__ import annotations

from ..diagnostic import Collector
from ..library import TypeNetwork
from ..network import Network
from ..resolved import Resolved

SEEDS = ("seed", "random_state", "random_seed")


def seed(resolved: Resolved, network: Network, types: TypeNetwork, found: Collector) -> None:
    """Warn of a stage of a random type without a seed: its results cannot be repeated."""
    del network
    for name, stage in resolved.stages.items():
        if not stage.type.random or "with" in stage.stage.broken:
            continue
        values = {*stage.stage.with_, *stage.type.with_}
        if not values.intersection(SEEDS):
            message = (
                f"'{name}' ({types.shown(stage.type.name)}) is random, and no seed is said; "
                "add 'seed' under 'with' so that a run can be repeated"
            )
            found.add("missing-seed", stage.stage.id.span, message)
