"""Stages as containers of a Docker Engine, here or on another machine.

Nothing is mounted from this machine: code and inputs are put into the created container as an
archive before it starts, outputs are taken out after it ended. Where the root file system is
read-only, `/mline` is a volume of the container's own; elsewhere it is a folder of the container,
for a volume costs a third of the time that a short stage takes.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mline_airflow.artifacts import Artifact, ArtifactStore
from mline_airflow.dag_factory.plan import Task
from mline_airflow.failures import StageError
from mline_airflow.stages.job import Job
from mline_airflow.stages.references import ROOT
from mline_airflow.stages.workspace import collect_folder

from . import docker_image
from .docker_client import EngineError, connect, is_conflict, is_gone, telling
from .docker_config import Config, compare
from .docker_follow import Ended, Follower
from .docker_leftovers import worker_label
from .docker_limits import Limits
from .docker_reason import End, judge, not_started
from .docker_settings import DockerSettings
from .docker_shared import lay_out_shared, remove_shared
from .docker_spec import (
    TRY,
    UNIQUE,
    bind,
    container_name,
    environment,
    host_config,
    image_of,
    labels,
    run_labels,
    start_of,
    volume,
    with_entrypoint,
)
from .docker_transfer import put_in, take_out
from .lines import LineReader, Masker
from .runner import Identity, Log

NAME = "docker"
_GRACE = 5
_SIGKILLED = 137
_TIMES = 5


class DockerRunner:
    """Runs a stage in a container. `client` is made when it is first needed."""

    def __init__(
        self,
        settings: DockerSettings | None = None,
        client: Callable[[], Any] | None = None,
        *,
        limits: Limits | None = None,
        grace: int = _GRACE,
    ) -> None:
        self.settings = settings or DockerSettings()
        self.grace = grace
        self._make_client = client
        self._limits = limits
        self._connected: Any = None
        self._container: str | None = None
        self._folder: Path | None = None
        self._follower: Follower | None = None
        self._killed = threading.Event()
        self._started = False
        self._log: Log = lambda _: None
        self._config: Config | None = None
        self._image: docker_image.Image | None = None
        """What is in the engine already, when that was looked up for the cache."""

    @classmethod
    def from_profile(cls, profile: Mapping[str, Any]) -> DockerRunner:
        """Return the runner that a profile describes."""
        return cls(DockerSettings.from_profile(profile))

    @property
    def client(self) -> Any:
        """The connection to the engine."""
        if self._connected is None:
            self._connected = (self._make_client or (lambda: connect(self.settings)))()
        return self._connected

    # -- the protocol ----------------------------------------------------------------------------

    def identity(self, task: Task) -> Identity:
        """Name the image by its digest; one that is not in the engine is asked of its registry."""
        name, pull = image_of(task), self.settings.pull
        self._image = None if pull == "always" else docker_image.inspect(self.client, name)
        known = self._image or docker_image.look_up(self.client, name, pull)
        return Identity(NAME, name, known.digest)

    def prepare(self, job: Job, store: ArtifactStore) -> None:
        """Remove what an earlier try left behind; lay out a shared folder, if there is one."""
        self._store = store
        self._labels = labels(job.plan, job.task) | run_labels(job, store) | worker_label()
        self._remove_leftovers(job)
        if self.settings.shared is not None:
            self._folder = lay_out_shared(job, store, self.settings.shared.here)

    def execute(self, job: Job, log: Log) -> None:
        """Run the container to its end; what it prints is logged as it comes."""
        self._log = log
        image = self._image
        if image is None or image.name != image_of(job.task):
            image = docker_image.have(self.client, image_of(job.task), self.settings.pull, log)
        self._config = compare(job, image, self.settings)
        job = with_entrypoint(job, image)
        entrypoint, command = start_of(job)
        reader = LineReader(log, Masker(job.masked))
        self._create(job, image, entrypoint, command, log)
        if self._folder is None:
            mounted = self.settings.read_only
            put_in(self.client, self._known(), job, self._store, mounted=mounted)
        judge(job, self._run(job, [*(entrypoint or image.entrypoint), *command], reader))

    def collect(self, job: Job, store: ArtifactStore) -> Mapping[str, Artifact]:
        """Take the outputs out of the container, or out of the shared folder, and store them."""
        if self._folder is not None:
            return collect_folder(job, store, self._folder)
        found = {}
        try:
            for port in job.task.get("outputs", {}):
                artifact = take_out(self.client, self._known(), job, store, port)
                if artifact is not None:
                    found[port] = artifact
        except EngineError as error:
            if not is_gone(error):
                raise
            judge(job, End(0, gone=True))
        return found

    def details(self) -> Mapping[str, Any]:
        """Name the container and the engine's machine; say how it differs from its image."""
        found: dict[str, Any] = {} if self._config is None else {"image_config": self._config}
        if self._container is not None:
            found["container"] = self._container[:12]
            # An engine at a socket is on this machine, whose name the record has already.
            if not str(self.client.base_url).startswith("http+docker"):
                # That it is away now is no failure of the stage.
                with contextlib.suppress(EngineError), telling("the Docker Engine"):
                    found["host"] = self.client.info()["Name"]
        return found

    def kill(self) -> None:
        """Stop the container, from any thread or a signal handler."""
        self._killed.set()
        if self._started:
            with contextlib.suppress(EngineError):  # an engine that is away has stopped it
                self._stop()

    def close(self) -> None:
        """Remove the container with its volume, and the shared folder's part."""
        try:
            if self._container is not None:
                self._let_go(self._container)
        finally:
            self._container = None
            if self._follower is not None:
                self._follower.join()
            if self._folder is not None:
                remove_shared(self._folder)
                self._folder = None
            if self._make_client is None and self._connected is not None:
                self._connected.close()
                self._connected = None

    def discard(self) -> None:
        """Remove the container, from any thread; whoever follows it sees that it is gone."""
        if self._container is not None:
            self._let_go(self._container)

    # -- the container ---------------------------------------------------------------------------

    def _known(self) -> str:
        if self._container is None:
            raise RuntimeError("there is no container yet")
        return self._container

    def _create(
        self,
        job: Job,
        image: docker_image.Image,
        entrypoint: list[str] | None,
        command: list[str],
        log: Log,
    ) -> None:
        client, settings = self.client, self.settings
        limits = self._limits or Limits.of(job.task)
        mount = None
        if self._folder is not None:
            mount = bind(settings, self._folder)
        elif settings.read_only:
            mount = volume(self._labels)
        with telling("the Docker Engine"):
            config = host_config(settings, mount) | limits.host_config(client, log)
            config["network_mode"] = self._network(job) or "default"
        container = {
            "image": image.name,
            "name": container_name(job, self._labels),
            "entrypoint": entrypoint,
            "command": command,
            "environment": environment(job, image),
            "working_dir": f"{ROOT}/code",
            "user": settings.user,
            "labels": self._labels,
            "host_config": client.create_host_config(**config),
        }
        self._container = self._create_alone(job, container)

    def _create_alone(self, job: Job, container: Mapping[str, Any]) -> str:
        """Create the container. Two tries at once want the same name; the later try gets it.

        A worker that was taken for dead may be at the same place, whatever was looked for before.
        """
        for left in reversed(range(_TIMES)):
            try:
                with telling(f"stage '{job.name}': its container"):
                    return str(self.client.create_container(**container)["Id"])
            except EngineError as error:
                if not is_conflict(error) or not left:
                    raise
            self._remove_leftovers(job)
        raise AssertionError("the last time returns or raises")

    def _network(self, job: Job) -> str | None:
        """Return the profile's network; a stage that uses services is in that of its run."""
        from mline_airflow.services.docker_network import network_of

        return network_of(job) or self.settings.network

    def _run(self, job: Job, argv: list[str], reader: LineReader) -> End:
        from docker.errors import APIError

        container, client = self._known(), self.client
        begun = int(time.time())
        with telling(f"stage '{job.name}': its log"):
            follower = self._follower = Follower(client, container)
        try:
            if self._killed.is_set():
                return End(_SIGKILLED, killed=True)
            try:
                with telling(f"stage '{job.name}': its container"):
                    client.start(container)
            except EngineError as error:
                if not isinstance(error.__cause__, APIError):
                    raise
                raise not_started(job, image_of(job.task), argv, error.__cause__) from error
            self._started = True
            if self._killed.is_set():
                self._stop()
            follower.start()
            return self._follow(job, follower, reader, begun)
        finally:
            follower.close()

    def _follow(self, job: Job, follower: Follower, reader: LineReader, begun: int) -> End:
        deadline = None if job.timeout is None else time.monotonic() + job.timeout
        timed_out = False
        while True:
            found = follower.next(deadline)
            if found is None:
                timed_out, deadline = True, None
                self._stop()
            elif isinstance(found, Ended):
                break
            else:
                reader.feed(found)
        reader.end()
        end = End(
            found.status or 0,
            killed=self._killed.is_set(),
            timed_out=timed_out,
            gone=found.status is None and not found.lost,
            lost=found.lost,
            last=tuple(reader.last),
        )
        if not end.status:
            return end
        try:
            return replace(end, out_of_memory=self._ran_out_of_memory(begun, end.status))
        except EngineError as error:
            if not is_gone(error):
                raise
            return replace(end, gone=True)

    def _ran_out_of_memory(self, begun: int, status: int) -> bool:
        with telling("the Docker Engine"):
            found = self.client.inspect_container(self._known())
            if found["State"]["OOMKilled"] or status != _SIGKILLED:
                return bool(found["State"]["OOMKilled"])
            if not found["HostConfig"]["Memory"]:
                return False
            # The kernel's notice may come later than the end that it caused.
            events = self.client.events(
                since=begun,
                until=int(time.time()) + 2,
                filters={"container": self._known(), "event": "oom"},
                decode=True,
            )
            return next(iter(events), None) is not None

    def _stop(self) -> None:
        """End the container: a signal first, and some seconds to put things in order."""
        try:
            with telling("the Docker Engine"):
                self.client.stop(self._known(), timeout=self.grace)
        except EngineError as error:
            if not is_gone(error):
                raise

    # -- what is left behind ---------------------------------------------------------------------

    def _remove_leftovers(self, job: Job) -> None:
        """Remove what a worker that is gone has left: a stage must not run twice at once.

        Raises StageError when a later try is there: then this worker is the one that is gone.
        """
        with telling("the Docker Engine"):
            found = self.client.containers(all=True, filters=self._ours())
        for one in found:
            later = int(one["Labels"].get(TRY) or 0)
            if later > job.attempt and one["State"] in ("created", "running"):
                message = (
                    f"stage '{job.name}' was given to another worker: try {later} of it is there, "
                    f"and this is try {job.attempt}"
                )
                raise StageError(message, code="stage-superseded")
        for one in found:
            self._remove(one["Id"])
        if found or job.attempt > 1:
            self._remove_volumes()

    def _remove(self, container: str) -> bool:
        """Remove a container with its volume; tell whether it was there."""
        try:
            with telling("the Docker Engine"):
                self.client.remove_container(container, force=True, v=True)
        except EngineError as error:
            if not is_gone(error) and "already in progress" not in str(error):
                raise
            return False
        return True

    def _let_go(self, container: str) -> None:
        """Remove the container of a stage that has ended, if the engine is there to do so.

        What the stage gave is safe by now, or its own error is the one to tell; the next try, or
        the reaper, removes what stays.
        """
        try:
            if not self._remove(container):
                # Somebody did, perhaps without its volume.
                self._remove_volumes()
        except EngineError as error:
            self._log(f"mline: container {container[:12]} could not be removed yet: {error}")

    def _remove_volumes(self) -> None:
        """Remove volumes whose containers somebody removed without them."""
        with telling("the Docker Engine"):
            found = self.client.volumes(filters=self._ours())["Volumes"] or ()
        for one in found:
            # One in use goes with its container, which another thread is removing.
            with contextlib.suppress(EngineError), telling("the Docker Engine"):
                self.client.remove_volume(one["Name"], force=True)

    def _ours(self) -> dict[str, list[str]]:
        return {"label": [f"{key}={self._labels[key]}" for key in UNIQUE]}
