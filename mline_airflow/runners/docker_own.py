"""The containers of one stage in an engine: never two at once, and none afterwards."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from typing import Any

from mline_airflow.failures import StageError
from mline_airflow.stages.job import Job

from .docker_client import EngineError, is_conflict, is_gone, telling
from .docker_reason import End, judge
from .docker_shared import folder_label, folder_of, remove_left
from .docker_spec import TRY, UNIQUE
from .runner import Log

_PAUSES = (0.0, *(0.1 * 2**doubled for doubled in range(8)))
"""Seconds between two tries to create, 26 in all: a large container is not removed at once."""
_SIGKILLED = 137


class OwnContainers:
    """Those with the stage's labels: of this try, and what a worker that is gone has left."""

    def __init__(
        self,
        client: Any,
        job: Job,
        labels: Mapping[str, str],
        killed: threading.Event | None = None,
    ) -> None:
        """`killed` is set when the stage is to end."""
        self._client = client
        self._job = job
        self._killed = killed or threading.Event()
        self._ours = {"label": [f"{key}={labels[key]}" for key in UNIQUE]}

    def create(self, container: Mapping[str, Any]) -> str:
        """Create a container. Two tries at once want the same name; the later try gets it.

        A worker that was taken for dead may be at the same place, whatever was looked for before;
        and the engine keeps the name of a container until it has removed all of it. Raises
        StageError when the stage is killed meanwhile.
        """
        labels = {**container["labels"], **folder_label(container["host_config"])}
        for pause in (*_PAUSES, None):
            try:
                with telling(f"stage '{self._job.name}': its container"):
                    made = self._client.create_container(**{**container, "labels": labels})
                    return str(made["Id"])
            except EngineError as error:
                if not is_conflict(error) or pause is None:
                    raise
            self.remove_earlier()
            if self._killed.wait(pause):
                judge(self._job, End(_SIGKILLED, killed=True))
        raise AssertionError("the last time returns or raises")

    def remove_earlier(self) -> None:
        """Remove what a worker that is gone has left: a stage must not run twice at once.

        Raises StageError when a later try is there, in whatever state: then this worker is the one
        that is gone.
        """
        job = self._job
        with telling("the Docker Engine"):
            found = self._client.containers(all=True, filters=self._ours)
        for one in found:
            later = int(one["Labels"].get(TRY) or 0)
            # One that has ended is waited for too: its outputs may be on their way to the store.
            if later > job.attempt:
                message = (
                    f"stage '{job.name}' was given to another worker: try {later} of it is there, "
                    f"and this is try {job.attempt} (container {one['Id'][:12]}, {one['State']}); "
                    "if no worker has it any more, as when its run was deleted and begun anew: "
                    f"docker rm -fv {one['Id'][:12]}"
                )
                raise StageError(message, code="stage-superseded")
        with telling("the Docker Engine"):
            for one in found:
                remove_left(self._client, one["Id"], folder_of(one))
        if found or job.attempt > 1:
            self._remove_volumes()

    def let_go(self, container: str, log: Log) -> None:
        """Remove the container of a stage that has ended, if the engine is there to do so.

        What the stage gave is safe by now, or its own error is the one to tell; the next try, or
        the reaper, removes what stays.
        """
        try:
            if not self._remove(container):
                # Somebody did, perhaps without its volume.
                self._remove_volumes()
        except EngineError as error:
            log(f"mline: container {container[:12]} could not be removed yet: {error}")

    def _remove(self, container: str) -> bool:
        """Remove a container with its volume; tell whether it was there."""
        try:
            with telling("the Docker Engine"):
                self._client.remove_container(container, force=True, v=True)
        except EngineError as error:
            if not is_gone(error) and "already in progress" not in str(error):
                raise
            return False
        return True

    def _remove_volumes(self) -> None:
        """Remove volumes whose containers somebody removed without them."""
        with telling("the Docker Engine"):
            found = self._client.volumes(filters=self._ours)["Volumes"] or ()
        for one in found:
            # One in use goes with its container, which another thread is removing.
            with contextlib.suppress(EngineError), telling("the Docker Engine"):
                self._client.remove_volume(one["Name"], force=True)
