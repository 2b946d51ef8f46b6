"""Airflow's processes of a quickstart: started together, ended together, none left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import psutil  # Airflow has it

from .state import MARK

COMPONENTS = {
    "api-server": ("api-server",),
    "scheduler": ("scheduler",),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer",),
}
# The triggerer would take ten, and nothing waits to be saved.
GRACE_SECONDS = 5.0
_LAST_LINES = 15


class ProcessError(Exception):
    """A process of Airflow ended by itself; the text has the end of its log."""


class Processes:
    """The components of one Airflow, each in a process group of its own."""

    def __init__(self, environment: dict[str, str], logs: Path) -> None:
        self._environment = environment
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def airflow(self, *arguments: str, log: str) -> int:
        """Run one command of Airflow to its end and return its exit status."""
        process = self._spawn(arguments, log)
        self._running[log] = process
        try:
            return process.wait()
        finally:
            del self._running[log]

    def start(self, components: Iterable[str] = COMPONENTS) -> None:
        """Start every component, or those that are named."""
        for name in components:
            self._running[name] = self._spawn(COMPONENTS[name], name)

    def check(self) -> None:
        """Raise ProcessError when a component has ended."""
        for name, process in self._running.items():
            status = process.poll()
            if status is not None:
                message = f"{name} ended with status {status}\n{self.last_lines(name)}"
                raise ProcessError(message)

    def last_lines(self, log: str) -> str:
        """Return the end of a component's log."""
        with contextlib.suppress(OSError):
            text = self._path(log).read_text("utf-8", errors="replace")
            return "\n".join(text.splitlines()[-_LAST_LINES:])
        return ""

    def stop(self) -> None:
        """End every process, the executor's workers and their tasks too."""
        for process in self._running.values():
            _signal_group(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        for process in self._running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
        for process in self._running.values():
            _signal_group(process.pid, signal.SIGKILL)
            process.wait()
        self._running.clear()
        end_all(self._environment[MARK])

    def _spawn(self, arguments: Iterable[str], log: str) -> subprocess.Popen[bytes]:
        self._logs.mkdir(parents=True, exist_ok=True)
        with self._path(log).open("wb") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "airflow", *arguments],
                env=self._environment,
                cwd=self._logs.parent,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # A group of its own: Ctrl-C reaches us alone, and a whole group can be ended.
                start_new_session=True,
                umask=0o077,
            )

    def _path(self, log: str) -> Path:
        return self._logs / f"{log}.log"


def end_all(mark: str) -> None:
    """End every process that carries the mark: tasks in sessions of their own, old leftovers.

    Tasks start their own sessions, and a quickstart that was killed left everything running; the
    mark in the environment finds them all, and nothing else.
    """
    found = [p for p in psutil.process_iter() if p.pid != os.getpid() and _has_mark(p, mark)]
    for process in found:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    _, alive = psutil.wait_procs(found, timeout=GRACE_SECONDS)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=GRACE_SECONDS)


def _has_mark(process: psutil.Process, mark: str) -> bool:
    try:
        return bool(process.environ().get(MARK) == mark)
    except (psutil.Error, OSError):
        return False


def _signal_group(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
