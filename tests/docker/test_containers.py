"""The life of a stage's container: limits, labels, ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from killable import WORKER, until
from workbench import Workbench, gives, takes

from mline_airflow.failures import MLineError, NotAllowedError, StageError
from mline_airflow.runners.docker_settings import DockerSettings

if TYPE_CHECKING:
    from docker_engine import DockerEngine

Bench = Callable[..., Workbench]
OUT = {"out": gives("made")}


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    block = b'x' * (200 << 20)\n",
        (
            "import subprocess, sys\n"
            "command = [sys.executable, '-c', 'b = b\"x\" * (200 << 20)']\n"
            "def f(): subprocess.run(command, check=True)\n"
        ),
    ],
    ids=["itself", "its-child"],
)
def test_a_stage_that_needs_more_memory_than_it_may_is_told(bench: Bench, source: str) -> None:
    here = bench("python")
    here.call("s", source, resources={"memory": "64Mi"})
    with pytest.raises(StageError) as caught:
        here.run("s")
    assert caught.value.code == "out-of-memory"
    first = "stage 's' needed more memory than its limit of 64Mi and was ended"
    assert str(caught.value).splitlines()[0] == first


def test_more_processors_than_the_engine_has_are_noted_and_not_asked_for(bench: Bench) -> None:
    here = bench()
    here.task("s", {"command": ["true"]}, resources={"cpu": "4096"})
    here.run("s")
    assert "cpu, the stage wants 4096" in here.log


def test_a_gpu_that_the_engine_has_not_is_told(bench: Bench) -> None:
    here = bench()
    here.task("s", {"command": ["true"]}, resources={"gpu": 1})
    with pytest.raises(StageError, match="wants a gpu, which the Docker Engine cannot give"):
        here.run("s")


def test_a_container_says_what_it_runs_and_has_no_privileges(
    bench: Bench, client: Any, ours: dict[str, list[str]]
) -> None:
    here = bench(files="archive")
    here.plan["groups"] = [
        {
            "id": "g",
            "stage": "s",
            "search": "grid",
            "points": [{"name": "d=4", "values": {"d": 4}}],
            "tasks": ["s"],
        }
    ]
    here.task(
        "s",
        {"run": "sleep 600"},
        group="g",
        labels={"team": "lab"},
        env={"KEY": {"$ref": "secrets.KEY"}},
        secrets={"KEY": "variable.key"},
        timeout=3,
    )
    seen: list[Any] = []

    def log(line: str) -> None:
        seen.append(line)

    def look() -> None:
        found = until(lambda: client.containers(filters=ours))
        seen.append(client.inspect_container(found[0]["Id"]))

    looking = threading.Thread(target=look)
    looking.start()
    with pytest.raises(StageError, match="ran longer than 3 s"):
        here.run("s", index=0, attempt=2, log=log, secret=lambda _: "s3cr3t-value")
    looking.join()
    (told,) = (one for one in seen if isinstance(one, dict))
    labels = told["Config"]["Labels"]
    assert {
        k: v for k, v in labels.items() if k not in ("mline.store", "mline.recipe", "mline.worker")
    } == {
        "team": "lab",
        "mline.experiment": "exp",
        "mline.run": "run-1",
        "mline.stage": "s[d=4]",
        "mline.task": "s",
        "mline.index": "0",
        "mline.try": "2",
    }
    host = told["HostConfig"]
    assert not host["Privileged"]
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert told["Mounts"] == []
    assert told["Name"].startswith("/mline-exp-s-0-")
    told["Config"].pop("Env")
    assert "s3cr3t" not in json.dumps(told)


def test_the_record_names_container_and_host(bench: Bench, client: Any) -> None:
    here = bench()
    here.task("s", {"command": ["true"]})
    record = here.run("s")
    assert (record["runner"], record["host"]) == ("docker", client.info()["Name"])
    assert len(record["container"]) == 12
    assert record["image_digest"].startswith("sha256:")


def test_a_try_removes_what_a_worker_that_died_left_running(
    bench: Bench,
    client: Any,
    docker_engine: DockerEngine,
    tmp_path: Path,
    ours: dict[str, list[str]],
) -> None:
    contract = Path(__file__).parent.parent / "contract"
    image = docker_engine.image("busybox")
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, contract, tmp_path, docker_engine.host, image]
    )
    try:
        left = until(lambda: client.containers(filters=ours))[0]["Id"]
    finally:
        worker.kill()
        worker.wait()
    assert client.inspect_container(left)["State"]["Running"]
    (tmp_path / "project").rmdir()
    here = bench()
    here.task("s", {"run": "echo again"})
    here.run("s", attempt=2)
    assert "again" in here.lines
    assert left not in [one["Id"] for one in client.containers(all=True)]


def test_another_installation_leaves_a_running_stage_alone(
    bench: Bench, client: Any, docker_engine: DockerEngine
) -> None:
    here = bench()
    theirs = client.create_container(
        docker_engine.image("busybox"),
        ["sleep", "600"],
        labels={
            "mline.experiment": "exp",
            "mline.run": "run-1",
            "mline.task": "s",
            "mline.index": "",
            "mline.store": "another",
        },
    )["Id"]
    client.start(theirs)
    try:
        here.task("s", {"run": "true"})
        here.run("s")
        assert client.inspect_container(theirs)["State"]["Running"]
    finally:
        client.remove_container(theirs, force=True)


def test_a_container_that_somebody_removes_is_told(
    bench: Bench, client: Any, ours: dict[str, list[str]]
) -> None:
    here = bench()
    here.task("s", {"run": "echo begun; sleep 600"})

    def log(line: str) -> None:
        if line == "begun":
            (found,) = client.containers(filters=ours)
            client.remove_container(found["Id"], force=True)

    with pytest.raises(StageError, match="stage 's' lost its container: somebody removed it"):
        here.run("s", log=log)


def test_a_log_that_cannot_be_taken_ends_the_stage(bench: Bench) -> None:
    here = bench()
    here.task("s", {"run": "while true; do echo on; done"})

    def log(line: str) -> None:
        raise BlockingIOError("the log is full")

    with pytest.raises(BlockingIOError):
        here.run("s", log=log)


def test_a_stage_of_a_remote_engine_over_tls(
    bench: Bench, docker_engine: DockerEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if docker_engine.certificates is None:
        pytest.skip("another engine has no certificates of ours")
    # Other people's certificates, as many a worker has them, must not stand in for the engine's.
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("CURL_CA_BUNDLE", str(tmp_path / "none.pem"))
    files = {n: str(docker_engine.certificates / f"{n}.pem") for n in ("ca", "cert", "key")}
    here = bench("python", url=docker_engine.tcp, **files)
    here.write("big", os.urandom(20 << 20))
    here.call(
        "s",
        "import shutil\ndef f(big, out):\n    print('copying'); shutil.copyfile(big, out)\n",
        inputs={"big": takes("big")},
        outputs=OUT,
    )
    record = here.run("s")
    assert record["outputs"]["out"]["digest"] == record["inputs"]["big"]["digest"]
    assert here.lines[0] == "copying"


def test_an_engine_without_our_certificate_is_told(
    bench: Bench, docker_engine: DockerEngine
) -> None:
    if docker_engine.certificates is None:
        pytest.skip("another engine has no certificates of ours")
    here = bench(url=docker_engine.tcp, ca=str(docker_engine.certificates / "ca.pem"))
    here.task("s", {"command": ["true"]})
    with pytest.raises(
        MLineError, match=r"the Docker Engine at tcp://.* does not answer: "
    ) as caught:
        here.run("s")
    assert caught.value.code == "engine-failed"


def test_an_engine_that_is_not_there_is_told(bench: Bench) -> None:
    here = bench(url="unix:///nowhere/docker.sock")
    here.task("s", {"command": ["true"]})
    with pytest.raises(MLineError, match=r"there is no Docker Engine at unix:///nowhere/"):
        here.run("s")


@pytest.mark.parametrize(
    ("profile", "message"),
    [
        ({"docker": {"memroy": "1Gi"}}, "docker has no key 'memroy'; it has 'connection', "),
        ({"docker": {"tls": {"cacert": "x"}}}, "docker.tls has no key 'cacert'; it has 'ca', "),
        ({"docker": {"pull": "often"}}, "pull is 'often'; it is one of 'missing', "),
        ({"docker": {"files": "copy"}}, "files is 'copy'; it is one of 'auto', 'archive'"),
    ],
)
def test_a_wrong_key_of_a_profile_is_told(profile: dict[str, Any], message: str) -> None:
    with pytest.raises(MLineError, match=message):
        DockerSettings.from_profile({"name": "p", **profile})


@pytest.mark.parametrize("network", ["host", "container:db"])
def test_a_stage_may_not_have_somebody_elses_network(network: str) -> None:
    with pytest.raises(NotAllowedError):
        DockerSettings.from_profile({"docker": {"network": network}})
