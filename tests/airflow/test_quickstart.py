"""The quickstart: a first run that was interrupted, taken ports, rubbish; then a good one."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import psutil
import pytest
from airflow_home import EXPERIMENTS, migrated, wait_for

from mline_airflow.quickstart.state import MARK, InUseError, State, free_ports


def command(state: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "mline_airflow.quickstart", "basic"),
        *("--project", str(EXPERIMENTS), "--state", str(state)),
    ]


def start(state: Path, log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen(
            command(state),
            env={**os.environ, "ONCE": "1", "AIRFLOW__CORE__EXECUTOR": "NoSuchExecutor"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def running(state: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get(MARK) == str(state):
                found.append(process)
    return found


@contextlib.contextmanager
def taken(port: int) -> Iterator[None]:
    """Hold a port, unless something else of this machine does already."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            holder.bind(("127.0.0.1", port))
            holder.listen()
        yield


def test_it_runs_an_experiment_whatever_was_there_before(tmp_path: Path) -> None:
    state, log = tmp_path / "state", tmp_path / "log"
    state.mkdir()
    (state / "airflow.db").write_bytes(b"rubbish")
    (state / "prepared").write_text("some other version")

    # Killed while it starts: nothing of it may stay, and the next one goes on.
    first = start(state, log)
    wait_for(lambda: len(running(state)) >= 4, 90, "Airflow's processes are there")
    first.kill()
    first.wait()
    assert running(state), "a killed parent cannot end its children"

    with taken(8080), taken(8793):
        second = start(state, log)
        assert second.wait(200) == 0, log.read_text()
    assert running(state) == []
    text = log.read_text()
    assert "✓ count: success" in text
    for words in ("Stages", "Metrics", "length", "Artifacts", "TextFile", "user: admin"):
        assert words in text
    assert "http://127.0.0.1:8080" not in text
    for path in state.iterdir():
        readable = path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH)
        assert not readable or path.name not in {"passwords.json", "secrets.json", "airflow.cfg"}
    assert stat.S_IMODE(state.stat().st_mode) == 0o700


def test_at_a_terminal_it_stays_until_it_is_interrupted(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    migrated(state, sys.executable, version("apache-airflow"))
    State(state, EXPERIMENTS).prepared()
    ours, theirs = pty.openpty()
    environment = {k: v for k, v in os.environ.items() if k != "ONCE"}
    with subprocess.Popen(
        command(state), env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        shown = b""
        while b"Ctrl-C ends it." not in shown:
            assert process.poll() is None, shown.decode()
            shown += os.read(ours, 65536)
        assert b"basic: running" in shown
        # Whatever name a process gave itself: the mark finds all of them.
        started = psutil.Process(process.pid).children(recursive=True)
        found = {one.pid for one in running(state)}
        # One that came and went meanwhile is no loss.
        unfound = [one for one in started if one.pid not in found and _lives(one)]
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(OSError):  # the terminal is gone when the process is
            while os.read(ours, 65536):
                pass
        assert process.wait(60) == 0
    os.close(ours)
    assert running(state) == []
    assert len(found) > 4
    assert not unfound


def _lives(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def test_a_second_one_on_the_same_folder_says_where_the_first_is(tmp_path: Path) -> None:
    state = State(tmp_path / "state", tmp_path)
    with state.locked(), pytest.raises(InUseError), state.locked():
        pass


def test_ports_that_are_taken_are_replaced(tmp_path: Path) -> None:
    with taken(8080):
        assert free_ports()["api"] != 8080


def test_a_misspelt_experiment_is_told_before_anything_starts(tmp_path: Path) -> None:
    project, state = tmp_path / "project", tmp_path / "state"
    project.mkdir()
    (project / "basic.mline.yaml").write_text("mline: 1\nexperiment: basic\nstages: {}\n")
    words = ["basci", "--project", str(project), "--state", str(state), "--once"]
    command = [sys.executable, "-m", "mline_airflow.quickstart", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 2, done.stderr
    assert "did you mean 'basic'?" in done.stdout
    assert not (state / "logs").exists()
