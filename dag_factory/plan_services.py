"""Services of a plan: what they are, and the tasks that start and stop them."""

from __future__ import annotations

from collections.abc import Callable

from .model import Setting
from .plan import Ready, Service, Task
from .plan_stage import DEFAULT_RUNNER, StagePlanner
from .plan_values import full_image, plan_code, with_references
from .resolved import Resolved, ResolvedService
from .stage_values import normal_reference
from .task_names import start_id, stop_id

DEFAULT_WITHIN = 60.0


def plan_services(resolved: Resolved, planner: StagePlanner, tasks: list[Task]) -> list[Service]:
    """Return the services that some task uses, and put their start and stop among `tasks`."""
    services = []
    for name, service in resolved.services.items():
        users = [task for task in tasks if name in task.get("uses", ())]
        if not users:
            continue
        plan = _service(name, service, planner, [task["id"] for task in users])
        services.append(plan)
        start, stop = _tasks(plan, users, tasks)
        tasks.insert(tasks.index(users[0]), planner.add(start))
        tasks.append(planner.add(stop))
    return services


def _service(
    name: str, service: ResolvedService, planner: StagePlanner, users: list[str]
) -> Service:
    settings, profile = service.settings, planner.profile
    runner = settings["runner"].value if "runner" in settings else None
    runner = runner or profile.keys.get("runner") or DEFAULT_RUNNER

    def normal(text: str) -> str:
        return normal_reference(text, planner.offers)

    plan: Service = {
        "id": name,
        "type": service.type.name,
        "runner": runner,
        "offers": {
            end: {"port": one.port, "scheme": one.scheme, "protocol": one.protocol}
            for end, one in service.service.offers.items()
        },
        "ready": _ready(service),
        "scope": "experiment" if service.service.scope == "experiment" else "run",
        "used_by": users,
        "start": start_id(name),
        "stop": stop_id(name),
    }
    _program(plan, service, planner, normal)
    if "env" in settings:
        own = settings["env"].value
        plan["env"] = {key: with_references(s.value, normal) for key, s in own.items()}
    if "secrets" in settings and settings["secrets"].value:
        plan["secrets"] = dict(settings["secrets"].value)
    if service.service.files:
        plan["files"] = plan_code(service.service.files, "")
    if "resources" in settings:
        plan["resources"] = settings["resources"].value
    labels = {
        **profile.keys.get("labels", {}),
        **(settings["labels"].value if "labels" in settings else {}),
    }
    if labels:
        plan["labels"] = labels
    return plan


def _program(
    plan: Service,
    service: ResolvedService,
    planner: StagePlanner,
    normal: Callable[[str], str],
) -> None:
    """Write what is started: an image with its own command or another, or a plain command."""
    settings, name, runner = service.settings, plan["id"], plan["runner"]
    if "image" not in settings and runner != "process":
        settings = {**_image_of_stages(service, plan, planner), **settings}
    if "image" in settings:
        plan["image"] = full_image(settings["image"].value, planner.profile)
    if "entrypoint" in settings:
        plan["entrypoint"] = list(settings["entrypoint"].value)
    command = service.service.command
    if command is not None:
        plan["command"] = with_references(command.value, normal)
    elif runner == "process":
        message = f"the service '{name}' runs as a process and has no command"
        planner.found.add("missing-action", service.service.id.span, message)


def _image_of_stages(
    service: ResolvedService, plan: Service, planner: StagePlanner
) -> dict[str, Setting]:
    """Return the image, and its entrypoint, that a stage has which names none.

    Only with a command of its own: what such an image starts by itself is no service.
    """
    defaults, profile = planner.resolved.experiment.defaults, planner.profile
    place = service.service.id.span
    message = f"the service '{plan['id']}' runs in {plan['runner']} and has no image"
    if service.service.command is None:
        message += "; set 'image', or a 'command' for the image of the stages"
    elif "image" in defaults:
        return {key: defaults[key] for key in ("image", "entrypoint") if key in defaults}
    elif image := profile.keys.get("image"):
        return {"image": Setting(image, place)}
    else:
        message += (
            f"; set 'image' in the service, in 'defaults', or in the profile '{profile.name}'"
        )
    planner.found.add("missing-image", place, message)
    return {}


def _ready(service: ResolvedService) -> list[Ready]:
    """Return the declared checks, and a TCP check of every endpoint that none of them covers."""
    checks: list[Ready] = []
    covered = set()
    offers = service.service.offers
    for declared in service.service.ready:
        check: Ready = {k: v for k, v in declared.items() if k != "span"}  # type: ignore[assignment]
        check.setdefault("within", DEFAULT_WITHIN)
        if ("http" in check or "tcp" in check) and "endpoint" not in check and offers:
            webs = [e for e, one in offers.items() if one.scheme.startswith("http")]
            check["endpoint"] = webs[0] if "http" in check and webs else next(iter(offers))
        if "endpoint" in check:
            covered.add(check["endpoint"])
        checks.append(check)
    within = max((check["within"] for check in checks), default=DEFAULT_WITHIN)
    checks.extend(
        {"endpoint": end, "tcp": True, "within": within} for end in offers if end not in covered
    )
    return checks


def _tasks(plan: Service, users: list[Task], tasks: list[Task]) -> tuple[Task, Task]:
    """Start right before the first users, stop after the last."""
    ids = {task["id"] for task in users}
    above = _ancestors(tasks)
    first = [task for task in users if not above[task["id"]] & ids]
    starts = {task["id"] for task in tasks if task["kind"] == "start"}
    waits = set(first[0]["upstream"]) - starts
    for task in first[1:]:
        waits &= set(task["upstream"])
    if any("group" in task for task in users):
        groups = {task.get("group") for task in users}
        mapped = {task["id"] for task in tasks if task.get("group") in groups - {None}}
        waits -= mapped
    start: Task = {
        "id": plan["start"],
        "kind": "start",
        "upstream": [task["id"] for task in tasks if task["id"] in waits],
        "runner": plan["runner"],
        "service": plan["id"],
        "doc": f"Starts {plan['id']} and waits until it is ready.",
    }
    for task in users:
        task["upstream"].append(plan["start"])
    stop: Task = {
        "id": plan["stop"],
        "kind": "stop",
        "upstream": [*(task["id"] for task in users), plan["start"]],
        "runner": plan["runner"],
        "service": plan["id"],
        "doc": f"Stops {plan['id']}.",
    }
    return start, stop


def _ancestors(tasks: list[Task]) -> dict[str, set[str]]:
    above: dict[str, set[str]] = {}
    for task in tasks:
        above[task["id"]] = set(task["upstream"]).union(
            *(above.get(other, set()) for other in task["upstream"])
        )
    return above
