"""Names of tasks that the compiler makes: a stage of such a name would be a second one."""

from __future__ import annotations

from collections.abc import Iterator

from .scope import Scope

GATE = "release_gate"


def pick_id(home: str) -> str:
    """Return the id of the task that picks for the sweep of stage `home`."""
    return f"{home}_pick"


def group_id(home: str) -> str:
    """Return the id of the group that the sweep of stage `home` is mapped in."""
    return f"{home}_sweep"


def start_id(service: str) -> str:
    """Return the id of the task that starts a service."""
    return f"{service}__start"


def stop_id(service: str) -> str:
    """Return the id of the task that stops a service."""
    return f"{service}__stop"


def check_task_names(scope: Scope) -> None:
    """Report stages that have the name of a task or group that is made."""
    stages = scope.resolved.stages
    for name, why in _made(scope):
        if name in stages:
            span = stages[name].stage.id.span
            scope.found.add("duplicate-name", span, f"'{name}' is the name of {why}")


def _made(scope: Scope) -> Iterator[tuple[str, str]]:
    if scope.resolved.gate:
        yield GATE, "the task that evaluates the gate"
    for name, stage in scope.resolved.stages.items():
        if stage.sweep is not None:
            yield group_id(name), f"the group of the sweep of '{name}'"
            if stage.sweep.metric is not None:
                yield pick_id(name), f"the task that picks for the sweep of '{name}'"
    for name, service in scope.resolved.services.items():
        if service.used_by:
            yield start_id(name), f"the task that starts the service '{name}'"
            yield stop_id(name), f"the task that stops the service '{name}'"
