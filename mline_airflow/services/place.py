"""Where services run: what every such place can do, and which one a plan means."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from .spec import Spec
from .values import Exit, Instance, ServiceError

FOLDER_VARIABLE = "MLINE_SERVICES_FOLDER"


class Place(Protocol):
    """Starts and ends instances, and finds them again whoever started them."""

    name: str
    folder: Path
    """What this user's processes on this machine share: locks, and the state of processes."""

    def lock(self, slug: str) -> AbstractContextManager[Any]:
        """Keep other processes of this machine from starting or ending the same service."""

    def create(self, spec: Spec) -> Instance:
        """Start an instance with a first lease of its run; leaves nothing when that fails."""

    def join(self, instance: Instance, run: str) -> None:
        """Let another run of the experiment reach a shared instance."""

    def leave(self, instance: Instance, run: str) -> None:
        """Undo `join`."""

    def find(self, slug: str | None = None) -> list[Instance]:
        """Return the instances that are there, dead ones too, of one slug or all."""

    def get(self, instance: str) -> Instance | None:
        """Return an instance by its id."""

    def log(self, instance: Instance) -> bytes:
        """Return all that it has printed, or the end of it."""

    def follow(self, instance: Instance) -> Callable[[], Iterator[bytes]]:
        """Return what yields, at each call, what was printed since the last one."""

    def listens(self, instance: Instance, endpoint: str, port: int) -> bool:
        """Tell whether somebody listens on a port of it."""

    def reach(self, instance: Instance, endpoint: str) -> tuple[str, int] | None:
        """Return host and port of an endpoint for this process, None when it cannot reach it."""

    def execute(
        self, instance: Instance, command: Sequence[str], seconds: float
    ) -> tuple[int, str]:
        """Run a command beside it; return exit status and output."""

    def renew(self, instance: Instance, run: str, expires: float) -> None:
        """Write a run's lease; 0 takes it back."""

    def end(self, instance: Instance) -> Exit:
        """End it, politely first; return how it ended, or had ended before."""

    def remove(self, instance: Instance) -> None:
        """Remove what is left of an ended instance."""


def services_folder(chosen: str = "") -> Path:
    """Return the folder with the state of this user's services on this machine."""
    if chosen := chosen or os.environ.get(FOLDER_VARIABLE, ""):
        return Path(chosen).expanduser()
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(state).expanduser() / "mline" / "services"


def place_for(
    runner: str,
    profile: Mapping[str, Any],
    folder: Path,
    log_in: Callable[[Any, str], None] | None = None,
) -> Place:
    """Return where the services of a runner run; raises ServiceError for one that is not there.

    `log_in` logs an engine's client in to the image registry of an Airflow connection.
    """
    if runner == "process":
        from .process import ProcessPlace

        return ProcessPlace(folder)
    if runner == "docker":
        try:
            from .docker import DockerPlace
        except ImportError as error:
            message = f"services with `runner: docker` need Docker's SDK for Python: {error}"
            raise ServiceError(message, code="no-runner") from error
        return DockerPlace.of_profile(profile, folder, log_in)
    message = f"services with `runner: {runner}` cannot be started here"
    raise ServiceError(message, code="no-runner")
