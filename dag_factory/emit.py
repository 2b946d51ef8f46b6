"""Plan -> Airflow DAG. The only module of the compiler that imports Airflow.

Operators are made outside any DAG context and added to the DAG afterwards: inside one, Airflow
deep-copies the DAG's params for every operator and the operator's arguments are merged twice,
which is a third of the cost of parsing. Edges are written as the sets of ids that Airflow keeps,
for the same reason. What comes out is what `with DAG(...)` would have made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, Asset, Param
from airflow.sdk.definitions._internal.expandinput import DictOfListsExpandInput
from airflow.sdk.definitions.taskgroup import MappedTaskGroup

from .collector_pause import collector_paused

if TYPE_CHECKING:
    from datetime import datetime

    from airflow.sdk import BaseOperator

    from .plan import Group, Plan, Schedule, Task

Arguments = dict[str, Any]
"""Keyword arguments that every operator of Airflow has."""

MakeOperator = Callable[["Plan", "Task", Arguments], "BaseOperator"]
"""Makes the operator of one task from the plan, the task and Airflow's arguments."""


def build_dag(plan: Plan, make_operator: MakeOperator, *, fileloc: str | None = None) -> DAG:
    """Return the DAG of a plan; `make_operator` chooses the class of each task.

    Raises what Airflow raises for a value that it refuses, as a cron expression that is wrong.
    """
    with collector_paused():
        return _build(plan, make_operator, fileloc)


def _build(plan: Plan, make_operator: MakeOperator, fileloc: str | None) -> DAG:
    dag = _empty_dag(plan)
    if fileloc is not None:
        dag.fileloc = fileloc
    groups = {group["id"]: group for group in plan["groups"]}
    mapped = {id_: _mapped_group(dag, group) for id_, group in groups.items()}
    owner = plan.get("owner")
    operators: dict[str, BaseOperator] = {}
    for task in plan["tasks"]:
        group_id = task.get("group")
        arguments = _arguments(task, groups.get(group_id) if group_id else None, owner)
        operator = make_operator(plan, task, arguments)
        if group_id:
            mapped[group_id].add(operator)
        dag.add_task(operator)
        operators[operator.task_id] = operator
        _connect(operator, task["upstream"], operators)
    for service in plan["services"]:
        _span_life(operators[service["start"]], operators[service["stop"]])
    return dag


def assets_taken(task: Task) -> list[str]:
    """Return the entities of other experiments that a task takes, as `experiment.entity`."""
    ports = task.get("inputs", {}).values()
    sources = [one["source"] for port in ports for one in (port, *port.get("items", ()))]
    return list(dict.fromkeys(source["asset"] for source in sources if "asset" in source))


@lru_cache(maxsize=4096)
def _asset(name: str) -> Asset:
    """Return the asset of `experiment.entity`, the same object for the same name."""
    experiment, _, entity = name.partition(".")
    return Asset(name=name, uri=f"mline://{experiment}/{entity}", group="mline")


def _empty_dag(plan: Plan) -> DAG:
    schedule = _schedule(plan["schedule"]) if "schedule" in plan else None
    arguments: Arguments = {"params": {k: _param(v) for k, v in plan["params"].items()}}
    if title := plan.get("title"):
        arguments["description"] = title
    if doc := plan.get("doc"):
        arguments["doc_md"] = _prose(doc)
    if tags := plan.get("tags"):
        arguments["tags"] = tags
    if start := plan.get("start"):
        arguments["start_date"] = _moment(start)
    if end := plan.get("end"):
        arguments["end_date"] = _moment(end)
    if "catchup" in plan:
        arguments["catchup"] = plan["catchup"]
    if "max_runs" in plan:
        arguments["max_active_runs"] = plan["max_runs"]
    return DAG(plan["experiment"], schedule=schedule, **arguments)


def _param(declared: dict[str, Any]) -> Param:
    schema = dict(declared)
    arguments = {}
    if "default" in schema:
        arguments["default"] = schema.pop("default")
    if "description" in schema:
        arguments["description"] = schema.pop("description")
    return Param(**arguments, schema=schema)


def _prose(text: str) -> str:
    """Keep a text that ends in `.md` from being read as the name of a file."""
    return f"{text}\n" if text.endswith(".md") else text


def _schedule(schedule: Schedule) -> str | timedelta | list[Asset]:
    if "on" in schedule:
        return [_asset(name) for name in schedule["on"]]
    if "every" in schedule:
        return timedelta(seconds=schedule["every"])
    return schedule["preset"] if "preset" in schedule else schedule["cron"]


def _moment(text: str) -> datetime:
    from airflow.sdk import timezone

    return timezone.parse(text)


def _mapped_group(dag: DAG, group: Group) -> MappedTaskGroup:
    """Map a sweep's tasks over the names of its points; a task finds its point by index."""
    names = [point["name"] for point in group["points"]]
    return MappedTaskGroup(
        group_id=group["id"],
        prefix_group_id=False,
        parent_group=dag.task_group,
        dag=dag,
        tooltip=f"sweep of {group['stage']}",
        expand_input=DictOfListsExpandInput({"point": names}),
    )


_AS_IT_IS = {
    "doc": "doc_md",
    "retries": "retries",
    "pool": "pool",
    "queue": "queue",
    "priority": "priority_weight",
}
BESIDE_STAGE = timedelta(minutes=10)
"""What a task may take beside its stage: for the image, the files and a gentle end.

A stage's time is its runner's to keep. Airflow's alarm, which comes at any place of a task, is
there for what keeps the task from its end.
"""


def _arguments(task: Task, group: Group | None, owner: str | None) -> Arguments:
    known: dict[str, Any] = task  # type: ignore[assignment]
    arguments: Arguments = {"task_id": task["id"]}
    if owner:
        arguments["owner"] = owner
    for key, name in _AS_IT_IS.items():
        if key in known:
            arguments[name] = known[key]
    if "retry_delay" in known:
        arguments["retry_delay"] = timedelta(seconds=known["retry_delay"])
    if "timeout" in known:
        arguments["execution_timeout"] = timedelta(seconds=known["timeout"]) + BESIDE_STAGE
    if group is not None:
        # Rendered before the task runs, so an instance has its name as soon as it starts.
        arguments["map_index_template"] = "{{ task.instance_name(ti.map_index) }}"
        if "parallel" in group:
            arguments["max_active_tis_per_dagrun"] = group["parallel"]
    outlets = [_asset(o["asset"]) for o in task.get("outputs", {}).values() if "asset" in o]
    if outlets:
        arguments["outlets"] = outlets
    inlets = [_asset(name) for name in assets_taken(task)]
    if inlets:
        arguments["inlets"] = inlets
    return arguments


def _connect(
    operator: BaseOperator, upstream: Iterable[str], operators: dict[str, BaseOperator]
) -> None:
    task_id = operator.task_id
    for other in upstream:
        operator.upstream_task_ids.add(other)
        operators[other].downstream_task_ids.add(task_id)


def _span_life(start: BaseOperator, stop: BaseOperator) -> None:
    """Make a service's start and stop Airflow's setup and teardown of its consumers."""
    start.as_setup()
    stop.as_teardown()
    start.downstream_task_ids.add(stop.task_id)
    stop.upstream_task_ids.add(start.task_id)
