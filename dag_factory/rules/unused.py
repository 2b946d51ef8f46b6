"""Services, entities and parameters that nothing uses."""

from __future__ import annotations

from ..diagnostic import Collector
from ..library import TypeNetwork
from ..network import Network
from ..resolved import Resolved


def unused(resolved: Resolved, network: Network, types: TypeNetwork, found: Collector) -> None:
    """Warn of what is declared and never used: it is often a misspelt reference."""
    del types
    experiment = resolved.experiment
    if not experiment.complete:
        return
    for name, service in resolved.services.items():
        if not service.used_by:
            message = f"no stage uses the service '{name}'"
            found.add("unused-service", service.service.id.span, message)
    for name, param in experiment.params.items():
        if name not in resolved.used_params:
            message = f"nothing uses the parameter '{name}'"
            found.add("unused-param", param.name.span, message)
    touched = {triple.object for triple in network.direct}
    touched.update(resolved.assets)
    for condition in [*resolved.gate, *(c for _p, cs in resolved.tests.values() for c in cs)]:
        touched.update(metric.ref.node for metric in condition.metrics)
    for name, entity in experiment.entities.items():
        if name in resolved.entity_types and name not in touched:
            message = f"nothing gives or takes the entity '{name}'"
            found.add("unused-entity", entity.id.span, message)
