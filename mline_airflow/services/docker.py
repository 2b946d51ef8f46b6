"""Services as containers of a Docker Engine.

What an instance is lies in its container's labels, so that anyone with the engine finds it. Labels
never change; the leases of runs, which do, are small files in the container: `/mline/users/HASH`.
Nothing is mounted: a remote engine has none of this machine's folders.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import secrets
import tarfile
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from docker.errors import APIError, DockerException, NotFound  # noqa: TID253 - `place` imports us late

from mline_airflow.runners import docker_image
from mline_airflow.runners.docker_client import connect, explanation, telling
from mline_airflow.runners.docker_reason import NO_DEVICE
from mline_airflow.runners.docker_settings import DockerSettings
from mline_airflow.runners.lines import Masker
from mline_airflow.stages.references import ROOT

from .docker_container import SERVICE, arguments_of, files_archive, lease_archive
from .docker_exec import run_in
from .docker_here import is_here
from .docker_log import LogReader, log_of, no_log
from .docker_network import Networks
from .hidden import end_of
from .locks import file_lock
from .ready import stays_open
from .spec import Spec
from .values import Exit, Instance, ServiceError, addresses

P = ParamSpec("P")
T = TypeVar("T")

LogIn = Callable[[Any, str], None]
"""Logs a client in to the image registry of an Airflow connection, by its id."""

NAME = "docker"
_GRACE = 10
GARBAGE = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
"""What reading raises that others have written: labels of an image, files of a service."""
MOST = 1 << 20
"""Bytes of all the leases of a service: one has some hundred, and a thousand of padding."""
_LISTEN = "0A"
"""How Linux writes the state of a listening socket in /proc/net/tcp."""
_NO_NETWORK = re.compile(r"network \S+ not found")
_OWN = re.compile(r"^(?:0{24}01000000|(?:0{16}F{4}0{4}|0{16}0{4}F{4})?[0-9A-F]{6}7F)$")
"""Loopback in the same file: ::1, and 127.0.0.0/8 by itself or mapped into IPv6."""


def _told(method: Callable[P, T]) -> Callable[P, T]:
    """Let a method raise EngineError, with a sentence, when the engine does not answer."""

    @wraps(method)
    def telling_method(*args: P.args, **kwargs: P.kwargs) -> T:
        with telling("the Docker Engine"):
            return method(*args, **kwargs)

    return telling_method


class DockerPlace:
    """Runs services in one engine; the `docker` map of a profile says which."""

    name = NAME

    def __init__(
        self,
        client: Any,
        folder: Path,
        *,
        loopback: bool = True,
        settings: DockerSettings | None = None,
        log_in: LogIn | None = None,
        grace: int = _GRACE,
    ) -> None:
        self.client = client
        self.settings = settings or DockerSettings()
        self._log_in = log_in
        self.folder = folder
        self.loopback = loopback
        """Whether this process and the engine are on one machine, so that its ports are ours."""
        self.grace = grace
        self.networks = Networks(client, partial(file_lock, folder))

    @classmethod
    def of_profile(
        cls, profile: Mapping[str, Any], folder: Path, log_in: LogIn | None = None
    ) -> DockerPlace:
        """Connect to the engine that stages of this profile run in; raises MLineError."""
        settings = DockerSettings.from_profile(profile)
        client = connect(settings)
        place = cls(client, folder, loopback=is_here(client), settings=settings, log_in=log_in)
        # Nobody ends a place, so its connections end with it.
        weakref.finalize(place, client.close)
        return place

    @contextlib.contextmanager
    def lock(self, slug: str) -> Iterator[None]:
        """Hold a lock file of this machine."""
        with file_lock(self.folder, slug):
            yield

    @_told
    def create(self, spec: Spec) -> Instance:
        """Create a container in the run's network, put the files in, and start it."""
        try:
            return self._create(spec)
        except ServiceError as error:
            if not _NO_NETWORK.search(str(error)):
                raise
        # Somebody on another machine, whom no lock of ours holds, has just dropped it.
        return self._create(spec)

    def _create(self, spec: Spec) -> Instance:
        id_ = secrets.token_hex(8)
        try:
            self._have_image(spec.service.get("image", ""))
            with self.networks.held(spec.experiment, spec.run) as network:
                made = self.client.create_container(**self._arguments(spec, id_, network))
        except DockerException as error:
            self.networks.drop(spec.experiment, spec.run)
            raise _failure(spec, error) from error
        container = made["Id"]
        try:
            with files_archive(spec) as archive:
                self.client.put_archive(container, "/", archive)
            self.client.start(container)
            found = self.get(id_)
        except BaseException as error:
            self.client.remove_container(container, force=True, v=True)
            self.networks.drop(spec.experiment, spec.run)
            if isinstance(error, DockerException):
                raise _failure(spec, error) from error
            raise
        if found is None:
            raise ServiceError(f"service '{spec.id}' lost its container")
        return found

    @_told
    def join(self, instance: Instance, run: str) -> None:
        """Connect a shared instance to another run's network."""
        container = self._container_of(instance)
        self.networks.connect(container, instance.experiment, run, instance.service)

    @_told
    def leave(self, instance: Instance, run: str) -> None:
        """Disconnect it from a run's network; the network goes with its last container."""
        if instance.scope != "run":
            self.networks.disconnect(self._container_of(instance), instance.experiment, run)
        self.networks.drop(instance.experiment, run)

    @_told
    def find(self, slug: str | None = None) -> list[Instance]:
        """Look for labels."""
        labels = [SERVICE] if slug is None else [SERVICE, f"mline.slug={slug}"]
        return self._find(labels)

    @_told
    def get(self, instance: str) -> Instance | None:
        """Look for the label of one start."""
        return next(iter(self._find([SERVICE, f"mline.instance={instance}"])), None)

    @_told
    def log(self, instance: Instance) -> bytes:
        """Return what the engine kept; of a very long log, the end."""
        try:
            return end_of(log_of(self.client, self._container_of(instance)))
        except NotFound:
            return b""
        except APIError as error:
            return no_log(error)

    def follow(self, instance: Instance) -> Callable[[], Iterator[bytes]]:
        """Ask the engine for what it has not given yet."""
        return LogReader(self.client, self._container_of(instance))

    def listens(self, instance: Instance, endpoint: str, port: int) -> bool:
        """Connect to the published port; through a remote engine, look into the container."""
        reached = self.reach(instance, endpoint)
        if reached is not None:
            return stays_open(*reached)
        command = ["cat", "/proc/net/tcp", "/proc/net/tcp6"]
        _, output = self.execute(instance, command, 5)
        rows = [line.split() for line in output.splitlines()]
        ends = {row[1] for row in rows if len(row) > 3 and row[3] == _LISTEN}
        found = {end.rpartition(":")[0] for end in ends if end.endswith(f":{port:04X}")}
        return any(not _OWN.search(address) for address in found)

    def reach(self, instance: Instance, endpoint: str) -> tuple[str, int] | None:
        """Return the published port, when the engine is on this machine."""
        address = instance.endpoints.get(endpoint)
        return (str(address["host"]), int(address["port"])) if address else None

    def execute(
        self, instance: Instance, command: Sequence[str], seconds: float
    ) -> tuple[int, str]:
        """Run a command in the container."""
        try:
            status, output = run_in(self.client, self._container_of(instance), command, seconds)
        except TimeoutError:
            return 124, f"no answer within {seconds:g} s"
        except (APIError, OSError) as error:
            return 126, explanation(error) if isinstance(error, APIError) else str(error)
        return status, output.decode("utf-8", "replace")

    @_told
    def renew(self, instance: Instance, run: str, expires: float) -> None:
        """Write a run's lease into the container."""
        with contextlib.suppress(NotFound):
            self.client.put_archive(self._container_of(instance), "/", lease_archive(run, expires))

    @_told
    def end(self, instance: Instance) -> Exit:
        """Stop the container."""
        container = self._container_of(instance)
        try:
            before = self.client.inspect_container(container)["State"]
            if not before["Running"]:
                return _exit(before)
            self.client.stop(container, timeout=self.grace)
            after = self.client.inspect_container(container)["State"]
        except NotFound:
            return Exit("gone")
        return Exit("stopped", after["ExitCode"])

    @_told
    def remove(self, instance: Instance) -> None:
        """Remove the container, its volumes, and a network that is empty now."""
        try:
            self.client.remove_container(self._container_of(instance), force=True, v=True)
        except APIError as error:
            # 409: somebody on another machine, whom no lock of ours holds, is removing it.
            if error.response.status_code not in {404, 409}:
                raise
        for run in {instance.run, *instance.users}:
            self.networks.drop(instance.experiment, run)

    # -- making ----------------------------------------------------------------------------------

    def _have_image(self, image: str) -> None:
        """Pull an image if need be, as whoever the profile's connection says."""
        settings = self.settings
        may_pull = settings.pull == "always" or docker_image.inspect(self.client, image) is None
        if settings.connection and self._log_in is not None and may_pull:
            self._log_in(self.client, settings.connection)
        docker_image.have(self.client, image, settings.pull, lambda _: None)

    def _arguments(self, spec: Spec, id_: str, network: str) -> dict[str, Any]:
        loopback = "127.0.0.1" if self.loopback else None
        return arguments_of(
            self.client, self.settings, spec, id_=id_, network=network, publish_on=loopback
        )

    # -- looking ---------------------------------------------------------------------------------

    def _find(self, labels: list[str]) -> list[Instance]:
        found = []
        for one in self.client.containers(all=True, filters={"label": labels}):
            # Removed meanwhile; or no service of ours: labels come from images, too.
            with contextlib.suppress(NotFound, *GARBAGE):
                found.append(self._read(self.client.inspect_container(one["Id"])))
        return found

    def _read(self, told: Mapping[str, Any]) -> Instance:
        labels, state = told["Config"]["Labels"], told["State"]
        offers = json.loads(labels["mline.offers"])
        published = told["NetworkSettings"].get("Ports") or {}
        ports = {
            name: int(published[key][0]["HostPort"])
            for name, offer in offers.items()
            if published.get(key := f"{offer['port']}/tcp")
        }
        own = {name: offer["port"] for name, offer in offers.items()}
        return Instance(
            id=labels["mline.instance"],
            slug=labels["mline.slug"],
            experiment=labels["mline.experiment"],
            run=labels["mline.run"],
            service=labels[SERVICE],
            scope=labels["mline.scope"],
            runner=NAME,
            where=f"container {told['Id'][:12]}",
            alive=state["Running"],
            exit=None if state["Running"] or state["Status"] == "created" else _exit(state),
            users=self._leases(told["Id"], labels),
            store=labels.get("mline.store_url", ""),
            secrets=tuple(json.loads(labels.get("mline.secrets", "[]"))),
            endpoints=addresses(offers, "127.0.0.1", ports),
            inside=addresses(offers, labels[SERVICE], own),
        )

    def _leases(self, container: str, labels: Mapping[str, str]) -> dict[str, float]:
        try:
            chunks, _ = self.client.get_archive(container, f"{ROOT}/users")
            data = _within(chunks, MOST)
        except (NotFound, APIError):
            data = None
        if data is None:
            return {labels["mline.run"]: float(labels["mline.lease"])}
        leases = {}
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for member in archive:
                file = archive.extractfile(member) if member.isfile() else None
                if file is None:
                    continue
                # What the service itself has written there is no lease, and hides no other one.
                with contextlib.suppress(*GARBAGE):
                    told = json.load(file)
                    if told["expires"]:
                        leases[str(told["run"])] = float(told["expires"])
        return leases

    @staticmethod
    def _container_of(instance: Instance) -> str:
        return instance.where.rpartition(" ")[2]


def _within(chunks: Iterable[bytes], most: int) -> bytes | None:
    """Return what comes, or None when it is more than `most` bytes."""
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > most:
            return None
    return bytes(data)


def _exit(state: Mapping[str, Any]) -> Exit:
    status = state["ExitCode"]
    if state.get("OOMKilled"):
        return Exit("memory", status)
    # An engine writes what a signal ended as 128 and its number.
    status = 128 - status if status > 128 + 1 and status <= 128 + 31 else status
    return Exit("ended", status, state.get("Error") or "")


def _failure(spec: Spec, error: Exception) -> ServiceError:
    why = explanation(error) if isinstance(error, APIError) else str(error)
    why = Masker(spec.masked)(why)
    if NO_DEVICE.search(why):
        message = f"service '{spec.id}' wants a gpu, which the Docker Engine cannot give: {why}"
        return ServiceError(message, code="no-gpu")
    return ServiceError(f"service '{spec.id}' could not be started: {why}")
