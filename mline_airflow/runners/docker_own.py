"""The containers of one stage in an engine: never two at once, and none afterwards."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from mline_airflow.failures import StageError
from mline_airflow.stages.job import Job

from .docker_client import EngineError, is_conflict, is_gone, telling
from .docker_shared import folder_of, remove_left
from .docker_spec import TRY, UNIQUE
from .runner import Log

_TIMES = 5


class OwnContainers:
    """Those with the stage's labels: of this try, and what a worker that is gone has left."""

    def __init__(self, client: Any, job: Job, labels: Mapping[str, str]) -> None:
        self._client = client
        self._job = job
        self._ours = {"label": [f"{key}={labels[key]}" for key in UNIQUE]}

    def create(self, container: Mapping[str, Any]) -> str:
        """Create a container. Two tries at once want the same name; the later try gets it.

        A worker that was taken for dead may be at the same place, whatever was looked for before.
        """
        for left in reversed(range(_TIMES)):
            try:
                with telling(f"stage '{self._job.name}': its container"):
                    return str(self._client.create_container(**container)["Id"])
            except EngineError as error:
                if not is_conflict(error) or not left:
                    raise
            self.remove_earlier()
        raise AssertionError("the last time returns or raises")

    def remove_earlier(self) -> None:
        """Remove what a worker that is gone has left: a stage must not run twice at once.

        Raises StageError when a later try is there: then this worker is the one that is gone.
        """
        job = self._job
        with telling("the Docker Engine"):
            found = self._client.containers(all=True, filters=self._ours)
        for one in found:
            later = int(one["Labels"].get(TRY) or 0)
            if later > job.attempt and one["State"] in ("created", "running"):
                message = (
                    f"stage '{job.name}' was given to another worker: try {later} of it is there, "
                    f"and this is try {job.attempt}"
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
