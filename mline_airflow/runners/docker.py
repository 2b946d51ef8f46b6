"""Stages as containers of a Docker Engine, on Airflow's own DockerOperator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.docker.operators.docker import DockerOperator

from mline_airflow.dag_factory.quantities import cpu, memory
from mline_airflow.operators import PlannedTask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mline_airflow.dag_factory.emit import Arguments
    from mline_airflow.dag_factory.plan import Plan, Task

_FROM_PROFILE = (
    "docker_url",
    "docker_conn_id",
    "tls_ca_cert",
    "tls_client_cert",
    "tls_client_key",
    "network_mode",
)
"""Keys of a profile that are arguments of DockerOperator."""

_FIXED: dict[str, Any] = {
    # A remote daemon has none of the worker's folders; artifacts travel as archives.
    "mount_tmp_dir": False,
    # The record says what happened; a container that is kept would only fill the engine's disk.
    "auto_remove": "force",
}


class DockerStageOperator(DockerOperator, PlannedTask):
    """Runs a stage in a container.

    DockerOperator stands first: Airflow wraps a constructor once more when the first parent has
    another one.
    """

    template_fields: Sequence[str] = ("image", "does", "values")
    template_ext: Sequence[str] = ()
    template_fields_renderers: ClassVar[dict[str, str]] = PlannedTask.template_fields_renderers
    ui_color = "#e0f2fe"

    execute = PlannedTask.execute


def make_operator(plan: Plan, task: Task, arguments: Arguments) -> DockerStageOperator:
    """Return the operator of a stage; Airflow's arguments and what the engine needs to know."""
    profile = plan["profile"]
    for key in _FROM_PROFILE:
        if key in profile:
            arguments[key] = profile[key]
    if resources := task.get("resources"):
        arguments.update(_limits(resources))
    operator = DockerStageOperator(**arguments, image=task.get("image", ""), **_FIXED)
    # Not the constructor's: Airflow would copy it. Given again with the run's id at the start.
    operator.__dict__["labels"] = labels(plan, task)
    return operator


def labels(plan: Plan, task: Task) -> dict[str, str]:
    """Return the labels that find a task's containers again, whatever happened to the worker."""
    return {
        **task.get("labels", {}),
        "mline.experiment": plan["experiment"],
        "mline.task": task["id"],
    }


def _limits(resources: Mapping[str, Any]) -> Arguments:
    limits: Arguments = {}
    if "cpu" in resources:
        limits["cpus"] = cpu(str(resources["cpu"]))
    if "memory" in resources:
        limits["mem_limit"] = memory(str(resources["memory"]))
    if resources.get("gpu"):
        from docker.types import DeviceRequest

        limits["device_requests"] = [DeviceRequest(count=resources["gpu"], capabilities=[["gpu"]])]
    return limits
