"""What workers that were killed leave in an engine, and who removes it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from killable import WORKER, until

from mline_airflow.cli import main
from mline_airflow.runners.docker_leftovers import RunState, leftovers, worker_label
from mline_airflow.runners.docker_spec import store_label

if TYPE_CHECKING:
    from docker_engine import DockerEngine

Left = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def worker(docker_engine: DockerEngine, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker with a stage in a container that does not end by itself."""
    contract = Path(__file__).parent.parent / "contract"
    image = docker_engine.image("busybox")
    command = [sys.executable, "-c", WORKER, contract, tmp_path, docker_engine.host, image]
    process = subprocess.Popen(command)
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def project(docker_engine: DockerEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "reaped"
    folder.mkdir()
    profile = {"runner": "process", "docker": {"url": docker_engine.host}}
    text = f"mline: 1\nproject: reaped\nprofiles: {json.dumps({'here': profile})}\n"
    (folder / "mline.yaml").write_text(text)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("MLINE_SERVICES_FOLDER", str(tmp_path / "services"))


def reaped(capsys: pytest.CaptureFixture[str], container: str, *options: str) -> list[str]:
    """Run `mline reap` and return what it says of a container."""
    capsys.readouterr()
    assert main(["reap", "--json", *options]) == 0
    rows = json.loads(capsys.readouterr().out)
    return [one["reason"] for one in rows if one["where"] == f"container {container[:12]}"]


@pytest.mark.usefixtures("project")
def test_reap_removes_the_container_of_a_worker_that_is_gone_and_no_other(
    worker: subprocess.Popen[bytes],
    client: Any,
    ours: dict[str, list[str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    (found,) = until(lambda: client.containers(filters=ours))
    assert reaped(capsys, found["Id"]) == []
    assert len(client.containers(filters=ours)) == 1
    worker.kill()
    worker.wait()
    reason = "the process that waited for it is gone"
    assert reaped(capsys, found["Id"], "--dry-run") == [reason]
    assert len(client.containers(filters=ours)) == 1
    assert reaped(capsys, found["Id"]) == [reason]


@pytest.mark.usefixtures("worker")
def test_a_run_that_is_over_has_no_containers(
    client: Any, ours: dict[str, list[str]], tmp_path: Path
) -> None:
    (found,) = until(lambda: client.containers(filters=ours))
    store = store_label(str(tmp_path / "store"))[1]

    def left(state: RunState) -> list[str]:
        def state_of(experiment: str, run: str, of: str) -> RunState:
            return state if (experiment, run, of) == ("exp", "run-1", store) else "unknown"

        mine = [one for one in leftovers(client, state_of) if one.id == found["Id"]]
        return [one.reason for one in mine]

    assert left("running") == []
    assert left("over") == ["run run-1 is over"]
    client.remove_container(found["Id"], force=True, v=True)


def test_a_worker_of_another_machine_is_left_to_that_machine(
    docker_engine: DockerEngine, client: Any
) -> None:
    labels = {"mline.experiment": "exp", "mline.run": "far", "mline.stage": "s"}
    here = worker_label()["mline.worker"].partition(" ")[0]
    made = {
        who: client.create_container(
            docker_engine.image("busybox"), ["true"], labels={**labels, "mline.worker": worker}
        )["Id"]
        for who, worker in {
            "there": f"not-{socket.gethostname()} 1 none",
            "here": f"{here} {os.getpid()} another process of this number",
        }.items()
    }
    try:
        found = {one.id for one in leftovers(client, lambda *_: "unknown")}
        assert made["here"] in found
        assert made["there"] not in found
    finally:
        for one in made.values():
            client.remove_container(one)
