"""Resolved experiment to plan: the tasks that run, in order, under one profile."""

from __future__ import annotations

from collections.abc import Callable

from .diagnostic import Collector
from .library import Type, TypeNetwork
from .model import Profile
from .plan import PLAN_VERSION, EntityInfo, LibraryInfo, Plan, Schedule, Task, TypeInfo
from .plan_conditions import plan_condition
from .plan_services import plan_services
from .plan_stage import StagePlanner
from .plan_sweep import plan_group, plan_pick
from .resolved import Resolved
from .task_names import GATE

LANGUAGE = 1


def make_plan(
    resolved: Resolved,
    types: TypeNetwork,
    profile: Profile,
    found: Collector,
    *,
    path: str,
    project: str,
    library_info: Callable[[str], LibraryInfo],
) -> Plan:
    """Write the plan of a resolved experiment without errors.

    `path` is the file from the project's root. What only a profile can make wrong, such as a
    Docker stage without an image, goes into `found`.
    """
    planner = StagePlanner(resolved, types, profile, found)
    tasks: list[Task] = []
    groups = []
    for name in resolved.order:
        tasks.extend(planner.tasks(name))
        home = resolved.in_sweep.get(name)
        if home is not None and _is_last(resolved, home, name):
            groups.append(plan_group(resolved, planner, home, tasks))
            pick = plan_pick(resolved, planner, home)
            if pick is not None:
                tasks.append(pick)
    experiment = resolved.experiment
    plan: Plan = {
        "plan": PLAN_VERSION,
        "language": LANGUAGE,
        "experiment": experiment.id.text,
        "path": path,
        "project": project,
        "profile": {"name": profile.name, **profile.keys},
        "params": {name: dict(param.schema) for name, param in experiment.params.items()},
        "tasks": tasks,
        "groups": groups,
        "services": [],
        "entities": _entities(resolved),
        "types": {},
        "libraries": {},
        "tests": {},
    }
    plan["services"] = plan_services(resolved, planner, tasks)
    if plan["services"]:
        place = {task["id"]: index for index, task in enumerate(tasks)}
        for task in tasks:
            task["upstream"].sort(key=place.__getitem__)
    if resolved.gate:
        tasks.append(_gate(resolved, planner))
    _header(resolved, plan)
    _tests(resolved, planner, plan)
    _types(types, plan, library_info)
    return plan


def _is_last(resolved: Resolved, home: str, name: str) -> bool:
    sweep = resolved.stages[home].sweep
    region = set(sweep.region) if sweep is not None else {home}
    return name == [n for n in resolved.order if n in region][-1]


def _gate(resolved: Resolved, planner: StagePlanner) -> Task:
    conditions = [plan_condition(c, planner, "") for c in resolved.gate]
    upstream = {
        source["task"]: None
        for c in conditions
        for source in c["metrics"].values()
        if "task" in source
    }
    return {
        "id": GATE,
        "kind": "gate",
        "upstream": planner.sorted_ids(upstream),
        "doc": "Whether a release of this run would be let through.",
        "gate": conditions,
    }


def _header(resolved: Resolved, plan: Plan) -> None:
    experiment = resolved.experiment
    for key in ("title", "doc", "owner"):
        value = getattr(experiment, key)
        if value:
            plan[key] = value
    if experiment.tags:
        plan["tags"] = list(experiment.tags)
    schedule = experiment.schedule
    if schedule is not None:
        plan["schedule"] = _schedule(resolved)
    if experiment.start:
        plan["start"] = experiment.start
    if experiment.end:
        plan["end"] = experiment.end
    if experiment.catchup is not None:
        plan["catchup"] = experiment.catchup
    if experiment.max_runs is not None:
        plan["max_runs"] = experiment.max_runs
    if resolved.gate:
        plan["gate"] = [t for t in plan["tasks"] if t["id"] == GATE][-1].get("gate", [])


def _schedule(resolved: Resolved) -> Schedule:
    schedule = resolved.experiment.schedule
    if schedule is None:
        return {}
    if schedule.cron:
        return {"cron": schedule.cron}
    if schedule.preset:
        return {"preset": schedule.preset}
    if schedule.every:
        return {"every": schedule.every}
    return {"on": [ref.target for ref in resolved.assets.values()]}


def _tests(resolved: Resolved, planner: StagePlanner, plan: Plan) -> None:
    for name, (params, conditions) in resolved.tests.items():
        expect = [plan_condition(c, planner, "") for c in conditions]
        plan["tests"][name] = {"params": params, "expect": expect}


def _entities(resolved: Resolved) -> dict[str, EntityInfo]:
    network = resolved.network
    if network is None:
        return {}
    result: dict[str, EntityInfo] = {}
    for node in network.nodes.values():
        if node.kind != "entity":
            continue
        info: EntityInfo = {"type": node.type}
        source = resolved.sources.get(node.id)
        if node.given_by:
            info["given_by"] = node.given_by
        elif source is not None and source.kind == "file":
            info["at"] = source.target
        elif source is not None and source.kind == "asset":
            info["asset"] = source.target
        if node.properties:
            info["properties"] = dict(node.properties)
        result[node.id] = info
    for subject, relation, target in network.direct:
        if subject in result:
            relations = result[subject].setdefault("relations", {})
            relations.setdefault(relation, []).append(target)
    return result


# -- types ---------------------------------------------------------------------------------------


def _types(types: TypeNetwork, plan: Plan, library_info: Callable[[str], LibraryInfo]) -> None:
    """Add what running needs to know of every type that the tasks name, and of their libraries."""
    libraries: dict[str, None] = {}
    for task in plan["tasks"]:
        if "type" in task:
            libraries[task["type"].partition(".")[0]] = None
        for code in task.get("code", ()):
            if "library" in code:
                libraries[code["library"]] = None
    for name in _types_of_ports(plan):
        type_ = types.types[name]
        plan["types"][name] = type_info(type_)
        libraries[type_.decl.library] = None
        if type_.codec_library:
            libraries[type_.codec_library] = None
    for name in libraries:
        plan["libraries"][name] = library_info(name)


def _types_of_ports(plan: Plan) -> dict[str, None]:
    names: dict[str, None] = {}
    for task in plan["tasks"]:
        for source in task.get("inputs", {}).values():
            for one in (source, *source.get("items", ())):
                names[one["type"]] = names[one["given"]] = None
        for output in task.get("outputs", {}).values():
            names[output["type"]] = None
    return names


def type_info(type_: Type) -> TypeInfo:
    """Return what running needs to know of a type."""
    info: TypeInfo = {
        "lineage": list(type_.lineage),
        "folder": bool(type_.format.get("folder", False)),
    }
    for key in ("file", "media"):
        if key in type_.format:
            info[key] = type_.format[key]
    if type_.load:
        info["load"] = type_.load
    if type_.save:
        info["save"] = type_.save
    if type_.codec_library:
        info["codec_library"] = type_.codec_library
    if type_.view:
        info["view"] = type_.view
    return info
