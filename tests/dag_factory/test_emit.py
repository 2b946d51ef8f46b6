"""Plans become the DAGs that a person would have written by hand, and no more slowly."""

from __future__ import annotations

import gc
import statistics
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

pytest.importorskip("airflow.sdk")

from airflow.providers.docker.operators.docker import DockerOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Asset, Param, task_group
from airflow.serialization.serialized_objects import DagSerialization

from mline_airflow.dag_factory.emit import build_dag


def plan(**parts: Any) -> dict[str, Any]:
    return {
        "plan": 1,
        "language": 1,
        "experiment": "exp",
        "path": "exp.mline.yaml",
        "project": "p",
        "profile": {"name": "default", "runner": "docker"},
        "params": {},
        "tasks": [],
        "groups": [],
        "services": [],
        "entities": {},
        "types": {},
        "libraries": {},
        "tests": {},
        **parts,
    }


def stage(id_: str, *upstream: str, **parts: Any) -> dict[str, Any]:
    return {"id": id_, "kind": "stage", "upstream": list(upstream), "stage": id_, **parts}


def empty(_plan: Any, _task: Any, arguments: dict[str, Any]) -> EmptyOperator:
    return EmptyOperator(**arguments)


def serialised(dag: DAG) -> dict[str, Any]:
    data: dict[str, Any] = DagSerialization.to_dict(dag)["dag"]
    data.pop("fileloc", None)
    data["tasks"].sort(key=lambda t: t["__var"]["task_id"])
    return data


def test_a_plan_becomes_the_dag_that_a_person_writes() -> None:
    made = build_dag(
        plan(
            title="Eight stages",
            doc="What it is for.",
            owner="ml-team",
            tags=["a", "b"],
            params={
                "depth": {"type": "integer", "default": 3, "title": "Depth", "description": "Of it"}
            },
            schedule={"cron": "0 3 * * *"},
            start="2024-01-01T00:00:00+00:00",
            end="2030-01-01T00:00:00+00:00",
            catchup=True,
            max_runs=2,
            tasks=[
                stage("split", retries=2, retry_delay=5, timeout=60, doc="Splits."),
                stage("fit", "split", pool="gpu", queue="big", priority=7),
                stage("score", "split", "fit"),
            ],
        ),
        empty,
    )
    with DAG(
        "exp",
        description="Eight stages",
        doc_md="What it is for.",
        tags=["a", "b"],
        params={"depth": Param(3, type="integer", title="Depth", description="Of it")},
        schedule="0 3 * * *",
        start_date=datetime(2024, 1, 1, tzinfo=UTC),
        end_date=datetime(2030, 1, 1, tzinfo=UTC),
        catchup=True,
        max_active_runs=2,
        default_args={"owner": "ml-team"},
    ) as written:
        split = EmptyOperator(
            task_id="split",
            retries=2,
            retry_delay=timedelta(seconds=5),
            execution_timeout=timedelta(minutes=1 + 10),
            doc_md="Splits.",
        )
        fit = EmptyOperator(task_id="fit", pool="gpu", queue="big", priority_weight=7)
        score = EmptyOperator(task_id="score")
        split >> fit >> score
        split >> score

    ours, theirs = serialised(made), serialised(written)
    theirs.pop("default_args")
    ours.pop("default_args", None)
    for task in theirs["tasks"]:
        # A task made inside a DAG repeats the DAG's params; they reach it at run time anyhow.
        task["__var"].pop("params", None)
    assert ours == theirs


def test_a_sweep_becomes_a_mapped_task_group_with_named_instances() -> None:
    points = [{"name": f"depth={d}", "values": {"depth": d}} for d in (2, 3)]
    made = build_dag(
        plan(
            tasks=[
                stage("split"),
                stage("fit", "split", group="fit_sweep"),
                stage("tune", "fit", group="fit_sweep"),
                {
                    "id": "fit_pick",
                    "kind": "pick",
                    "upstream": ["fit", "tune"],
                    "sweep": "fit_sweep",
                },
            ],
            groups=[
                {
                    "id": "fit_sweep",
                    "stage": "fit",
                    "search": "grid",
                    "points": points,
                    "tasks": ["fit", "tune"],
                    "parallel": 2,
                }
            ],
        ),
        empty,
    )
    template = "{{ task.instance_name(ti.map_index) }}"
    with DAG("exp", schedule=None) as written:
        split = EmptyOperator(task_id="split")
        fit_pick = EmptyOperator(task_id="fit_pick")

        @task_group(group_id="fit_sweep", prefix_group_id=False, tooltip="sweep of fit")
        def sweep(point: str) -> None:
            fit = EmptyOperator(
                task_id="fit", map_index_template=template, max_active_tis_per_dagrun=2
            )
            tune = EmptyOperator(
                task_id="tune", map_index_template=template, max_active_tis_per_dagrun=2
            )
            split >> fit >> tune >> fit_pick
            fit >> fit_pick

        sweep.expand(point=["depth=2", "depth=3"])
    assert serialised(made) == serialised(written)


def test_a_service_is_setup_and_teardown_of_its_consumers() -> None:
    made = build_dag(
        plan(
            tasks=[
                {"id": "db__start", "kind": "start", "upstream": [], "service": "db"},
                stage("fit", "db__start"),
                {"id": "db__stop", "kind": "stop", "upstream": ["fit"], "service": "db"},
            ],
            services=[
                {"id": "db", "start": "db__start", "stop": "db__stop", "used_by": ["fit"]},
            ],
        ),
        empty,
    )
    with DAG("exp", schedule=None) as written:
        db__start = EmptyOperator(task_id="db__start")
        fit = EmptyOperator(task_id="fit")
        db__stop = EmptyOperator(task_id="db__stop").as_teardown(setups=db__start)
        db__start >> fit >> db__stop
    assert serialised(made) == serialised(written)


def test_entities_between_experiments_become_assets() -> None:
    features = Asset("features.table", "mline://features/table", group="mline")
    model = Asset("exp.model", "mline://exp/model", group="mline")
    taken = {"type": "core.Table", "given": "core.Table", "entity": "table"}
    made = build_dag(
        plan(
            schedule={"on": ["features.table"]},
            tasks=[
                stage(
                    "fit",
                    inputs={"data": {**taken, "source": {"asset": "features.table"}}},
                    outputs={"model": {"type": "core.Model", "entity": "m", "asset": "exp.model"}},
                )
            ],
        ),
        empty,
    )
    with DAG("exp", schedule=[features]) as written:
        EmptyOperator(task_id="fit", inlets=[features], outlets=[model])
    assert serialised(made) == serialised(written)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ({"preset": "@daily"}, "@daily"),
        ({"cron": "5 4 * * *"}, "5 4 * * *"),
        ({"every": 3600.0}, timedelta(hours=1)),
    ],
)
def test_a_schedule_is_airflows_own(schedule: dict[str, Any], expected: object) -> None:
    assert build_dag(plan(schedule=schedule), empty).schedule == expected


def test_a_param_without_default_is_asked_for_by_the_trigger_form() -> None:
    dag = build_dag(plan(params={"name": {"type": "string", "minLength": 1}}), empty)
    assert dag.params.get_param("name").schema == {"type": "string", "minLength": 1}
    with pytest.raises(Exception, match="No value passed"):
        dag.params.get_param("name").resolve()


def test_a_doc_that_ends_like_a_file_name_is_not_read(tmp_path: Any) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("secret")
    assert build_dag(plan(doc=str(secret)), empty).doc_md.strip() == str(secret)


def test_emission_is_cheaper_than_the_dag_written_by_hand() -> None:
    names = ["clean", "split", "fit", "score", "predict", "report", "card", "publish"]
    compiled = plan(
        owner="ml-team",
        params={
            "depth": {"type": "integer", "default": 3},
            "size": {"type": "number", "default": 0.5},
        },
        tasks=[
            stage(n, *names[max(0, i - 1) : i], retries=2, timeout=1800)
            for i, n in enumerate(names)
        ],
    )
    common = {
        "image": "python:3.12-slim",
        "command": ["python", "-m", "lab"],
        "mount_tmp_dir": False,
    }

    def ours() -> None:
        build_dag(compiled, lambda _p, _t, arguments: DockerOperator(**arguments, **common))

    def by_hand() -> None:
        with DAG(
            "exp",
            schedule=None,
            default_args={
                "owner": "ml-team",
                "retries": 2,
                "execution_timeout": timedelta(seconds=1800),
            },
            params={"depth": Param(3, type="integer"), "size": Param(0.5, type="number")},
        ):
            made = [DockerOperator(task_id=n, **common) for n in names]
            for one, next_ in pairwise(made):
                one >> next_

    def seconds(make: Any) -> float:
        started = time.perf_counter()
        make()
        return time.perf_counter() - started

    for make in (ours, by_hand) * 3:
        make()
    gc.disable()
    try:
        pairs = [(seconds(ours), seconds(by_hand)) for _ in range(40)]
    finally:
        gc.enable()
    ratio = statistics.median(a for a, _ in pairs) / statistics.median(b for _, b in pairs)
    assert ratio < 0.95, f"emission costs {ratio:.2f} of a DAG written by hand"
