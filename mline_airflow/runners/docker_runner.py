"""Stages as containers of a Docker Engine, here or on another machine.

Code and inputs get to a created container before it starts, outputs from it after it ended; how
that is done depends on the engine (`docker_files`, `docker_shared`).
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from mline_airflow.artifacts import Artifact, ArtifactStore
from mline_airflow.dag_factory.plan import Task
from mline_airflow.failures import StageError
from mline_airflow.stages.job import Job
from mline_airflow.stages.references import ROOT

from . import docker_image
from .docker_client import EngineError, connect, is_gone, is_local, telling
from .docker_config import Config, compare
from .docker_files import Files, NotSharedError
from .docker_follow import Ended, Follower
from .docker_leftovers import worker_label
from .docker_limits import Limits
from .docker_memory import SIGKILLED, ran_out_of_memory
from .docker_own import OwnContainers
from .docker_reason import End, judge, not_started
from .docker_settings import DockerSettings
from .docker_shared import ways
from .docker_spec import (
    container_name,
    environment,
    host_config,
    image_of,
    labels,
    run_labels,
    start_of,
    with_entrypoint,
)
from .lines import LineReader, Masker
from .runner import Identity, Log

NAME = "docker"
_GRACE = 5


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
        self._files: Files | None = None
        self._own: OwnContainers | None = None
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
        """Remove what an earlier try left behind."""
        self._store = store
        self._labels = labels(job.plan, job.task) | run_labels(job, store) | worker_label()
        self._own = OwnContainers(self.client, job, self._labels, self._killed)
        self._own.remove_earlier()

    def execute(self, job: Job, log: Log) -> None:
        """Run the container to its end; what it prints is logged as it comes."""
        self._log = log
        image = self._image
        if image is None or image.name != image_of(job.task):
            image = docker_image.have(self.client, image_of(job.task), self.settings.pull, log)
        self._config = compare(job, image, self.settings)
        job = with_entrypoint(job, image)
        for files in ways(self.client, self.settings, self._labels):
            self._files = files
            try:
                end = self._run(job, image, log)
            except NotSharedError:
                self._remove()
                continue
            judge(job, end)
            return

    def collect(self, job: Job, store: ArtifactStore) -> Mapping[str, Artifact]:
        """Store the outputs of the container, which has ended."""
        if self._files is None:
            raise RuntimeError("execute comes first")
        return self._files.collect(self._known(), job, store)

    def details(self) -> Mapping[str, Any]:
        """Name the container and the engine's machine; say how it differs from its image."""
        found: dict[str, Any] = {} if self._config is None else {"image_config": self._config}
        if self._container is not None:
            found["container"] = self._container[:12]
            # The record has this machine's name already.
            if not is_local(self.client):
                # That it is away now is no failure of the stage.
                with contextlib.suppress(EngineError), telling("the Docker Engine"):
                    found["host"] = self.client.info()["Name"]
        return found

    def kill(self) -> None:
        """Stop the container, from any thread or a signal handler."""
        self._killed.set()
        container = self._container
        if self._started and container is not None:
            with contextlib.suppress(EngineError):  # an engine that is away has stopped it
                self._stop(container)

    def close(self) -> None:
        """Remove the container with its volume and its folder."""
        try:
            self._remove()
        finally:
            if self._follower is not None:
                self._follower.join()
            if self._make_client is None and self._connected is not None:
                self._connected.close()
                self._connected = None

    def discard(self) -> None:
        """Remove the container, from any thread; whoever follows it sees that it is gone."""
        container, own, files = self._container, self._own, self._files
        if container is not None and own is not None and files is not None:
            files.empty(container)
            own.let_go(container, self._log)
            files.remove()

    def _remove(self) -> None:
        """Remove it, so that there can be another."""
        try:
            self.discard()
        finally:
            self._container = None
            if self._files is not None:
                self._files.remove()
                self._files = None

    # -- the container ---------------------------------------------------------------------------

    def _known(self) -> str:
        if self._container is None:
            raise RuntimeError("there is no container yet")
        return self._container

    def _run(self, job: Job, image: docker_image.Image, log: Log) -> End:
        """Make the container, give it its files and run it; NotSharedError asks for another way."""
        if self._files is None or self._own is None:
            raise RuntimeError("prepare comes first")
        if self._killed.is_set():
            return End(SIGKILLED, killed=True)
        entrypoint, command = start_of(job)
        argv = [*(entrypoint or image.entrypoint), *command]
        reader = LineReader(log, Masker(job.masked))
        try:
            self._container = self._own.create(
                self._description(job, image, entrypoint, command, log)
            )
            self._files.bring(self._container, job, self._store)
            return self._start(job, argv, reader)
        except (EngineError, StageError) as error:
            if not self._started and self._files.are_refused(f"{error} {error.__cause__}"):
                raise NotSharedError(str(error)) from error
            raise

    def _description(
        self,
        job: Job,
        image: docker_image.Image,
        entrypoint: list[str] | None,
        command: list[str],
        log: Log,
    ) -> dict[str, Any]:
        client, settings = self.client, self.settings
        limits = self._limits or Limits.of(job.task.get("resources", {}))
        mount = None if self._files is None else self._files.mount()
        with telling("the Docker Engine"):
            config = host_config(settings, mount) | limits.host_config(client, log)
            config["network_mode"] = self._network(job) or "default"
        return {
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

    def _network(self, job: Job) -> str | None:
        """Return the profile's network; a stage that uses services is in that of its run."""
        from mline_airflow.services.docker_network import network_of

        return network_of(job) or self.settings.network

    def _start(self, job: Job, argv: list[str], reader: LineReader) -> End:
        from docker.errors import APIError

        container, client = self._known(), self.client
        with telling(f"stage '{job.name}': its log"):
            follower = self._follower = Follower(client, container)
        try:
            if self._killed.is_set():
                return End(SIGKILLED, killed=True)
            try:
                with telling(f"stage '{job.name}': its container"):
                    client.start(container)
            except EngineError as error:
                if not isinstance(error.__cause__, APIError):
                    raise
                raise not_started(job, image_of(job.task), argv, error.__cause__) from error
            self._started = True
            if self._killed.is_set():
                self._stop(container)
            follower.start()
            return self._follow(job, follower, reader)
        finally:
            follower.close()

    def _follow(self, job: Job, follower: Follower, reader: LineReader) -> End:
        deadline = None if job.timeout is None else time.monotonic() + job.timeout
        timed_out = False
        while True:
            found = follower.next(deadline)
            if found is None:
                timed_out, deadline = True, None
                self._stop(self._known())
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
            full = ran_out_of_memory(self.client, self._known(), end.status)
        except EngineError as error:
            if not is_gone(error):
                raise
            return replace(end, gone=True)
        return replace(end, out_of_memory=full)

    def _stop(self, container: str) -> None:
        """End the container: a signal first, and some seconds to put things in order."""
        try:
            with telling("the Docker Engine"):
                self.client.stop(container, timeout=self.grace)
        except EngineError as error:
            if not is_gone(error):
                raise
