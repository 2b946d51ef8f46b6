"""A registry that wants a login: the Airflow connection of a profile is one, for all containers."""

from __future__ import annotations

import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from workbench import Workbench

sys.path.insert(0, str(Path(__file__).parent.parent / "services"))

from servicebench import DockerBench, free_port, wait_for

from mline_airflow.connections import log_in
from mline_airflow.dag_factory.emit import build_dag
from mline_airflow.dag_factory.project import Project
from mline_airflow.failures import MLineError
from mline_airflow.operators.tasks import Operators
from mline_airflow.services.docker import DockerPlace

if TYPE_CHECKING:
    from docker_engine import DockerEngine

Bench = Callable[..., Workbench]
# bcrypt of `flowers`.
USERS = "lab:$2y$05$abcdefghijklmnopqrstuuuZAS6h7Zf/MNYRv37he7IrfzHgSMfNq\n"
SETTINGS = """\
version: 0.1
log: {{level: warn}}
storage: {{filesystem: {{rootdirectory: {storage}}}}}
http: {{addr: "127.0.0.1:{port}"}}
auth: {{htpasswd: {{realm: lab, path: {users}}}}}
"""


@pytest.fixture
def guarded(
    docker_engine: DockerEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """Serve the images of the tests' registry to who logs in; give the name of one."""
    if docker_engine.registry is None:
        pytest.skip("another engine has no registry of ours")
    docker_engine.publish("python")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))  # no login of this machine's user
    port = free_port()
    storage = Path(docker_engine.host.removeprefix("unix://")).parents[1] / "registry"
    (tmp_path / "users").write_text(USERS)
    settings = tmp_path / "registry.yml"
    settings.write_text(SETTINGS.format(storage=storage, port=port, users=tmp_path / "users"))
    program = shutil.which("docker-registry")
    assert program
    with subprocess.Popen([program, "serve", str(settings)], stderr=subprocess.DEVNULL) as server:
        wait_for(lambda: _asks_for_a_login(port), what="the registry")
        uri = f"http://lab:flowers@127.0.0.1:{port}"
        monkeypatch.setenv("AIRFLOW_CONN_LAB_IMAGES", uri)
        monkeypatch.setenv("AIRFLOW_CONN_STRANGER", uri.replace("flowers", "weeds"))
        monkeypatch.setenv("AIRFLOW_CONN_NOBODY", f"http://127.0.0.1:{port}")
        yield f"127.0.0.1:{port}/mline-test/python:1"
        server.terminate()


def _asks_for_a_login(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/", timeout=2)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code == 401
    except OSError:
        return False
    return False


@pytest.fixture
def forgotten(guarded: str, client: Any) -> Iterator[str]:
    """Give an image that the engine has not, before and after."""
    yield guarded
    for image in client.images(name=guarded):
        client.remove_image(image["RepoTags"][0], force=True)


def _operator(project: Path, engine: DockerEngine, image: str, connection: str) -> Any:
    """Return the task of a stage under a profile with a connection."""
    project.mkdir()
    docker = f"{{url: '{engine.host}', connection: {connection}}}"
    (project / "mline.yaml").write_text(
        f"mline: 1\nproject: p\nprofiles: {{boxes: {{runner: docker, docker: {docker}}}}}\n"
    )
    text = f"mline: 1\nexperiment: e\nstages:\n  s: {{image: '{image}', command: ['true']}}\n"
    (project / "e.mline.yaml").write_text(text)
    compiled = Project.open(project).plan(project / "e.mline.yaml")
    assert compiled.plan is not None, compiled.diagnostics
    return build_dag(compiled.plan, Operators(project)).task_dict["s"]


def test_a_stage_pulls_as_its_connection_says(
    bench: Bench, docker_engine: DockerEngine, forgotten: str, tmp_path: Path
) -> None:
    operator = _operator(tmp_path / "boxed", docker_engine, forgotten, "lab_images")
    here = bench()
    here.task("s", {"command": ["true"]}, image=forgotten)
    with pytest.raises(MLineError, match=r"cannot be pulled: .*no basic auth"):
        here.run("s")
    here.make_runner = lambda: operator.runner({})
    assert here.run("s")["image"] == forgotten


def test_a_service_pulls_as_its_connection_says(
    docker_engine: DockerEngine, forgotten: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLINE_SERVICES_FOLDER", str(tmp_path / "services"))
    bench = DockerBench(tmp_path, docker_engine)
    try:
        plan = bench.plan(image=forgotten)
        with pytest.raises(MLineError, match=r"cannot be pulled: .*no basic auth"):
            bench.start(plan)
        bench.profile["docker"]["connection"] = "lab_images"
        bench.place = DockerPlace.of_profile(bench.profile, bench.services, log_in)
        assert bench.start(plan)["status"] == "success"
    finally:
        bench.close()


@pytest.mark.parametrize(
    ("connection", "told"),
    [
        ("stranger", "the login at the image registry 127.0.0.1:.*401 Unauthorized"),
        ("nobody", "the Airflow connection 'nobody' has no 'login'"),
        ("missing", "there is no Airflow connection 'missing'"),
    ],
)
def test_a_login_that_fails_is_told(
    guarded: str,
    client: Any,
    docker_engine: DockerEngine,
    tmp_path: Path,
    connection: str,
    told: str,
) -> None:
    with pytest.raises(MLineError, match=told):
        log_in(client, connection)
    operator = _operator(tmp_path / "boxed", docker_engine, guarded, connection)
    with pytest.raises(MLineError, match=told):
        operator.runner({}).client.inspect_distribution(guarded)


@pytest.mark.parametrize("connection", ["stranger", "missing"])
def test_a_stage_whose_image_is_there_needs_no_registry(
    bench: Bench, docker_engine: DockerEngine, tmp_path: Path, connection: str
) -> None:
    here = bench()
    image = here.defaults["image"]
    operator = _operator(tmp_path / "boxed", docker_engine, image, connection)
    here.make_runner = lambda: operator.runner({})
    here.task("s", {"command": ["true"]})
    assert here.run("s")["image"] == image


def test_a_login_is_what_the_connection_says(monkeypatch: pytest.MonkeyPatch) -> None:
    class Client:
        def login(self, *_: object, email: str | None, registry: str, reauth: bool) -> None:
            told.append((email, registry, reauth))

    told: list[tuple[str | None, str, bool]] = []
    uri = "http://lab:flowers@images.example"
    for extra in ("", "?reauth=no&email=lab%40example.org"):
        monkeypatch.setenv("AIRFLOW_CONN_LAB_IMAGES", uri + extra)
        log_in(Client(), "lab_images")
    assert told == [
        (None, "images.example", True),
        ("lab@example.org", "images.example", False),
    ]
    monkeypatch.setenv("AIRFLOW_CONN_LAB_IMAGES", f"{uri}?reauth=perhaps")
    with pytest.raises(MLineError, match="'lab_images' has 'reauth' 'perhaps'; it is true or"):
        log_in(Client(), "lab_images")
