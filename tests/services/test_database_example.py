"""The example with a database, in real containers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mline_airflow.artifacts import Artifact, ArtifactStore
from mline_airflow.dag_factory.model import Profile
from mline_airflow.dag_factory.project import Project
from mline_airflow.local.run import RunOptions, run_experiment
from mline_airflow.local.values import Node
from mline_airflow.runners.docker_runner import DockerRunner
from mline_airflow.services.docker import DockerPlace

if TYPE_CHECKING:
    import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def with_image(plan: Any, image: str) -> Any:
    """Return the plan with the image of the tests: nothing can be built from a registry here."""
    tasks = [{**task, "image": image} if "image" in task else task for task in plan["tasks"]]
    services = [{**service, "image": image} for service in plan["services"]]
    return {**plan, "tasks": tasks, "services": services}


def test_two_stages_share_a_database_and_nothing_of_it_is_left(
    docker_engine: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLINE_SERVICES_FOLDER", str(tmp_path / "services"))
    profile = {"runner": "docker", "docker": {"url": docker_engine.host}}
    path = EXAMPLES / "database" / "database.mline.yaml"
    project = Project.open(path)
    compiled = project.plan_of(path, project.analyze(path), Profile("docker", profile))
    assert compiled.plan is not None, compiled.diagnostics
    plan = with_image(compiled.plan, docker_engine.image("postgres"))
    store = ArtifactStore(str(tmp_path / "store"))
    options = RunOptions(make_runner=lambda _: DockerRunner.from_profile(profile))
    result = run_experiment(plan, EXAMPLES, store, options)
    assert result.status == "success", result.errors
    means = result.records[Node("ask")]["outputs"]["means"]
    assert store.read(Artifact.from_json(means)).decode().splitlines() == [
        "sensor,mean",
        "1,1.45",
        "2,2.45",
        "3,3.45",
    ]
    stopped = result.records[Node("db__stop")]
    assert stopped["exit"]["reason"] == "stopped"
    log = store.read(Artifact.from_json(stopped["log"])).decode()
    assert "database system is ready to accept connections" in log
    place = DockerPlace.of_profile(profile, tmp_path / "services")
    assert [one for one in place.find() if one.experiment == "database"] == []
    assert place.client.networks(filters={"label": ["mline.experiment=database"]}) == []
    place.client.close()
