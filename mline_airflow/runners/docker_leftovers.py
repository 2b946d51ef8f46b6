"""Containers of stages that nobody waits for any more, and their volumes.

A worker that is killed removes nothing. The next try of its stage removes the container; where none
follows, the reaper does, when the run is over or the process that waited is gone.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from mline_airflow.services.pid import identity

from .docker_shared import folder_of, remove_left
from .docker_spec import LABEL

RunState = Literal["running", "over", "unknown"]
StateOf = Callable[[str, str, str], RunState]
"""Of experiment, run, and the store of its records: as a URL, or as `store_label` has it."""

WORKER = f"{LABEL}.worker"


@dataclass(frozen=True)
class Leftover:
    """A container, or a volume without one."""

    id: str
    experiment: str
    run: str
    stage: str
    reason: str
    is_volume: bool = False
    folder: Path | None = None
    """What of this machine the container has mounted."""

    def __str__(self) -> str:
        kind = "volume" if self.is_volume else "container"
        return f"stage '{self.stage}' of {self.experiment} (run {self.run}; {kind} {self.id[:12]})"


@cache
def _here(pid: int) -> str:
    return f"{_place()} {pid} {identity(pid) or ''}"


def _place() -> str:
    """Return where a process id means one process: a container may have this machine's name."""
    name = socket.gethostname()
    with contextlib.suppress(OSError):
        return f"{name}/{Path('/proc/self/ns/pid').readlink()}"
    return name


def worker_label() -> dict[str, str]:
    """Return the label that names this process, as no other process of any machine is named."""
    return {WORKER: _here(os.getpid())}


def leftovers(client: Any, state_of: StateOf) -> Iterator[Leftover]:
    """Yield what is left in an engine."""
    marked = {"label": [f"{LABEL}.{key}" for key in ("experiment", "run", "stage")]}
    for one in client.containers(all=True, filters=marked):
        if reason := _why(one["Labels"], state_of):
            yield _leftover(one["Id"], one["Labels"], reason, folder=folder_of(one))
    for one in client.volumes(filters=marked | {"dangling": True})["Volumes"] or ():
        labels = one["Labels"] or {}
        if reason := _why(labels, state_of):
            yield _leftover(one["Name"], labels, reason, is_volume=True)


def remove(client: Any, found: Leftover) -> None:
    """Remove it; what went meanwhile is gone already."""
    from docker.errors import APIError

    if not found.is_volume:
        remove_left(client, found.id, found.folder)
        return
    try:
        client.remove_volume(found.id, force=True)
    except APIError as error:
        # 404: it is gone; 409: somebody uses it.
        if error.response.status_code not in {404, 409}:
            raise


def _why(labels: Mapping[str, str], state_of: StateOf) -> str:
    run = labels[f"{LABEL}.run"]
    state = state_of(labels[f"{LABEL}.experiment"], run, labels.get(f"{LABEL}.store", ""))
    if state == "over":
        return f"run {run} is over"
    host, _, process = labels.get(WORKER, "").partition(" ")
    pid, _, known = process.partition(" ")
    # Whether a process of another machine lives nobody can say here.
    if state == "unknown" and host == _place() and known and identity(int(pid)) != known:
        return "the process that waited for it is gone"
    return ""


def _leftover(id_: str, labels: Mapping[str, str], reason: str, **more: Any) -> Leftover:
    experiment, run, stage = (labels[f"{LABEL}.{key}"] for key in ("experiment", "run", "stage"))
    return Leftover(id_, experiment, run, stage, reason, **more)
