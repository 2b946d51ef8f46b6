"""Services in a task of Airflow: where the start tasks said that they are, and whether they are."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from mline_airflow.provider_settings import service_lease, services_place
from mline_airflow.stages.references import ServiceAddress

from .use import Told, address_for, using
from .values import ServiceGoneError

if TYPE_CHECKING:
    from airflow.sdk import Context

    from mline_airflow.dag_factory.plan import Plan, Task


def told_by_start(context: Context, service: str) -> Told:
    """Return what a service's start task has said in this run; raises ServiceGoneError."""
    record = context["ti"].xcom_pull(task_ids=f"{service}__start", map_indexes=-1)
    if not record or not record.get("service"):
        message = (
            f"service '{service}' was not started in this run: clear '{service}__start' together "
            "with this stage"
        )
        raise ServiceGoneError(message)
    told: Told = record["service"]
    return told


def using_services(plan: Plan, task: Task, context: Context) -> AbstractContextManager[None]:
    """Look at the services of a stage before it runs, and keep them while it does."""
    used = [told_by_start(context, name) for name in task.get("uses", ())]
    return using(
        used,
        lambda told: services_place(plan, told["runner"]),
        context["run_id"],
        service_lease(),
    )


def addresses(task: Task, context: Context) -> Callable[[str], ServiceAddress]:
    """Return what finds the endpoints of a service for a task."""
    return lambda service: address_for(task, told_by_start(context, service))
