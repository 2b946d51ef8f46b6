"""A plan as a tree for people: what runs after what, where, and in which image."""

from __future__ import annotations

from ..ansi import Paint
from ..dag_factory.plan import Group, Plan, Schedule, Service, Task, plan_digest
from ..dag_factory.quantities import shown_duration


def plan_tree(plan: Plan, *, colour: bool = False) -> str:
    """Return the plan as text; tasks stand in the order in which they may run."""
    paint = Paint(colour=colour)
    profile = plan["profile"]
    title = plan.get("title", "")
    lines = [
        f"{paint('strong', plan['experiment'])}{' · ' + title if title else ''}",
        paint("faint", f"profile {profile['name']} · {plan_digest(plan)[:19]} · {plan['path']}"),
    ]
    lines += _params(plan, paint)
    if "schedule" in plan:
        lines.append(f"  {paint('faint', 'schedule')}  {_schedule(plan['schedule'])}")
    groups = {group["id"]: group for group in plan["groups"]}
    services = {service["id"]: service for service in plan["services"]}
    for number, task in enumerate(plan["tasks"]):
        last = number == len(plan["tasks"]) - 1
        lines += _task(task, groups, services, paint, last=last)
    return "\n".join(lines) + "\n"


def _schedule(schedule: Schedule) -> str:
    if "every" in schedule:
        return f"every {shown_duration(schedule['every'])}"
    if "on" in schedule:
        return f"on {', '.join(schedule['on'])}"
    return schedule["preset"] if "preset" in schedule else f"cron {schedule['cron']}"


def _params(plan: Plan, paint: Paint) -> list[str]:
    lines = []
    for name, schema in plan["params"].items():
        default = f" = {schema['default']}" if "default" in schema else " (required)"
        lines.append(f"  {paint('faint', 'param')}  {name}{default}")
    return lines


def _task(
    task: Task, groups: dict[str, Group], services: dict[str, Service], paint: Paint, *, last: bool
) -> list[str]:
    lead, bar = ("└─ ", "   ") if last else ("├─ ", "│  ")
    kind = task.get("type", "") if task["kind"] == "stage" else task["kind"]
    lines = [f"{lead}{paint('strong', task['id'])} {paint('type', kind)}{_where(task, paint)}"]
    details = []
    if task.get("upstream"):
        details.append(("after", ", ".join(task["upstream"])))
    group = groups.get(task.get("group", ""))
    if group is not None:
        details.append(("sweep", _sweep(group)))
    if "when" in task:
        details.append(("when", task["when"]["text"]))
    details += [("gate", condition["text"]) for condition in task.get("gate", [])]
    if task["kind"] == "start":
        details.append(("service", _service(services[task["service"]])))
    for port, declared in task.get("inputs", {}).items():
        details.append(
            ("takes", f"{port} ← {declared['entity']} {paint('type', declared['given'])}")
        )
    for port, output in task.get("outputs", {}).items():
        details.append(("gives", f"{port} → {output['entity']} {paint('type', output['type'])}"))
    wide = max((len(word) for word, _ in details), default=0)
    return lines + [f"{bar}   {paint('faint', word.ljust(wide))}  {text}" for word, text in details]


def _where(task: Task, paint: Paint) -> str:
    parts = [part for part in (task.get("runner"), task.get("image")) if part]
    return "  " + paint("faint", " · ".join(parts)) if parts else ""


def _sweep(group: Group) -> str:
    points = group["points"]
    shown = "; ".join(point["name"] for point in points[:4]) + ("; …" if len(points) > 4 else "")
    pick = group.get("pick")
    picked = f", picks {pick['goal']} {pick['metric']}" if pick else ""
    return f"{group['id']}: {len(points)} instances ({shown}){picked}"


def _service(service: Service) -> str:
    offers = ", ".join(f"{name}:{e['port']}" for name, e in service["offers"].items())
    return f"{service.get('image', '')} {offers} for {', '.join(service['used_by'])}".strip()
