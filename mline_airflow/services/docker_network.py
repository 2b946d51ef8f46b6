"""The network of a run: its services have names there, and its stages join it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from mline_airflow.stages.job import Job

from .values import short_hash

LABEL = "mline.network"


def network_name(experiment: str, run: str) -> str:
    """Return `mline-EXPERIMENT-HASH`."""
    return f"mline-{experiment}-{short_hash(experiment, run)}"


def network_of(job: Job) -> str | None:
    """Return the network that a stage has to join to reach the services that it uses."""
    services = {service["id"]: service for service in job.plan["services"]}
    used = [services[name] for name in job.task.get("uses", ()) if name in services]
    if any(service["runner"] == "docker" for service in used):
        return network_name(job.plan["experiment"], job.run)
    return None


def _lock_name(network: str) -> str:
    """Return what no service's lock is called: their names have no dots."""
    return f"{network}.network"


class Networks:
    """Makes the network of a run when it is first needed; drops it with its last container.

    `lock` holds a name against everybody on this machine. Whoever holds the lock of a service may
    take that of a network, for a moment; never the other way round.
    """

    def __init__(self, client: Any, lock: Callable[[str], AbstractContextManager[Any]]) -> None:
        self.client = client
        self._lock = lock

    @contextlib.contextmanager
    def held(self, experiment: str, run: str) -> Iterator[str]:
        """Give the network of a run, which nobody drops before a container is in it."""
        with self._lock(_lock_name(network_name(experiment, run))):
            yield self.of(experiment, run)

    def of(self, experiment: str, run: str) -> str:
        """Return the network of a run, made if there is none; its id, for names are not unique."""
        name = network_name(experiment, run)
        found = self._ids(name)
        if found:
            return found[0]
        labels = {LABEL: name, "mline.experiment": experiment, "mline.run": run}
        made = self.client.create_network(name, driver="bridge", labels=labels)
        # Two starts may have made one each: both take the first.
        first: str = next(iter(self._ids(name)), made["Id"])
        if first != made["Id"]:
            self._remove(made["Id"])
        return first

    def connect(self, container: str, experiment: str, run: str, alias: str) -> None:
        """Put a container into a run's network, unless it is in it already."""
        from docker.errors import APIError, NotFound

        for _ in range(2):
            with self.held(experiment, run) as network:
                try:
                    self.client.connect_container_to_network(container, network, aliases=[alias])
                except NotFound:
                    continue  # another machine, which our lock does not hold, has just dropped it
                except APIError:
                    return  # it is in it already
                return

    def disconnect(self, container: str, experiment: str, run: str) -> None:
        """Take a container out of a run's network."""
        from docker.errors import APIError

        for network in self._ids(network_name(experiment, run)):
            with contextlib.suppress(APIError):
                self.client.disconnect_container_from_network(container, network, force=True)

    def drop(self, experiment: str, run: str) -> None:
        """Remove the network of a run when no container is in it."""
        name = network_name(experiment, run)
        with self._lock(_lock_name(name)):
            for network in self._ids(name):
                self._drop(network)

    def drop_empty(self) -> list[str]:
        """Remove every network of ours that is empty; return their names."""
        dropped = []
        for found in self.client.networks(filters={"label": [LABEL]}):
            with self._lock(_lock_name(found["Name"])):
                if self._drop(found["Id"]):
                    dropped.append(found["Name"])
        return dropped

    def _ids(self, name: str) -> list[str]:
        found = self.client.networks(filters={"label": [f"{LABEL}={name}"]})
        return [one["Id"] for one in sorted(found, key=lambda n: (n["Created"], n["Id"]))]

    def _drop(self, network: str) -> bool:
        # One that was created and has not started yet counts, though the network hides it.
        members = self.client.containers(all=True, filters={"network": [network]})
        return not members and self._remove(network)

    def _remove(self, network: str) -> bool:
        from docker.errors import APIError

        # The engine refuses while a container is in it.
        with contextlib.suppress(APIError):
            self.client.remove_network(network)
            return True
        return False
