"""Services that are plain commands, as processes of this machine.

Each instance has a folder `SLUG` below the folder of services: `instance.json`, what its keeper
writes (see `keeper`), `files/` and `tmp/`. A process is known by its number and its start, so
nothing else is ever signalled.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from mline_airflow.stages.workspace import remove_tree

from .hidden import end_of
from .locks import file_lock
from .pid import is_alive, signal_group
from .process_environment import environment_for, environment_in, public_variables
from .process_exec import run_beside
from .process_launch import launch
from .process_state import (
    as_known,
    exit_in,
    leases_in,
    number_in,
    processes_in,
    write_whole,
)
from .spec import Spec
from .values import Exit, Instance, ServiceError, addresses

NAME = "process"
HOST = "127.0.0.1"
_GRACE = 10.0
_KILLED_WITHIN = 5.0
_POLL = 0.02
_PIECE = 1 << 20


class ProcessPlace:
    """Runs services as process groups of this user, below one folder."""

    name = NAME

    def __init__(self, folder: Path, *, grace: float = _GRACE) -> None:
        self.folder = folder
        self.grace = grace
        self._given: dict[str, Mapping[str, str]] = {}
        """The environments of what this place has started, by instance."""

    @contextlib.contextmanager
    def lock(self, slug: str) -> Iterator[None]:
        """Hold a lock file; the system lets go of it when this process ends."""
        with file_lock(self.folder, slug):
            yield

    def create(self, spec: Spec) -> Instance:
        """Start the command under a keeper of its own."""
        self._check_ports(spec)
        argv = [*spec.entrypoint, *(spec.command or ())]
        home = self.folder / spec.slug
        _remove(home)
        (home / "users").mkdir(mode=0o700, parents=True)
        id_ = secrets.token_hex(8)
        try:
            work = self._lay_out(spec, home)
            (home / "tmp").mkdir()
            environment = environment_for(spec, home, HOST)
            self._describe(spec, home, id_)
            self._write_lease(home, spec.run, time.time() + spec.first_lease)
            launch(spec, home, work, environment, argv, self.grace)
        except BaseException:
            self._end(home)
            _remove(home)
            raise
        found = self.get(id_)
        if found is None:
            raise ServiceError(f"service '{spec.id}' lost its folder {home}")
        self._given[id_] = environment
        return found

    def join(self, instance: Instance, run: str) -> None:
        """Do nothing: loopback is there for every run."""

    def leave(self, instance: Instance, run: str) -> None:
        """Do nothing."""

    def find(self, slug: str | None = None) -> list[Instance]:
        """Read the folders of instances."""
        pattern = f"{slug}/instance.json" if slug else "*/instance.json"
        found = (self._read(path.parent) for path in sorted(self.folder.glob(pattern)))
        return [instance for instance in found if instance is not None]

    def get(self, instance: str) -> Instance | None:
        """Look through all folders."""
        return next((one for one in self.find() if one.id == instance), None)

    def log(self, instance: Instance) -> bytes:
        """Read the log file; of a very long one, the end."""
        return end_of(self.follow(instance)())

    def follow(self, instance: Instance) -> Callable[[], Iterator[bytes]]:
        """Read the log file from where the last call ended to where it ends now."""
        path = self.folder / instance.slug / "log"
        position = 0

        def new() -> Iterator[bytes]:
            nonlocal position
            with contextlib.suppress(OSError), path.open("rb") as file:
                end = os.fstat(file.fileno()).st_size
                file.seek(position)
                while piece := file.read(min(_PIECE, end - position)):
                    position += len(piece)
                    yield piece

        return new

    def listens(self, instance: Instance, endpoint: str, port: int) -> bool:  # noqa: ARG002
        """Try to connect."""
        host, reached = self.reach(instance, endpoint)
        with contextlib.suppress(OSError), socket.create_connection((host, reached), 1):
            return True
        return False

    def reach(self, instance: Instance, endpoint: str) -> tuple[str, int]:
        """Return loopback and the offered port."""
        address = instance.endpoints[endpoint]
        return str(address["host"]), int(address["port"])

    def execute(
        self, instance: Instance, command: Sequence[str], seconds: float
    ) -> tuple[int, str]:
        """Run a command with the service's directory and environment."""
        home = self.folder / instance.slug
        # A file has no secrets: only who has started it knows all that it was given.
        environment = self._given.get(instance.id) or environment_in(home)
        try:
            status, output = run_beside(command, home / "files", environment, seconds)
        except OSError as error:
            if isinstance(error, TimeoutError):
                return 124, f"no answer within {seconds:g} s"
            return 127, f"{command[0]}: {error.strerror}"
        return status, output.decode("utf-8", "replace")

    def renew(self, instance: Instance, run: str, expires: float) -> None:
        """Write a run's lease."""
        home = self.folder / instance.slug
        found = self._read(home)
        if found is not None and found.id == instance.id:
            self._write_lease(home, run, expires)

    def end(self, instance: Instance) -> Exit:
        """Ask the keeper, which asks the service; then end whatever is left."""
        return self._end(self.folder / instance.slug)

    def remove(self, instance: Instance) -> None:
        """Remove the folder."""
        self._given.pop(instance.id, None)
        home = self.folder / instance.slug
        found = self._read(home)
        if found is not None and found.id == instance.id:
            _remove(home)

    # -- starting --------------------------------------------------------------------------------

    def _check_ports(self, spec: Spec) -> None:
        for endpoint, offer in spec.service["offers"].items():
            port = offer["port"]
            if not _is_free(port):
                others = [one for one in self.find() if one.alive and _has_port(one, port)]
                who = f": {others[0]} has it" if others else " by another program"
                message = (
                    f"service '{spec.id}' cannot start: its port {port} ('{endpoint}') is taken "
                    f"on this machine{who}"
                )
                raise ServiceError(message, code="port-taken")

    def _lay_out(self, spec: Spec, home: Path) -> Path:
        work = home / "files"
        if spec.files is None:
            work.mkdir()
            return work
        bundle = home / "bundle"
        spec.store.get(spec.files.artifact, bundle)
        (bundle / "code").rename(work)
        _remove(bundle)
        return work

    def _describe(self, spec: Spec, home: Path, id_: str) -> None:
        ports = {name: offer["port"] for name, offer in spec.service["offers"].items()}
        endpoints = addresses(spec.service["offers"], HOST, ports)
        told = {
            "id": id_,
            "slug": spec.slug,
            "experiment": spec.experiment,
            "run": spec.run,
            "service": spec.id,
            "scope": spec.service["scope"],
            "store": spec.store.url,
            "endpoints": endpoints,
            "secrets": spec.secrets,
            "variables": public_variables(spec, HOST),
        }
        write_whole(home / "instance.json", json.dumps(told, indent=1))

    # -- looking ---------------------------------------------------------------------------------

    def _read(self, home: Path) -> Instance | None:
        try:
            told = json.loads((home / "instance.json").read_text("utf-8"))
        except (OSError, ValueError):
            return None
        ended = exit_in(home)
        processes = processes_in(home)
        child, known = processes.get("child", (0, ""))
        alive = ended is None and bool(child) and is_alive(child, known)
        if ended is None and processes and not alive:
            # Its keeper, if that lives, is about to write how it ended.
            keeper = processes.get("keeper", (0, ""))
            _until(lambda: exit_in(home) is not None or not is_alive(*keeper), _KILLED_WITHIN)
            ended = exit_in(home) or Exit("gone")
        return Instance(
            **{key: told[key] for key in _TOLD},
            secrets=tuple(told.get("secrets", ())),
            runner=NAME,
            where=f"process {child}",
            alive=alive,
            exit=ended,
            users=leases_in(home),
        )

    # -- ending ----------------------------------------------------------------------------------

    def _end(self, home: Path) -> Exit:
        processes = processes_in(home)
        keeper, child = processes.get("keeper", (0, "")), processes.get("child", (0, ""))
        if not processes:
            # Its starter was killed half-way: what the keeper wrote is all that is known.
            keeper = as_known(number_in(home / "keeper"))
            child = as_known(number_in(home / "child"))
        before = exit_in(home)
        if keeper[0] and is_alive(*keeper):
            with contextlib.suppress(ProcessLookupError):
                os.kill(keeper[0], signal.SIGTERM)
            _until(lambda: not is_alive(*keeper), self.grace + _KILLED_WITHIN)
        if child[0] and signal_group(*child, signal.SIGTERM):
            _until(lambda: not is_alive(*child), self.grace)
            signal_group(*child, signal.SIGKILL)
            _until(lambda: not is_alive(*child), _KILLED_WITHIN)
            return before or exit_in(home) or Exit("stopped")
        return before or exit_in(home) or Exit("gone")

    def _write_lease(self, home: Path, run: str, expires: float) -> None:
        path = home / "users" / quote(run, safe="")
        if expires:
            write_whole(path, repr(expires))
        else:
            path.unlink(missing_ok=True)


_TOLD = ("id", "slug", "experiment", "run", "service", "scope", "store", "endpoints")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            return True  # the service may be allowed what we are not
        except OSError:
            return False
    return True


def _has_port(instance: Instance, port: int) -> bool:
    return any(address["port"] == port for address in instance.endpoints.values())


def _remove(path: Path) -> None:
    if path.exists():
        remove_tree(path)


def _until(condition: Any, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL)
    return True
