"""Stages as processes of this machine: no container, the user's own rights.

So it is off unless it was allowed where this runs; whoever makes a `ProcessRunner` has asked.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mline_airflow.artifacts import Artifact, ArtifactStore
from mline_airflow.dag_factory.plan import Task
from mline_airflow.failures import StageError
from mline_airflow.stages.job import Job
from mline_airflow.stages.workspace import collect_folder, lay_out

from .lines import LineReader, Masker
from .process_python import digest_of
from .process_reason import missing_program, not_passed, not_started
from .runner import Identity, Log
from .stage_folder import StageFolder, sweep_once

NAME = "process"
_GRACE = 5.0
_DRAIN = 2.0
_GUARD = Path(__file__).with_name("guard.py")
# The worker's own environment has connections and keys: a stage gets only what a shell would need.
_INHERITED = frozenset(
    [
        "HOME",
        "LANG",
        "LANGUAGE",
        "LOGNAME",
        "PATH",
        "SHELL",
        "TERM",
        "TZ",
        "USER",
        "VIRTUAL_ENV",
        "CONDA_PREFIX",
        "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "CUDA_HOME",
        "CUDA_PATH",
        "CUDA_VISIBLE_DEVICES",
        "NVIDIA_VISIBLE_DEVICES",
        "OMP_NUM_THREADS",
        "MKL_NUM_THREADS",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "http_proxy",
        "https_proxy",
        "no_proxy",
    ]
)
_NOT_HONOURED = ("image", "resources")


class ProcessRunner:
    """Runs a stage below a temporary folder that is laid out as `/mline` is in a container."""

    def __init__(self, python: str | None = None, *, grace: float = _GRACE) -> None:
        self.python = python or sys.executable
        self.grace = grace
        self._made: StageFolder | None = None
        self._killed = threading.Event()
        self._lifeline: int | None = None

    def identity(self, task: Task) -> Identity:  # noqa: ARG002 - the same for every task
        """Say which Python this is and what is installed beside it."""
        return Identity(NAME, environment=digest_of(self.python))

    def prepare(self, job: Job, store: ArtifactStore) -> None:
        """Make the folder and fill it."""
        sweep_once()
        self._made = StageFolder()
        lay_out(job, store, self._made.path)

    def execute(self, job: Job, log: Log) -> None:
        """Run the stage; its standard output and error are one stream, in order."""
        root = self._folder()
        environment = {**self._inherited(), **job.environment(str(root))}
        argv = job.argv(str(root), self.python)
        reader = LineReader(log, Masker(job.masked))
        if (missing := missing_program(argv[0], root / "code", environment)) is not None:
            raise not_started(job, argv[0], missing)
        end = self._run(job, argv, environment, reader)
        _judge(job, argv, end, reader, killed=self._killed.is_set())

    def collect(self, job: Job, store: ArtifactStore) -> Mapping[str, Artifact]:
        """Store what lies in `out/`."""
        return collect_folder(job, store, self._folder())

    def details(self) -> Mapping[str, Any]:
        """Name this machine."""
        return {"host": socket.gethostname()}

    def kill(self) -> None:
        """Ask the guard to end the whole process group."""
        self._killed.set()
        self._ask(b"t")

    def close(self) -> None:
        """Remove the folder."""
        if self._made is not None:
            self._made.remove()
            self._made = None

    @staticmethod
    def not_honoured(task: Task) -> list[str]:
        """Return the keys of a stage that have no effect here."""
        return [key for key in _NOT_HONOURED if task.get(key)]

    def _folder(self) -> Path:
        if self._made is None:
            raise RuntimeError("prepare comes first")
        return self._made.path

    def _inherited(self) -> dict[str, str]:
        own = {k: v for k, v in os.environ.items() if k in _INHERITED or k.startswith("LC_")}
        folder = str(Path(self.python).parent)
        own["PATH"] = os.pathsep.join([folder, own.get("PATH", os.defpath)])
        scratch = self._folder() / "tmp"
        scratch.mkdir(exist_ok=True)
        own["TMPDIR"] = str(scratch)
        return own

    def _ask(self, what: bytes) -> None:
        lifeline = self._lifeline
        if lifeline is not None:
            with contextlib.suppress(OSError):
                os.write(lifeline, what)

    def _run(
        self, job: Job, argv: list[str], environment: dict[str, str], reader: LineReader
    ) -> _End:
        deadline = None if job.timeout is None else time.monotonic() + job.timeout
        life_in, life_out = os.pipe()
        status_in, status_out = os.pipe()
        try:
            process = self._start(argv, environment, life_in, status_out)
        except (OSError, ValueError) as error:
            os.close(life_out)
            os.close(status_in)
            raise not_passed(job, argv, environment, error) from error
        finally:
            os.close(life_in)
            os.close(status_out)
        try:
            self._lifeline = life_out
            if self._killed.is_set():
                self._ask(b"k")
            return _Watch(self._ask, process, status_in, reader).until(deadline)
        finally:
            # Closing the lifeline ends the stage, should it still run.
            self._lifeline = None
            os.close(life_out)
            process.wait()
            os.close(status_in)

    def _start(
        self, argv: list[str], environment: dict[str, str], life_in: int, status_out: int
    ) -> subprocess.Popen[bytes]:
        """Start the guard, which starts the stage."""
        root = self._folder()
        guard = [sys.executable, "-I", "-S", str(_GUARD), str(life_in), str(status_out)]
        return subprocess.Popen(
            [*guard, str(self.grace), str(root), *argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=root / "code",
            env=environment,
            pass_fds=(life_in, status_out),
            start_new_session=True,
            bufsize=0,
        )


class _End:
    """How a stage ended, as the guard tells."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.errno: int | None = None
        self.process: int | None = None
        self.timed_out = False

    def take(self, text: str) -> None:
        """Take one line of the guard's."""
        word, _, number = text.partition(" ")
        if word == "exit":
            self.status = int(number)
        elif word == "failed":
            self.errno = int(number)
        elif word == "started":
            self.process = int(number)


class _Watch:
    """Reads a stage's output and its guard's words until it has ended."""

    def __init__(
        self,
        ask: Callable[[bytes], None],
        process: subprocess.Popen[bytes],
        status: int,
        reader: LineReader,
    ) -> None:
        self.ask = ask
        self.process = process
        self.status = status
        self.reader = reader
        self.end = _End()
        self._words = b""

    def until(self, deadline: float | None) -> _End:
        """Read until both the log and the guard are silent, or the deadline has passed."""
        output = self.process.stdout
        if output is None:
            raise RuntimeError("the process was started without a pipe")
        guarded = True
        with output, selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            selector.register(self.status, selectors.EVENT_READ)
            while selector.get_map():
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    if not guarded:
                        break  # something that left the group still holds the log open
                    self.end.timed_out = True
                    self.ask(b"t")
                    deadline = left = None
                for key, _ in selector.select(left):
                    if not self._read(key.fd):
                        selector.unregister(key.fileobj)
                        if key.fd == self.status:
                            guarded, deadline = False, self._unguarded()
        self.reader.end()
        return self.end

    def _unguarded(self) -> float:
        """Return until when to read on. A guard that was killed told no end: end the stage then."""
        if self.end.status is None and self.end.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.end.process, signal.SIGKILL)
        return time.monotonic() + _DRAIN

    def _read(self, descriptor: int) -> bool:
        data = os.read(descriptor, 1 << 16)
        if descriptor != self.status:
            self.reader.feed(data)
            return bool(data)
        *lines, self._words = (self._words + data).split(b"\n")
        for line in lines:
            self.end.take(line.decode("ascii"))
        return bool(data)


def _judge(job: Job, argv: list[str], end: _End, reader: LineReader, *, killed: bool) -> None:
    if end.errno is not None:
        raise not_started(job, argv[0], end.errno)
    if end.status == 0 and not end.timed_out and not killed:
        return
    last = tuple(reader.last)
    if end.timed_out:
        reason, code = f"ran longer than {job.timeout:g} s and was ended", "stage-timeout"
    elif killed:
        reason, code = "was ended", "stage-killed"
    elif end.status is None:
        reason, code = "lost its process", "stage-failed"
    else:
        reason, code = f"failed with {exit_text(end.status)}", "stage-failed"
    tail = "".join(f"\n  {line}" for line in last)
    raise StageError(
        f"stage '{job.name}' {reason}{tail}", code=code, exit_status=end.status, last_lines=last
    )


def exit_text(status: int) -> str:
    """Return an exit status as a person reads it."""
    if status >= 0:
        return f"exit status {status}"
    name = signal.Signals(-status).name if -status in {s.value for s in signal.Signals} else "?"
    hint = ", perhaps for want of memory" if name == "SIGKILL" else ""
    return f"signal {-status} ({name}{hint})"
