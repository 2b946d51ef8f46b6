"""What a plan's tasks become as operators, without running them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from airflow.serialization.serialized_objects import DagSerialization

from mline_airflow.dag_factory.emit import build_dag
from mline_airflow.dag_factory.project import Project
from mline_airflow.operators.tasks import Operators, ProcessStageOperator, UnavailableOperator
from mline_airflow.policy import Policy
from mline_airflow.runners.docker import DockerStageOperator

DOCKER = """\
mline: 1
experiment: boxed
defaults: {{runner: {runner}, image: 'python:3.12-slim'}}
stages:
  fit:
    gives: {{model: TextFile}}
    with: {{text: '{{{{ ds }}}}'}}
    command: [train.sh, --out, $out.model, '{{{{ params.x }}}}']
    resources: {{cpu: 500m, memory: 1Gi, gpu: 1}}
    labels: {{team: lab}}
    retries: 2
"""


def dag(folder: Path, text: str) -> Any:
    path = folder / "boxed.mline.yaml"
    path.write_text(text)
    compiled = Project.open(folder).plan(path)
    assert compiled.plan is not None, compiled.diagnostics
    return build_dag(compiled.plan, Operators(folder))


def test_a_docker_stage_is_a_docker_operator_with_the_stages_settings(tmp_path: Path) -> None:
    fit = dag(tmp_path, DOCKER.format(runner="docker")).task_dict["fit"]
    assert isinstance(fit, DockerStageOperator)
    assert (fit.image, fit.retries, fit.cpus) == ("python:3.12-slim", 2, 0.5)
    assert fit.mem_limit == 1024**3
    assert fit.device_requests[0]["Count"] == 1
    assert fit.labels == {"team": "lab", "mline.experiment": "boxed", "mline.task": "fit"}
    assert (fit.mount_tmp_dir, fit.auto_remove) == (False, "force")


def test_nothing_of_an_experiment_is_a_template(tmp_path: Path) -> None:
    made = dag(tmp_path, DOCKER.format(runner="docker"))
    fit = made.task_dict["fit"]
    fit.resolve_template_files()  # `train.sh` is a program of the image, not a file to be read
    fit.render_template_fields({"ds": "2024-01-01", "params": {"x": 1}})
    assert fit.does["command"][-1] == "{{ params.x }}"
    assert fit.values == {"text": "{{ ds }}"}
    (task,) = DagSerialization.to_dict(made)["dag"]["tasks"]
    assert task["__var"]["does"]["command"][-1] == "{{ params.x }}"
    assert task["__var"]["_task_module"] == "mline_airflow.runners.docker"
    assert "plan" not in task["__var"]


def test_a_changed_command_is_a_new_version_of_the_dag(tmp_path: Path) -> None:
    text = DOCKER.format(runner="docker")
    one = DagSerialization.to_dict(dag(tmp_path, text))
    two = DagSerialization.to_dict(dag(tmp_path, text.replace("--out", "--output")))
    assert one["dag"]["tasks"] != two["dag"]["tasks"]


def test_processes_are_refused_in_a_sentence_where_they_are_not_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = dag(tmp_path, DOCKER.format(runner="process")).task_dict["fit"]
    assert isinstance(fit, ProcessStageOperator)
    monkeypatch.setenv("AIRFLOW__MLINE__ALLOW_PROCESS_RUNNER", "False")
    with pytest.raises(AirflowFailException, match=r"\[mline\] allow_process_runner = True"):
        fit.runner({})
    monkeypatch.setenv("AIRFLOW__MLINE__ALLOW_PROCESS_RUNNER", "True")
    assert fit.runner({}) is not None


def test_a_runner_that_is_not_installed_says_so_when_the_task_runs(tmp_path: Path) -> None:
    text = DOCKER.format(runner="docker")
    path = tmp_path / "boxed.mline.yaml"
    path.write_text(text)
    plan = Project.open(tmp_path).plan(path).plan
    assert plan is not None
    plan["tasks"][0]["runner"] = "nowhere"
    fit = build_dag(plan, Operators(tmp_path)).task_dict["fit"]
    assert isinstance(fit, UnavailableOperator)
    with pytest.raises(AirflowFailException, match="the runner 'nowhere' is not available here"):
        UnavailableOperator.execute.__wrapped__(fit, {})  # type: ignore[attr-defined]


LIMITS = [
    (Policy(runners=("kubernetes",)), "the runner 'docker'"),
    (Policy(images=("registry.example/*",)), "the image 'python:3.12-slim'"),
    (Policy(cpu="250m"), "500m cpu, more than [mline] max_cpu, 250m"),
    (Policy(memory="512Mi"), "1Gi of memory, more than [mline] max_memory, 512Mi"),
    (Policy(gpu=0), "1 gpu, more than [mline] max_gpu, 0"),
]


@pytest.mark.parametrize(
    ("policy", "words"), LIMITS, ids=["runner", "image", "cpu", "memory", "gpu"]
)
def test_what_breaks_a_limit_is_told_at_the_stages_place(
    tmp_path: Path, policy: Policy, words: str
) -> None:
    path = tmp_path / "boxed.mline.yaml"
    path.write_text(DOCKER.format(runner="docker"))
    plan = Project.open(tmp_path).plan(path).plan
    assert plan is not None
    (found,) = policy.violations(plan)
    assert found.startswith("boxed.mline.yaml:5:3: stage 'fit' wants ")
    assert words in found


@pytest.mark.parametrize(
    "policy",
    [
        Policy(),
        Policy(runners=("docker", "process"), images=("python:*",), cpu="1", memory="1Gi", gpu=1),
    ],
)
def test_what_keeps_the_limits_is_let_through(tmp_path: Path, policy: Policy) -> None:
    path = tmp_path / "boxed.mline.yaml"
    path.write_text(DOCKER.format(runner="docker"))
    plan = Project.open(tmp_path).plan(path).plan
    assert plan is not None
    assert policy.violations(plan) == []


def test_what_names_no_limit_has_the_greatest_that_is_allowed() -> None:
    policy = Policy(cpu="2", memory="1Gi")
    assert policy.limited({}) == {"cpu": "2", "memory": "1Gi"}
    assert policy.limited({"memory": "64Mi", "gpu": 1}) == {"cpu": "2", "memory": "64Mi", "gpu": 1}
    assert Policy().limited({}) == {}


def test_a_container_that_names_no_limit_gets_the_installations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "mline_airflow.runners.docker.configured_policy", lambda: Policy(cpu="2", memory="1Gi")
    )
    path = tmp_path / "boxed.mline.yaml"
    path.write_text(
        "mline: 1\nexperiment: boxed\ndefaults: {runner: docker, image: 'python:3.12-slim'}\n"
        "stages:\n  free: {command: [a]}\n  less: {command: [a], resources: {memory: 64Mi}}\n"
    )
    plan = Project.open(tmp_path).plan(path).plan
    assert plan is not None
    tasks: Any = build_dag(plan, Operators(tmp_path)).task_dict
    limits = {name: tasks[name].runner({})._limits for name in ("free", "less")}
    assert (limits["free"].cpus, limits["free"].memory) == (2, 1 << 30)
    assert (limits["less"].cpus, limits["less"].memory) == (2, 64 << 20)


def test_a_service_is_started_and_stopped_by_setup_and_teardown(tmp_path: Path) -> None:
    text = (
        "mline: 1\nexperiment: boxed\ndefaults: {runner: docker, image: 'python:3.12-slim'}\n"
        "services:\n  db: {is: Service, image: 'postgres:17', offers: {sql: 5432}}\n"
        "stages:\n  fit: {uses: [db], command: [fit]}\n  after: {after: fit, command: [after]}\n"
    )
    made = dag(tmp_path, text)
    start, stop = made.task_dict["db__start"], made.task_dict["db__stop"]
    assert (type(start).__name__, type(stop).__name__) == (
        "ServiceStartOperator",
        "ServiceStopOperator",
    )
    assert start.is_setup
    assert stop.is_teardown
    assert start.downstream_task_ids == {"fit", "db__stop"}
    assert stop.upstream_task_ids == {"fit", "db__start"}
    assert made.task_dict["after"].upstream_task_ids == {"fit"}
