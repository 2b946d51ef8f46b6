"""The code of docs/code.md in containers, and what a plan and a record say of them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parent.parent / "mline_airflow"))

from code_page import experiments, write_project

from mline_airflow.artifacts import ArtifactStore
from mline_airflow.cli.commands import mline
from mline_airflow.dag_factory.project import Project
from mline_airflow.local.run import RunOptions, run_experiment

if TYPE_CHECKING:
    from docker_engine import DockerEngine

    from mline_airflow.local.values import RunResult


@pytest.fixture
def project(tmp_path: Path, docker_engine: DockerEngine) -> Path:
    """Return the project of the page, whose profile `boxes` is this engine with this Python."""
    folder = tmp_path / "project"
    write_project(folder)
    path = folder / "mline.yaml"
    image = docker_engine.image("nonroot")
    settings = f"image: '{image}', docker: {{url: '{docker_engine.host}'}}"
    path.write_text(path.read_text().replace("image: 'python:3.12-slim'", settings))
    return folder


def run(project: Path, name: str, profile: str) -> RunResult:
    compiled = Project.open(project).plan(project / f"{name}.mline.yaml", profile)
    assert compiled.plan is not None, compiled.diagnostics
    store = ArtifactStore(project.parent / f"store-{profile}")
    result = run_experiment(compiled.plan, project, store, RunOptions())
    assert result.status == "success", result.errors
    return result


def digests(result: RunResult) -> dict[Any, str]:
    return {
        (node, port): output["digest"]
        for node, record in result.records.items()
        for port, output in record["outputs"].items()
    }


@pytest.mark.parametrize("name", experiments())
def test_an_experiment_of_the_page_gives_the_same_in_containers(project: Path, name: str) -> None:
    boxed = run(project, name, "boxes")
    assert {record["runner"] for record in boxed.records.values()} == {"docker"}
    assert digests(boxed) == digests(run(project, name, "here"))


def planned(project: Path, monkeypatch: pytest.MonkeyPatch, name: str, stage: str) -> Any:
    monkeypatch.chdir(project)
    arguments = ["plan", name, "--stage", stage, "--profile", "boxes", "--json"]
    done = CliRunner().invoke(mline, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


@pytest.mark.parametrize(
    ("name", "stage"),
    [
        ("words", "write"),
        ("count", "measure"),
        ("adapted", "sort"),
        ("chained", "collect_words__words_to_lines"),
    ],
)
def test_a_record_holds_what_the_plan_shows_file_by_file(
    project: Path, monkeypatch: pytest.MonkeyPatch, name: str, stage: str
) -> None:
    shown = planned(project, monkeypatch, name, stage)
    result = run(project, name, "boxes")
    (record,) = (r for r in result.records.values() if r["task"] == stage)
    assert shown["files"] == record["manifest"]
    assert all(len(file["sha256"]) == 64 for file in shown["files"])
    assert shown["image_config"] == record["image_config"]
    published, as_run = (shown["image_config"][side] for side in ("published", "as_run"))
    assert published == {
        "entrypoint": [],
        "command": ["true"],
        "user": "1000:1000",
        "working_dir": "",
        "variables": ["HOME", "PATH"],
    }
    assert as_run["working_dir"] == "/mline/code"
    assert as_run["user"] == "1000:1000"
    assert {"HOME", "PATH", "MLINE_STAGE"} <= set(as_run["variables"])


def test_the_plan_shows_the_published_image_beside_the_container(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    arguments = ["plan", "count", "--stage", "measure", "--profile", "boxes"]
    told = CliRunner().invoke(mline, arguments, catch_exceptions=False).output
    rows = {line.split()[0]: line.split() for line in told.splitlines() if line.startswith("  ")}
    assert rows["command"] == ["command", "true", "/mline/shim/mline_shim.py"]
    assert rows["user"] == ["user", "1000:1000", "the", "same"]
    assert rows["entrypoint"] == ["entrypoint", "none", "python3"]
    assert rows["variables"][:3] == ["variables", "HOME", "PATH"]


def test_a_failed_stage_has_its_manifest_too(project: Path) -> None:
    (project / "python/lists.py").write_text("def collect(): raise ValueError('no')\n")
    (project / "count.mline.yaml").write_text(
        "mline: 1\nexperiment: count\nstages:\n  collect:\n    gives: {words: JsonFile}\n"
        "    code: ./python\n    call: lists:collect\n"
    )
    compiled = Project.open(project).plan(project / "count.mline.yaml", "boxes")
    assert compiled.plan is not None, compiled.diagnostics
    store = ArtifactStore(project.parent / "store")
    result = run_experiment(compiled.plan, project, store, RunOptions())
    assert result.status == "failed"
    from mline_airflow.records import Records

    (record,) = Records(store).all()
    assert "code/lists.py" in [file["path"] for file in record["manifest"]]
    assert record["image_config"]["as_run"]["entrypoint"] == ["python3"]
