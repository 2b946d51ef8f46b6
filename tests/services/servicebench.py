"""One service in a project of its own, for the tests of every place."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mline_airflow.artifacts import Artifact, ArtifactStore
from mline_airflow.records import Address, Record, Records
from mline_airflow.services.place import Place, place_for
from mline_airflow.services.task import ServiceContext, run_start, run_stop
from mline_airflow.services.values import Instance

SERVER = """
import http.server, os, signal, sys, threading

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.lstrip("/")
        body = os.environ.get(name, "").encode()
        if name == "file":
            body = open("greeting.txt", "rb").read()
        self.send_response(503 if name == "broken" else 200)
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass

signal.signal(signal.SIGTERM, lambda *_: (print("stopping", flush=True), os._exit(0)))
print("a first line", flush=True)
host, port = sys.argv[1], int(sys.argv[2])
server = http.server.ThreadingHTTPServer((host, port), Handler)
print("listening on", port, flush=True)
server.serve_forever()
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(condition: Callable[[], Any], seconds: float = 30, what: str = "") -> Any:
    """Return the first true value of `condition`; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds} s: {what or condition}")
        time.sleep(0.05)
    return value


class ServiceBench:
    """A plan with the service `web`; subclasses say where it runs."""

    runner = ""
    host = "127.0.0.1"
    python = sys.executable
    image = ""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "project"
        self.root.mkdir()
        self.store = ArtifactStore(str(folder / "store"))
        self.services = folder / "services"
        self.lines: list[str] = []
        self.port = free_port()
        self.profile: dict[str, Any] = {"name": "here", "runner": self.runner}
        self.place: Place = self.make_place()

    def make_place(self) -> Place:
        return place_for(self.runner, self.profile, self.services)

    def service(self, **more: Any) -> dict[str, Any]:
        made = {
            "id": "web",
            "type": "core.Service",
            "runner": self.runner,
            "command": [self.python, "server.py", self.host, str(self.port)],
            "files": [
                {"text": SERVER, "to": "server.py"},
                {"text": "hello from a file", "to": "greeting.txt"},
            ],
            "offers": {"http": {"port": self.port, "scheme": "http"}},
            "ready": [{"endpoint": "http", "http": "/", "within": 20.0}],
            "scope": "run",
            "used_by": ["fit"],
            "start": "web__start",
            "stop": "web__stop",
        }
        if self.image:
            made["image"] = self.image
        made.update(more)
        return {key: value for key, value in made.items() if value is not None}

    def plan(self, **more: Any) -> Any:
        service = self.service(**more)
        name = service["id"]
        ends = [
            {"id": f"{name}__{kind}", "kind": kind, "upstream": [], "service": name}
            for kind in ("start", "stop")
        ]
        return {
            "plan": 1,
            "language": 1,
            "experiment": "exp",
            "path": "exp.mline.yaml",
            "project": "demo",
            "profile": self.profile,
            "params": {"word": {"type": "string", "default": "by default"}},
            "tasks": ends,
            "groups": [],
            "services": [service],
            "entities": {},
            "types": {},
            "libraries": {},
            "tests": {},
        }

    def context(self, run: str = "run-1", **more: Any) -> ServiceContext:
        settings: dict[str, Any] = {"lease": 60.0, "log": self.lines.append, **more}
        return ServiceContext(
            store=self.store, root=self.root, run=run, place=self.place, **settings
        )

    def start(self, plan: Any, run: str = "run-1", **more: Any) -> Record:
        return run_start(plan, plan["tasks"][0], self.context(run, **more))

    def stop(self, plan: Any, run: str = "run-1", **more: Any) -> Record:
        return run_stop(plan, plan["tasks"][1], self.context(run, **more))

    def record(self, task: str, run: str = "run-1") -> Record:
        found = Records(self.store).one(Address("exp", run, task))
        assert found is not None
        return found

    def kept_log(self, record: Record) -> str:
        return self.store.read(Artifact.from_json(record["log"])).decode()

    def instances(self) -> list[Instance]:
        """What there is, of this bench alone."""
        return [one for one in self.place.find() if one.store == self.store.url]

    def crash(self, instance: Instance) -> None:
        """Kill the service as the system would."""
        raise NotImplementedError

    def close(self) -> None:
        """End whatever a test left."""
        for one in self.instances():
            self.place.end(one)
            for run in {one.run, *one.users}:
                self.place.leave(one, run)
            self.place.remove(one)

    @property
    def log(self) -> str:
        return "\n".join(self.lines)


class ProcessBench(ServiceBench):
    runner = "process"

    def crash(self, instance: Instance) -> None:
        import os
        import signal

        os.killpg(int(instance.where.split()[-1]), signal.SIGKILL)


class DockerBench(ServiceBench):
    runner = "docker"
    host = "0.0.0.0"
    python = "python3"

    def __init__(self, folder: Path, engine: Any) -> None:
        self.engine = engine
        self.image = engine.image("python")
        super().__init__(folder)

    def make_place(self) -> Place:
        self.profile["docker"] = {"url": self.engine.host}
        return super().make_place()

    def crash(self, instance: Instance) -> None:
        client = self.engine.client()
        try:
            client.kill(instance.where.split()[-1])
        finally:
            client.close()
