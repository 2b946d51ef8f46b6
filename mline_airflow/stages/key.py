"""What decides a stage's result: the material of its cache key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..dag_factory.plan import Input, Plan, Task, TypeInfo
from ..runners.runner import Identity
from .inputs import Found
from .job import Job

SHIM_VERSION = 1
"""Raised when a newer shim may give another result for the same stage."""


def what_decides(job: Job, identity: Identity) -> dict[str, Any]:
    """Return everything that a stage's result may depend on, as JSON.

    Secrets are there by reference, the addresses of services not at all: neither is a reason to
    run again. Names of stages and experiments are not there either.
    """
    task, scope, plan = job.task, job.scope, job.plan
    services = {one["id"]: one for one in plan["services"]}
    return {
        "language": plan["language"],
        "runner": [identity.image_digest or identity.image, identity.environment],
        "action": scope.public(task.get("action", {})),
        "entrypoint": task.get("entrypoint"),
        "env": scope.public(task.get("env", {})),
        "secrets": task.get("secrets", {}),
        "with": scope.public(task.get("params", {})),
        "inputs": {port: _input(task["inputs"][port], found) for port, found in job.inputs.items()},
        "outputs": {
            p: [one["type"], one.get("adapt")] for p, one in task.get("outputs", {}).items()
        },
        "code": job.code.artifact.digest,
        "shim": SHIM_VERSION if job.shim else None,
        "libraries": {name: _library(plan, name) for name in _libraries(job)},
        "needs": task.get("needs", {}),
        "services": {name: _service(services.get(name)) for name in task.get("uses", [])},
    }


def codecs_of(plan: Plan, task: Task) -> list[TypeInfo]:
    """Return the types of a task's ports, whose codecs the shim needs."""
    names = [output["type"] for output in task.get("outputs", {}).values()]
    for declared in task.get("inputs", {}).values():
        names += _types_of(declared)
    return [plan["types"][name] for name in dict.fromkeys(names)]


def _types_of(declared: Input) -> Iterator[str]:
    yield from (declared["type"], declared["given"])
    for item in declared.get("items", ()):
        yield from _types_of(item)


def _input(declared: Input, found: Found) -> list[Any]:
    given = [item["given"] for item in declared.get("items", ())]
    names = list(found.each) if found.each is not None else None
    own = [found.artifact.digest, found.artifact.kind, declared["given"], declared["type"]]
    return [*own, declared.get("adapt"), names, given]


def _libraries(job: Job) -> list[str]:
    """Return the libraries whose code has a part in it: of components, of adapters, of codecs."""
    named = {code["library"] for code in job.task.get("code", []) if "library" in code}
    if job.shim is not None:
        codecs = codecs_of(job.plan, job.task)
        named |= {info["codec_library"] for info in codecs if "codec_library" in info}
    return sorted(named)


def _library(plan: Plan, name: str) -> list[str]:
    return [plan["libraries"][name]["version"], plan["libraries"][name]["digest"]]


def _service(service: Any) -> Any:
    """Return what a service is, without who uses it."""
    shown = ("type", "image", "entrypoint", "command", "env", "files", "offers")
    return {key: service[key] for key in shown if key in service} if service else None
