"""Which tasks of a plan a run is about."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from ..dag_factory.plan import Condition, Plan, Task
from ..failures import MLineError


def select(plan: Plan, *, stage: str | None = None, from_stage: str | None = None) -> set[str]:
    """Return the ids of the tasks to run.

    With `stage`: its task only, and the services that it uses; what it takes is read from earlier
    records. With `from_stage`: that one and all that depends on it.
    """
    if stage is not None:
        chosen = {_task_of(plan, stage)["id"]}
    elif from_stage is not None:
        chosen = _following(plan, _task_of(plan, from_stage)["id"])
    else:
        return {task["id"] for task in plan["tasks"]}
    return chosen | _services_of(plan, chosen)


def needed_for(plan: Plan, conditions: Iterable[Condition]) -> set[str]:
    """Return the ids of the tasks that the metrics of conditions come from, and all before them."""
    by_id = {task["id"]: task for task in plan["tasks"]}
    sources = [source for one in conditions for source in one["metrics"].values()]
    waiting = [source["task"] for source in sources if "task" in source]
    needed: set[str] = set()
    while waiting:
        task_id = waiting.pop()
        if task_id not in needed:
            needed.add(task_id)
            waiting += by_id[task_id]["upstream"]
    return needed | _services_of(plan, needed)


def _following(plan: Plan, first: str) -> set[str]:
    chosen = {first}
    for task in plan["tasks"]:
        if task["kind"] not in ("start", "stop") and chosen & set(task["upstream"]):
            chosen.add(task["id"])
    return chosen


def _services_of(plan: Plan, chosen: set[str]) -> set[str]:
    used = {name for task in plan["tasks"] if task["id"] in chosen for name in task.get("uses", [])}
    services = [one for one in plan["services"] if one["id"] in used]
    return {one["start"] for one in services} | {one["stop"] for one in services}


def _task_of(plan: Plan, stage: str) -> Task:
    for task in plan["tasks"]:
        if stage in (task["id"], task.get("stage")):
            return task
    names = [task.get("stage") or task["id"] for task in plan["tasks"] if task["kind"] == "stage"]
    near = get_close_matches(stage, names, 1)
    hint = f"did you mean '{near[0]}'?" if near else "it has " + ", ".join(f"'{n}'" for n in names)
    raise MLineError(
        f"experiment '{plan['experiment']}' has no stage '{stage}'; {hint}", code="unknown-stage"
    )
