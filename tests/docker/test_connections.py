"""The connection to an engine: one that cannot be made, and one that falls silent."""

from __future__ import annotations

import contextlib
import select
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from workbench import Workbench

from mline_airflow.failures import StageError
from mline_airflow.runners import docker_follow
from mline_airflow.runners.docker_client import EngineError, connect
from mline_airflow.runners.docker_follow import Follower
from mline_airflow.runners.docker_runner import DockerRunner
from mline_airflow.runners.docker_settings import DockerSettings

if TYPE_CHECKING:
    from docker_engine import DockerEngine

Bench = Callable[..., Workbench]


def test_who_follows_a_stage_notices_that_a_remote_engine_is_gone(
    docker_engine: DockerEngine,
) -> None:
    if docker_engine.certificates is None:
        pytest.skip("another engine has no certificates of ours")
    files = {n: str(docker_engine.certificates / f"{n}.pem") for n in ("ca", "cert", "key")}
    client = connect(DockerSettings(url=docker_engine.tcp, **files))
    container = client.create_container(docker_engine.image("busybox"), ["true"])["Id"]
    try:
        follower = Follower(client, container)
        waiting = client._get_raw_response_socket(follower._end)
        for one in (follower._socket, waiting):
            assert one.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            assert one.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 60
            assert one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        follower.close()
    finally:
        client.remove_container(container, force=True)
        client.close()


@contextlib.contextmanager
def passing_on(engine: str, path: Path) -> Iterator[threading.Event]:
    """Listen at a socket for an engine; from when the event is set, accept and say nothing."""
    silent, over = threading.Event(), threading.Event()

    class Passing(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.socket(socket.AF_UNIX) as behind:
                behind.connect(engine.removeprefix("unix://"))
                both = {self.request: behind, behind: self.request}
                while both and not over.is_set():
                    for one in select.select(list(both), [], [], 0.1)[0]:
                        if silent.is_set():
                            over.wait()
                        elif data := one.recv(1 << 16):
                            both[one].sendall(data)
                        else:
                            return

    class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
        daemon_threads = True

    with Server(str(path), Passing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield silent
        over.set()
        server.shutdown()


@pytest.mark.timeout(120)
def test_an_engine_that_hangs_ends_the_stage(
    tmp_path: Path,
    docker_engine: DockerEngine,
    client: Any,
    ours: dict[str, list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(docker_follow, "_SILENCE", 0.5)
    monkeypatch.setattr(docker_follow, "_PATIENCE", 0.5)
    place = tmp_path / "engine.sock"
    settings = DockerSettings(url=f"unix://{place}", files="archive")
    here = Workbench(tmp_path, lambda: DockerRunner(settings, lambda: connect(settings, 2)))
    here.defaults = {"runner": "docker", "image": docker_engine.image("busybox")}
    here.task("s", {"run": "echo begun; sleep 600"})
    with passing_on(docker_engine.host, place) as silent:

        def log(line: str) -> None:
            here.lines.append(line)
            if line == "begun":
                silent.set()

        with pytest.raises(EngineError, match=r"the Docker Engine does not answer: .*timed out"):
            here.run("s", log=log)
    assert "could not be removed yet" in here.log
    for left in client.containers(all=True, filters=ours):
        client.remove_container(left["Id"], force=True, v=True)


def test_a_silent_stage_of_an_engine_that_answers_goes_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docker_follow, "_SILENCE", 0.1)
    here = bench()
    here.task("s", {"run": "sleep 1; echo done"})
    here.run("s")
    assert "done" in here.lines


@pytest.mark.timeout(60)
def test_an_engine_with_a_slow_clock_does_not_hold_a_stage_that_was_killed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = bench()
    here.task("s", {"run": "exit 137"}, resources={"memory": "64Mi"})
    right = time.time
    monkeypatch.setattr("time.time", lambda: right() + 3600)
    with pytest.raises(StageError, match=r"failed with exit status 137 \(SIGKILL\)"):
        here.run("s")


@pytest.mark.parametrize(
    ("settings", "variables", "told"),
    [
        ({"url": "tcp://here:1", "ca": "/none/ca.pem"}, {}, "there is no file '/none/ca.pem'"),
        (
            {},
            {"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "/none"},
            "the TLS of the Docker Engine: there is no file '/none/ca.pem'",
        ),
        ({}, {"DOCKER_CERT_PATH": "/none"}, "the Docker Engine of DOCKER_HOST: its TLS: Path to"),
        (
            {"url": "tcp://here:port"},
            {},
            "'tcp://here:port' is no address of a Docker Engine, such as .*'port'",
        ),
        ({}, {"DOCKER_HOST": "tcp://here"}, "'tcp://here' is no address .*port is required"),
    ],
)
def test_settings_that_lead_to_no_engine_are_told(
    settings: dict[str, Any],
    variables: dict[str, str],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("DOCKER_HOST", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ({"DOCKER_HOST": "tcp://127.0.0.1:9"} | variables).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(EngineError, match=told):
        connect(DockerSettings(**settings))
