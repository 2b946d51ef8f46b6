"""Docker stages as tasks of a real Airflow, and the same experiment by each runner."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import socket
import sys
import threading
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "airflow"))

from airflow_home import DagTester, Home, migrated

from mline_airflow.artifacts import ArtifactStore
from mline_airflow.dag_factory.emit import build_dag
from mline_airflow.dag_factory.project import Project
from mline_airflow.failures import StageError
from mline_airflow.local.run import RunOptions, run_experiment
from mline_airflow.operators.tasks import Operators
from mline_airflow.records import Address, Records
from mline_airflow.runners.docker import DockerStageOperator
from mline_airflow.runners.docker_client import EngineError
from mline_airflow.stages.protocol import StageContext, run_task

if TYPE_CHECKING:
    from docker_engine import DockerEngine

ROOT = Path(__file__).resolve().parents[2]

BOXED = """\
mline: 1
experiment: boxed
params: {word: hello}
defaults: {timeout: 2m}
stages:
  write:
    takes: {}
    gives: {text: TextFile}
    image: mline-test/busybox:1
    with: {word: $params.word}
    run: |
      echo "$PARAM_WORD" > "$OUT_TEXT"
      echo "written in a container"
  count:
    takes: {text: write.text}
    gives: {length: length}
    image: mline-test/python:1
    code: {work.py: "def count(text): return len(str(text).split())\\n"}
    call: work:count
  greedy:
    after: [count]
    image: mline-test/python:1
    resources: {memory: 32Mi}
    code: {work.py: "def f(): return b'x' * (200 << 20)\\n"}
    call: work:f
  late:
    takes: {text: write.text}
    image: mline-test/busybox:1
    timeout: 2s
    run: |
      trap 'echo "was asked to end"; exit 0' TERM
      while :; do sleep 0.1; done
entities:
  length: {is: Metric}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, docker_engine: DockerEngine) -> Path:
    """Return a project whose profile names the engine by its certificates, where it has some."""
    made = tmp_path_factory.mktemp("boxed")
    (made / "project").mkdir()
    settings: dict[str, Any] = {"url": docker_engine.host}
    if docker_engine.certificates is not None:
        tls = {n: str(docker_engine.certificates / f"{n}.pem") for n in ("ca", "cert", "key")}
        settings = {"url": docker_engine.tcp, "tls": tls}
    for image in ("busybox", "python"):
        docker_engine.image(image)
    profile = {"runner": "docker", "docker": settings}
    text = f"mline: 1\nproject: boxes\nprofiles: {json.dumps({'boxes': profile})}\n"
    (made / "project/mline.yaml").write_text(text)
    (made / "project/boxed.mline.yaml").write_text(BOXED)
    return made


@pytest.fixture(scope="module")
def tester(folder: Path) -> Iterator[DagTester]:
    (folder / "home").mkdir()
    # As many a worker has them for other servers; they must not stand in for the engine's.
    others = dict.fromkeys(("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"), str(folder / "none.pem"))
    home = Home(folder / "home", folder / "project", others)
    migrated(home.folder, home.python, version("apache-airflow"))
    made = DagTester(home)
    yield made
    made.close()


def test_stages_run_in_containers_as_tasks_of_airflow(tester: DagTester) -> None:
    answer = tester.test("boxed", word="one two three")
    assert answer["errors"] == {}
    states = {name.removesuffix("/-1"): one["state"] for name, one in answer["tasks"].items()}
    assert states == {
        "write": "success",
        "count": "success",
        "greedy": "failed",
        "late": "failed",
    }
    written, counted = answer["records"]["write/-1"], answer["records"]["count/-1"]
    assert (written["runner"], written["image"]) == ("docker", "mline-test/busybox:1")
    assert written["outputs"]["text"]["digest"] == counted["inputs"]["text"]["digest"]
    assert counted["metrics"] == {"length": 3}
    store = ArtifactStore(f"file://{tester.home.folder}/store")
    late = Records(store).one(Address("boxed", answer["run"], "late"))
    assert late is not None
    assert late["error_code"] == "stage-timeout"
    assert late["error"].startswith("stage 'late' ran longer than 2 s and was ended")
    assert "was asked to end" in late["error"]


def test_a_killed_task_stops_and_removes_its_container(folder: Path, tmp_path: Path) -> None:
    slow = BOXED[: BOXED.index("  count:")].replace("written in", "begun in") + "      sleep 600\n"
    project = tmp_path / "project"
    project.mkdir()
    shutil.copy(folder / "project/mline.yaml", project)
    (project / "boxed.mline.yaml").write_text(slow)
    compiled = Project.open(project).plan(project / "boxed.mline.yaml")
    assert compiled.plan is not None, compiled.diagnostics
    operator = build_dag(compiled.plan, Operators(project)).task_dict["write"]
    assert isinstance(operator, DockerStageOperator)
    begun = threading.Event()
    context = StageContext(
        store=ArtifactStore(tmp_path / "store"),
        root=project,
        run="run-1",
        record_of=lambda *_: None,
        runner=operator.runner({}),
        log=lambda line: begun.set() if "begun" in line else None,
    )
    killer = threading.Thread(target=lambda: (begun.wait(60), operator.on_kill()))
    killer.start()
    with pytest.raises(StageError, match="stage 'write' was ended"):
        run_task(compiled.plan, "write", context)
    killer.join()
    client = operator.hook.api_client
    assert client.containers(all=True, filters={"label": ["mline.experiment=boxed"]}) == []
    client.close()


def greedy(project: Path, settings: dict[str, Any]) -> DockerStageOperator:
    """Return a stage's operator under a profile with these settings of Docker."""
    profile = {"runner": "docker", "docker": settings}
    text = f"mline: 1\nproject: boxes\nprofiles: {json.dumps({'boxes': profile})}\n"
    (project / "mline.yaml").write_text(text)
    (project / "boxed.mline.yaml").write_text(BOXED)
    compiled = Project.open(project).plan(project / "boxed.mline.yaml")
    assert compiled.plan is not None, compiled.diagnostics
    operator = build_dag(compiled.plan, Operators(project)).task_dict["greedy"]
    assert isinstance(operator, DockerStageOperator)
    return operator


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (
            {"url": "unix:///nowhere/docker.sock"},
            "there is no Docker Engine at unix:///nowhere/docker.sock; is it running",
        ),
        (
            {"url": "tcp://127.0.0.1:9"},
            "the Docker Engine at tcp://127.0.0.1:9 does not answer: .*refused",
        ),
        ({"url": "tcp://here:port"}, "'tcp://here:port' is no address of a Docker Engine"),
        (
            {"url": "tcp://127.0.0.1:9", "tls": {"ca": "/none/ca.pem"}},
            "the TLS of the Docker Engine: there is no file '/none/ca.pem'",
        ),
    ],
)
def test_an_engine_that_is_not_there_is_told(
    tmp_path: Path, settings: dict[str, str], told: str
) -> None:
    operator = greedy(tmp_path, settings)
    with pytest.raises(EngineError, match=told):
        _ = operator.runner({}).client


def test_a_folder_of_certificates_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    monkeypatch.setenv("DOCKER_CERT_PATH", "/none")
    operator = greedy(tmp_path, {"url": "tcp://127.0.0.1:9"})
    with pytest.raises(EngineError, match=r"there is no file '/none/ca\.pem'"):
        _ = operator.runner({}).client


def test_an_operator_takes_the_engine_of_the_docker_commands_context(
    tmp_path: Path, docker_engine: DockerEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "config"))
    place = tmp_path / "config/contexts/meta" / hashlib.sha256(b"theirs").hexdigest()
    place.mkdir(parents=True)
    (tmp_path / "config/config.json").write_text(json.dumps({"currentContext": "theirs"}))
    endpoint = {"Host": docker_engine.host, "SkipTLSVerify": False}
    meta = {"Name": "theirs", "Metadata": {}, "Endpoints": {"docker": endpoint}}
    (place / "meta.json").write_text(json.dumps(meta))
    theirs = greedy(tmp_path, {}).runner({}).client
    with contextlib.closing(theirs), contextlib.closing(docker_engine.client()) as known:
        assert theirs.info()["ID"] == known.info()["ID"]


def test_an_operator_notices_that_a_remote_engine_is_gone(
    tmp_path: Path, docker_engine: DockerEngine
) -> None:
    if docker_engine.certificates is None:
        pytest.skip("another engine has no certificates of ours")
    tls = {n: str(docker_engine.certificates / f"{n}.pem") for n in ("ca", "cert", "key")}
    operator = greedy(tmp_path, {"url": docker_engine.tcp, "tls": tls})
    with contextlib.closing(operator.runner({}).client) as client:
        answer = client.get(client._url("/_ping"), stream=True)
        connection = client._get_raw_response_socket(answer)
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL) == 15
        answer.close()


def test_a_cluster_policy_changes_what_the_container_gets(folder: Path) -> None:
    compiled = Project.open(folder / "project").plan(folder / "project/boxed.mline.yaml")
    assert compiled.plan is not None
    operator = build_dag(compiled.plan, Operators(folder)).task_dict["greedy"]
    assert operator.mem_limit == 32 << 20
    operator.mem_limit, operator.user, operator.network_mode = "64m", 1000, "none"
    runner = operator.runner({})
    assert (runner.settings.user, runner.settings.network) == ("1000", "none")
    assert runner._limits.memory == 64 << 20


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory, docker_engine: DockerEngine) -> Path:
    """The examples as they are; but for the images that they would pull, which are built here."""
    project = tmp_path_factory.mktemp("examples") / "examples"
    shutil.copytree(ROOT / "examples", project, ignore=shutil.ignore_patterns(".mline"))
    text = (project / "mline.yaml").read_text()
    image = docker_engine.image("sklearn")
    text = text.replace(
        "image: mline-examples:1", f"image: {image}\n    docker: {{url: '{docker_engine.host}'}}"
    )
    (project / "mline.yaml").write_text(text)
    # The type brings a published image.
    features = project / "churn/features.mline.yaml"
    check = "    is: tabular.Check\n"
    text = features.read_text()
    assert check in text
    features.write_text(text.replace(check, f"{check}    image: {docker_engine.image('python')}\n"))
    return project


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "names",
    [["iris"], ["digits"], ["features", "churn"], ["text"]],
    ids="-".join,
)
def test_an_example_gives_the_same_digests_by_each_runner(
    examples: Path, tmp_path: Path, names: list[str]
) -> None:
    files = {path.name.partition(".")[0]: path for path in examples.rglob("*.mline.yaml")}
    found: dict[str, dict[Any, str]] = {"local": {}, "docker": {}}
    for profile, digests in found.items():
        store = ArtifactStore(tmp_path / f"store-{profile}")
        for name in names:
            compiled = Project.open(examples).plan(files[name], profile)
            assert compiled.plan is not None, compiled.diagnostics
            result = run_experiment(compiled.plan, examples, store, RunOptions(parallel=2))
            assert result.status == "success", result.errors
            runners = {record.get("runner") for record in result.records.values()} - {None}
            assert runners == {"process" if profile == "local" else "docker"}
            for node, record in result.records.items():
                for port, output in record["outputs"].items():
                    digests[name, node, port] = output["digest"]
    assert found["local"] == found["docker"]
    assert len(found["local"]) > 5
