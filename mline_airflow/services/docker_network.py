"""The network of a run: its services have names there, and its stages join it."""

from __future__ import annotations

import contextlib
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


class Networks:
    """Makes the network of a run when it is first needed; drops it with its last container."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def of(self, experiment: str, run: str) -> str:
        """Return the network of a run, made if there is none; its id, for names are not unique."""
        name = network_name(experiment, run)
        found = self._ids(name)
        if found:
            return found[0]
        labels = {LABEL: name, "mline.experiment": experiment, "mline.run": run}
        made = self.client.create_network(name, driver="bridge", labels=labels)
        # Two starts may have made one each: both take the first.
        ids = self._ids(name)
        if ids[0] != made["Id"]:
            self._remove(made["Id"])
        return ids[0]

    def disconnect(self, container: str, experiment: str, run: str) -> None:
        """Take a container out of a run's network."""
        from docker.errors import APIError

        for network in self._ids(network_name(experiment, run)):
            with contextlib.suppress(APIError):
                self.client.disconnect_container_from_network(container, network, force=True)

    def drop(self, experiment: str, run: str) -> None:
        """Remove the network of a run when no container is in it."""
        for network in self._ids(network_name(experiment, run)):
            self._remove(network)

    def drop_empty(self) -> list[str]:
        """Remove every network of ours that is empty; return their names."""
        dropped = []
        for found in self.client.networks(filters={"label": [LABEL]}):
            # One that was created and has not started yet counts, though the network hides it.
            members = self.client.containers(all=True, filters={"network": [found["Id"]]})
            if not members and self._remove(found["Id"]):
                dropped.append(found["Name"])
        return dropped

    def _ids(self, name: str) -> list[str]:
        found = self.client.networks(filters={"label": [f"{LABEL}={name}"]})
        return [one["Id"] for one in sorted(found, key=lambda n: (n["Created"], n["Id"]))]

    def _remove(self, network: str) -> bool:
        from docker.errors import APIError

        # The engine refuses while a container is in it.
        with contextlib.suppress(APIError):
            self.client.remove_network(network)
            return True
        return False
