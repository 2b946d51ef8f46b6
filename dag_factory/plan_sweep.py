"""Sweeps of a plan: the mapped group and the task that picks."""

from __future__ import annotations

from .plan import Group, Task
from .plan_stage import StagePlanner
from .resolved import Resolved
from .task_names import group_id, pick_id


def plan_group(resolved: Resolved, planner: StagePlanner, home: str, tasks: list[Task]) -> Group:
    """Return the group of a sweep whose tasks are all in `tasks`."""
    sweep = resolved.stages[home].sweep
    if sweep is None:
        raise AssertionError(home)
    name = group_id(home)
    group: Group = {
        "id": name,
        "stage": home,
        "search": "random" if sweep.sweep.search == "random" else "grid",
        "points": sweep.points,
        "tasks": [task["id"] for task in tasks if task.get("group") == name],
    }
    if sweep.sweep.parallel is not None:
        group["parallel"] = sweep.sweep.parallel
    if sweep.metric is not None and sweep.goal:
        group["pick"] = {
            "goal": sweep.goal,
            "metric": sweep.metric_name,
            "source": planner.source(sweep.metric, home),
            "task": pick_id(home),
        }
    return group


def plan_pick(resolved: Resolved, planner: StagePlanner, home: str) -> Task | None:
    """Return the task that passes the outputs of the best instance on, or None without a pick."""
    sweep = resolved.stages[home].sweep
    if sweep is None or sweep.metric is None:
        return None
    outputs = {}
    for name in sweep.region:
        for given in resolved.stages[name].gives.values():
            outputs[f"{name}.{given.port}"] = planner.output(name, given, pick=True)
    return planner.add(
        {
            "id": pick_id(home),
            "kind": "pick",
            "upstream": planner.sorted_ids(sweep.region),
            "doc": f"Picks the instance of {home} with the {sweep.goal} {sweep.metric_name}.",
            "sweep": group_id(home),
            "outputs": outputs,
        }
    )
