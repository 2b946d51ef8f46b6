"""Resources, as a Docker Engine takes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mline_airflow.dag_factory.quantities import cpu, memory


@dataclass(frozen=True)
class Limits:
    """What a container may take at most; None: as much as there is. `memory` is in bytes."""

    cpus: float | None = None
    memory: int | None = None
    devices: tuple[Any, ...] = ()

    @classmethod
    def of(cls, resources: Mapping[str, Any]) -> Limits:
        """Return the limits that a stage or a service names."""
        devices: tuple[Any, ...] = ()
        if resources.get("gpu"):
            from docker.types import DeviceRequest

            devices = (DeviceRequest(count=resources["gpu"], capabilities=[["gpu"]]),)
        return cls(
            cpu(str(resources.get("cpu", ""))), memory(str(resources.get("memory", ""))), devices
        )

    def host_config(self, client: Any, log: Callable[[str], None]) -> dict[str, Any]:
        """Return the engine's words for them; an engine with fewer processors gives what it has."""
        config: dict[str, Any] = {}
        if self.cpus:
            most = float(client.info()["NCPU"])
            if self.cpus > most:
                log(f"mline: the Docker Engine has {most:g} cpu, the stage wants {self.cpus:g}")
            config["nano_cpus"] = int(min(self.cpus, most) * 1e9)
        if self.memory:
            # Swap would make a stage slow for hours where it should fail.
            config |= {"mem_limit": self.memory, "memswap_limit": self.memory}
        if self.devices:
            config["device_requests"] = list(self.devices)
        return config
