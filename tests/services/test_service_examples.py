"""The examples with services of their own, in real containers."""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from mline_airflow.artifacts import Artifact, ArtifactStore
from mline_airflow.dag_factory.model import Profile
from mline_airflow.dag_factory.project import Project
from mline_airflow.local.run import RunOptions, RunResult, run_experiment
from mline_airflow.local.values import Node
from mline_airflow.runners.docker_runner import DockerRunner
from mline_airflow.services.docker import DockerPlace

EXAMPLES = Path(__file__).parents[2] / "examples"


def with_image(plan: Any, image: str) -> Any:
    """Return the plan with the image of the tests: nothing can be built from a registry here."""
    tasks = [{**task, "image": image} if "image" in task else task for task in plan["tasks"]]
    services = [{**service, "image": image} for service in plan["services"]]
    return {**plan, "tasks": tasks, "services": services}


class Bench:
    """Runs an example, and looks what is left of it."""

    def __init__(self, engine: Any, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self.profile = {"runner": "docker", "docker": {"url": engine.host}}
        self.store = ArtifactStore(str(folder / "store"))

    def run(self, name: str, image: str) -> RunResult:
        path = EXAMPLES / name / f"{name}.mline.yaml"
        project = Project.open(path)
        profile = Profile("docker", self.profile)
        compiled = project.plan_of(path, project.analyze(path), profile)
        assert compiled.plan is not None, compiled.diagnostics
        plan = with_image(compiled.plan, self.engine.image(image))
        options = RunOptions(
            make_runner=lambda _: DockerRunner.from_profile(self.profile), parallel=2
        )
        result = run_experiment(plan, EXAMPLES, self.store, options)
        assert result.status == "success", result.errors
        return result

    def read(self, told: Any) -> str:
        return self.store.read(Artifact.from_json(told)).decode()

    def assert_nothing_is_left(self, name: str) -> None:
        place = DockerPlace.of_profile(self.profile, self.folder / "services")
        marked = {"label": [f"mline.experiment={name}", f"mline.store_url={self.store.url}"]}
        assert place.client.containers(all=True, filters=marked) == []
        networks = place.client.networks(filters={"label": [f"mline.experiment={name}"]})
        assert networks == []
        place.client.close()


@pytest.fixture
def bench(docker_engine: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("MLINE_SERVICES_FOLDER", str(tmp_path / "services"))
    return Bench(docker_engine, tmp_path)


def test_two_stages_share_a_database_and_nothing_of_it_is_left(bench: Bench) -> None:
    result = bench.run("database", "postgres")
    means = result.records[Node("ask")]["outputs"]["means"]
    assert bench.read(means).splitlines() == ["sensor,mean", "1,1.45", "2,2.45", "3,3.45"]
    stopped = result.records[Node("db__stop")]
    assert stopped["exit"]["reason"] == "stopped"
    assert "database system is ready to accept connections" in bench.read(stopped["log"])
    bench.assert_nothing_is_left("database")


@pytest.mark.timeout(900)
def test_a_sweep_logs_to_mlflow_and_a_stage_reads_its_runs_back(bench: Bench) -> None:
    result = bench.run("tracking", "mlflow")
    compared = result.records[Node("compare")]
    rows = list(csv.DictReader(bench.read(compared["outputs"]["table"]).splitlines()))
    assert sorted(row["name"] for row in rows) == ["depth=1", "depth=2", "depth=4"]
    assert {row["status"] for row in rows} == {"FINISHED"}
    assert all(row["name"] == f"depth={row['depth']}" for row in rows)
    # A deeper tree has more rules, and knows its training data better: they are runs of their own.
    by_depth = sorted(rows, key=lambda row: int(row["depth"]))
    for less, more in pairwise(by_depth):
        assert int(less["rules"]) < int(more["rules"])
        assert float(less["train_accuracy"]) < float(more["train_accuracy"])
    assert compared["metrics"]["best"] == max(float(row["test_accuracy"]) for row in rows) > 0.8
    stopped = result.records[Node("tracking__stop")]
    assert stopped["exit"]["reason"] == "stopped"
    assert "Uvicorn running" in bench.read(stopped["log"])
    bench.assert_nothing_is_left("tracking")
