"""What the people who run an Airflow allow experiments to do: runners, images, resources.

Asked twice: when a plan becomes a DAG, where a violation is an import error at the stage's place,
and by the operator when a task starts, because a worker's configuration may be the stricter one.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Any

from mline_airflow.dag_factory.quantities import cpu, memory
from mline_airflow.provider_settings import names, option

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mline_airflow.dag_factory.plan import Plan


@dataclass(frozen=True, slots=True)
class Policy:
    """The limits of `[mline]`; an empty one limits nothing."""

    runners: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    cpu: str = ""
    memory: str = ""
    gpu: int | None = None

    @classmethod
    def from_config(cls) -> Policy:
        """Return the policy of Airflow's configuration."""
        gpu = option("max_gpu")
        return cls(
            runners=names("allowed_runners"),
            images=names("allowed_images"),
            cpu=option("max_cpu"),
            memory=option("max_memory"),
            gpu=int(gpu) if gpu else None,
        )

    def violations(self, plan: Plan) -> list[str]:
        """Return one `file:line:col: message` for each thing of a plan that is not allowed."""
        if self == Policy():
            return []
        places = {task["id"]: task.get("span") or [1, 1] for task in plan["tasks"]}
        found = []
        for task in plan["tasks"]:
            what = f"stage '{task.get('stage') or task['id']}'"
            if task["kind"] in {"stage", "adapter"}:
                found += [(places[task["id"]], m) for m in self.refusals(what, task)]
        for service in plan["services"]:
            what = f"service '{service['id']}'"
            place = places.get(service["start"], [1, 1])
            found += [(place, m) for m in self.refusals(what, service)]
        return [f"{plan['path']}:{line}:{column}: {m}" for (line, column), m in found]

    def refusals(self, what: str, task: Mapping[str, Any]) -> Iterator[str]:
        """Yield a sentence for each limit that a task or service of a plan breaks."""
        runner, image = task.get("runner"), task.get("image")
        if self.runners and runner and runner not in self.runners:
            yield (
                f"{what} wants the runner '{runner}', which [mline] allowed_runners does not have; "
                f"allowed: {', '.join(self.runners)}"
            )
        if self.images and image and not any(fnmatchcase(image, glob) for glob in self.images):
            yield (
                f"{what} wants the image '{image}', which [mline] allowed_images does not have; "
                f"allowed: {', '.join(self.images)}"
            )
        resources = task.get("resources") or {}
        if self.cpu and _more(cpu, resources.get("cpu"), self.cpu):
            yield f"{what} wants {resources['cpu']} cpu, more than [mline] max_cpu, {self.cpu}"
        if self.memory and _more(memory, resources.get("memory"), self.memory):
            yield (
                f"{what} wants {resources['memory']} of memory, more than [mline] max_memory, "
                f"{self.memory}"
            )
        if self.gpu is not None and int(resources.get("gpu") or 0) > self.gpu:
            yield f"{what} wants {resources['gpu']} gpu, more than [mline] max_gpu, {self.gpu}"

    def limited(self, resources: Mapping[str, Any]) -> dict[str, Any]:
        """Return resources in which what names no limit has the greatest that is allowed."""
        most = {"cpu": self.cpu, "memory": self.memory}
        return {**{key: value for key, value in most.items() if value}, **resources}


@cache
def configured_policy() -> Policy:
    """Return the policy of Airflow's configuration, which does not change while a process lives."""
    return Policy.from_config()


def _more(measure: Any, wanted: Any, limit: str) -> bool:
    return bool(wanted) and (measure(str(wanted)) or 0) > (measure(limit) or 0)
