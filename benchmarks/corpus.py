"""The same experiments in four notations: MLine, Python, dag-factory and Airflow 3.4's YAML.

Experiment `n` is eight stages in containers and a gate. What varies with `n` is what varies in
life: names, values, images, limits. So no two texts are equal and no cache by content helps.

The Python notation is what a careful user writes: `DockerOperator` with the image, the command,
the environment and the switches that a stage needs, retries and timeouts in `default_args`. The
gate is an `EmptyOperator` in the three other notations, the cheapest operator that there is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

STAGES = ("clean", "split", "fit", "score", "predict", "report", "card", "publish")
GATE = "release_gate"
EDGES = (
    ("clean", "split"),
    ("split", "fit"),
    ("split", "score"),
    ("split", "predict"),
    ("fit", "score"),
    ("fit", "predict"),
    ("fit", "card"),
    ("fit", "publish"),
    ("predict", "report"),
    ("report", "card"),
    ("card", "publish"),
    ("score", "publish"),
    ("score", GATE),
)

MLINE = """\
mline: 1
experiment: {id}
title: Price model {n} of the {city} branch
owner: {owner}
tags: [{owner}, {city}]
use: [tabular, sklearn]

params:
  test_size: {{type: number, default: {test_size}, minimum: 0.05, maximum: 0.5}}
  depth: {depth}
  seed: {seed}

defaults: {{image: "registry.example/lab:{image}", runner: docker, retries: 2, timeout: 30m}}

entities:
  measurements: {{is: CsvTable, at: ../data/measurements.csv}}
  accuracy: {{is: Accuracy, measures: fit.model, measured_on: split.test}}

stages:
  clean:
    is: Transform
    takes: {{data: measurements}}
    gives: {{data: CsvTable}}
    command: [python, -m, lab.clean, --in, $in.data, --out, $out.data]
    with: {{threshold: {threshold}}}
  split:
    is: Split
    takes: {{table: clean.data}}
    gives: {{train: CsvTable, test: CsvTable}}
    command: [python, -m, lab.split]
    with: {{test_size: $params.test_size, seed: $params.seed}}
  fit:
    is: Train
    takes: {{data: split.train}}
    gives: {{model: SklearnModel}}
    command: [python, -m, lab.fit]
    with: {{depth: $params.depth, seed: $params.seed}}
    resources: {{cpu: 2, memory: 4Gi}}
  score:                                # on data that the model has not seen
    is: Evaluate
    takes: {{model: fit.model, data: split.test}}
    gives: {{value: accuracy}}
    command: [python, -m, lab.score]
  predict:
    is: Predict
    takes: {{model: fit.model, data: split.test}}
    gives: {{predictions: CsvTable}}
    command: [python, -m, lab.predict]
  report:
    takes: {{predictions: predict.predictions}}
    gives: {{report: Report}}
    command: [python, -m, lab.report]
  card:
    takes: {{model: fit.model, report: report.report}}
    gives: {{card: Report}}
    command: [python, -m, lab.card]
  publish:
    when: accuracy >= {bar}
    takes: {{model: fit.model, card: card.card}}
    command: [/bin/publish, --model, $in.model]

release: {{gate: [accuracy >= {bar}]}}
"""

HAND = """\
from datetime import timedelta

from airflow.providers.docker.operators.docker import DockerOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Param

IMAGE = {image!r}

with DAG(
    dag_id={dag_id!r},
    schedule=None,
    description={description!r},
    tags={tags!r},
    default_args={{
        "owner": {owner!r},
        "retries": 2,
        "execution_timeout": timedelta(minutes=30),
        "mount_tmp_dir": False,
        "auto_remove": "force",
    }},
    params={{
        "test_size": Param({test_size}, type="number", minimum=0.05, maximum=0.5),
        "depth": Param({depth}, type="integer"),
        "seed": Param({seed}, type="integer"),
    }},
) as dag:
{operators}
    {gate} = EmptyOperator(task_id={gate!r})
{edges}
"""


class Case(NamedTuple):
    """What varies between experiments."""

    n: int
    id: str
    city: str
    owner: str
    image: str
    test_size: float
    depth: int
    seed: int
    threshold: float
    bar: float


_CITIES = ("bergen", "cusco", "delft", "gent", "ithaca", "kyoto", "lund", "nara", "perth", "quito")


def case(n: int) -> Case:
    """Return experiment `n`."""
    return Case(
        n=n,
        id=f"price_model_{n:05d}",
        city=_CITIES[n % len(_CITIES)],
        owner=f"team{n % 7}",
        image=f"1.{n % 90}.{n // 90}",
        test_size=round(0.1 + n % 37 / 100, 2),
        depth=2 + n % 9,
        seed=n,
        threshold=round(1 + n % 500 / 100, 2),
        bar=round(0.5 + n % 49 / 100, 2),
    )


def mline_text(one: Case) -> str:
    """Return the experiment."""
    return MLINE.format(**one._asdict())


def arguments(one: Case) -> dict[str, dict[str, Any]]:
    """Return what each stage's DockerOperator is given in the other notations."""
    inputs = {b: [a for a, other in EDGES if other == b] for b in STAGES}
    extra = {
        "clean": {"PARAM_THRESHOLD": str(one.threshold)},
        "split": {"PARAM_TEST_SIZE": "{{ params.test_size }}", "PARAM_SEED": "{{ params.seed }}"},
        "fit": {"PARAM_DEPTH": "{{ params.depth }}", "PARAM_SEED": "{{ params.seed }}"},
        "publish": {"PARAM_BAR": str(one.bar)},
    }
    result: dict[str, dict[str, Any]] = {}
    for stage in STAGES:
        environment = {f"IN_{other.upper()}": f"/data/{other}" for other in inputs[stage]}
        result[stage] = {
            "command": ["python", "-m", f"lab.{stage}"],
            "environment": {**environment, "OUT": f"/data/{stage}", **extra.get(stage, {})},
        }
    result["clean"]["command"] += ["--in", "/data/measurements.csv", "--out", "/data/clean"]
    result["fit"] |= {"cpus": 2.0, "mem_limit": "4g"}
    return result


def _image(one: Case) -> str:
    return f"registry.example/lab:{one.image}"


def _title(one: Case) -> str:
    return f"Price model {one.n} of the {one.city} branch"


def hand_text(one: Case) -> str:
    """Return the DAG as a user writes it in Python."""
    operators = []
    for stage, given in arguments(one).items():
        lines = "".join(f"        {key}={value!r},\n" for key, value in given.items())
        operators.append(
            f"    {stage} = DockerOperator(\n"
            f"        task_id={stage!r},\n        image=IMAGE,\n{lines}    )"
        )
    downstream = {a: [b for other, b in EDGES if other == a] for a, _ in EDGES}
    edges = [f"    {a} >> [{', '.join(b)}]" for a, b in downstream.items()]
    return HAND.format(
        image=_image(one),
        dag_id=one.id,
        description=_title(one),
        tags=[one.owner, one.city],
        owner=one.owner,
        test_size=one.test_size,
        depth=one.depth,
        seed=one.seed,
        operators="\n".join(operators),
        edges="\n".join(edges),
        gate=GATE,
    )


def dag_factory_text(one: Case) -> str:
    """Return the DAG in dag-factory's notation."""
    upstream = {b: [a for a, other in EDGES if other == b] for b in (*STAGES, GATE)}
    docker = "airflow.providers.docker.operators.docker.DockerOperator"
    tasks: list[dict[str, Any]] = [
        {
            "task_id": stage,
            "operator": docker,
            "image": _image(one),
            "mount_tmp_dir": False,
            "auto_remove": "force",
            **given,
            "dependencies": upstream[stage],
        }
        for stage, given in arguments(one).items()
    ]
    empty = "airflow.providers.standard.operators.empty.EmptyOperator"
    tasks.append({"task_id": GATE, "operator": empty, "dependencies": upstream[GATE]})
    dag = {
        "schedule": None,
        "description": _title(one),
        "tags": [one.owner, one.city],
        "default_args": {
            "owner": one.owner,
            "retries": 2,
            "start_date": "2026-01-01",
            "execution_timeout": {"__type__": "datetime.timedelta", "minutes": 30},
        },
        "params": {
            name: {"__type__": "airflow.sdk.Param", "default": default, "type": kind}
            for name, default, kind in _params(one)
        },
        "tasks": tasks,
    }
    return _yaml({one.id: dag})


def airflow_text(one: Case) -> str:
    """Return the DAG in the notation of Airflow 3.4's own importer."""
    upstream = {b: [a for a, other in EDGES if other == b] for b in (*STAGES, GATE)}
    docker = "airflow.providers.docker.operators.docker.DockerOperator"
    common = {"owner": one.owner, "retries": 2, "execution_timeout": "30m"}
    given_always = {"image": _image(one), "mount_tmp_dir": False, "auto_remove": "force"}
    tasks: list[dict[str, Any]] = [
        {
            "id": stage,
            "uses": docker,
            "needs": upstream[stage],
            **common,
            "with": {**given_always, **_templates(given)},
        }
        for stage, given in arguments(one).items()
    ]
    tasks.append({"id": GATE, "needs": upstream[GATE]})
    schema = "https://airflow.apache.org/schemas/dag/2026-10-30.json"
    dag = {
        "$schema": schema,
        "dag_id": one.id,
        "schedule": None,
        "description": _title(one),
        "tags": [one.owner, one.city],
        "params": {name: default for name, default, _ in _params(one)},
        "tasks": tasks,
    }
    return _yaml(dag)


def _params(one: Case) -> Iterator[tuple[str, Any, str]]:
    yield "test_size", one.test_size, "number"
    yield "depth", one.depth, "integer"
    yield "seed", one.seed, "integer"


def _templates(given: dict[str, Any]) -> dict[str, Any]:
    """Mark the values that are templates, as that notation wants it."""
    environment = {
        key: {"$t": value} if "{{" in value else value
        for key, value in given["environment"].items()
    }
    return {**given, "environment": environment}


def _yaml(data: Any) -> str:
    import yaml

    return yaml.dump(data, Dumper=yaml.CSafeDumper, sort_keys=False, width=100)


NOTATIONS = {
    "mline": (mline_text, ".mline.yaml"),
    "hand": (hand_text, ".py"),
    "dag-factory": (dag_factory_text, ".yaml"),
    "airflow": (airflow_text, ".yaml"),
}


def write(folder: Path, count: int, notation: str) -> Path:
    """Write `count` experiments in one notation into `folder/notation`; returns that folder."""
    make, suffix = NOTATIONS[notation]
    target = folder / notation
    target.mkdir(parents=True)
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data" / "measurements.csv").write_text("a,b,c\n1,2,3\n")
    if notation == "mline":
        (folder / "mline.yaml").write_text("mline: 1\nproject: benchmark\n")
    for n in range(count):
        one = case(n)
        (target / f"{one.id}{suffix}").write_text(make(one), encoding="utf-8")
    return target


def shape(dag: Any) -> str:
    """Return tasks and edges of a DAG, as text that can be compared."""
    tasks = sorted(dag.task_ids)
    edges = sorted((t.task_id, d) for t in dag.tasks for d in t.downstream_task_ids)
    return json.dumps([dag.dag_id, tasks, edges])


def expected_shape(one: Case) -> str:
    """Return the shape that every notation must have."""
    return json.dumps([one.id, sorted((*STAGES, GATE)), sorted(EDGES)])
