"""How the files of a stage get into its container and out of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from mline_airflow.artifacts import Artifact, ArtifactStore
from mline_airflow.stages.job import Job

from .docker_client import EngineError, is_gone
from .docker_reason import End, judge
from .docker_spec import volume
from .docker_transfer import put_in, take_out


class Files(Protocol):
    """One way. `bring` comes between the container's creation and its start."""

    def mount(self) -> Any:
        """Return what `/mline` of the container is, None for a folder of its own."""

    def are_refused(self, told: str) -> bool:
        """Tell whether the engine, which said that, cannot have files in this way."""

    def bring(self, container: str, job: Job, store: ArtifactStore) -> None:
        """Bring code, inputs and documents; raises NotSharedError when that must be otherwise."""

    def collect(self, container: str, job: Job, store: ArtifactStore) -> Mapping[str, Artifact]:
        """Store the outputs of a container that has ended; a port with nothing is left out."""

    def empty(self, container: str) -> None:
        """Remove what needs the container for it, which is about to be removed itself."""

    def remove(self) -> None:
        """Remove the rest; once more does nothing."""


class NotSharedError(Exception):
    """The engine does not see this machine's files, or has no use of them."""


class SentFiles:
    """As archives, over the connection: to every engine, wherever it is."""

    def __init__(self, client: Any, labels: Mapping[str, str], *, mounted: bool) -> None:
        """`mounted`: the root file system is read-only, so `/mline` is a volume.

        Elsewhere it is a folder of the container: to unpack an archive into a volume takes the
        engine a third of the time of a short stage.
        """
        self._client = client
        self._labels = labels
        self._mounted = mounted

    def mount(self) -> Any:
        """Return the volume, if there has to be one."""
        return volume(self._labels) if self._mounted else None

    def are_refused(self, told: str) -> bool:  # noqa: ARG002 - the protocol's
        """Return False: every engine takes archives."""
        return False

    def bring(self, container: str, job: Job, store: ArtifactStore) -> None:
        """Send code, inputs and documents."""
        put_in(self._client, container, job, store, mounted=self._mounted)

    def collect(self, container: str, job: Job, store: ArtifactStore) -> Mapping[str, Artifact]:
        """Fetch the outputs, one by one."""
        found = {}
        try:
            for port in job.task.get("outputs", {}):
                artifact = take_out(self._client, container, job, store, port)
                if artifact is not None:
                    found[port] = artifact
        except EngineError as error:
            if not is_gone(error):
                raise
            judge(job, End(0, gone=True))
        return found

    def empty(self, container: str) -> None:
        """Do nothing: all of it goes with the container."""

    def remove(self) -> None:
        """Do nothing."""
