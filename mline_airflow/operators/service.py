"""The setup and teardown tasks that give a service its life."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowException, AirflowFailException

from mline_airflow.failures import MLineError
from mline_airflow.policy import configured_policy
from mline_airflow.provider_settings import process_runner_is_allowed

from .supervision import ending_without_supervisor
from .tasks import PlannedTask

if TYPE_CHECKING:
    from airflow.sdk import Context

    from mline_airflow.dag_factory.emit import Arguments
    from mline_airflow.dag_factory.plan import Plan, Service, Task
    from mline_airflow.services.task import ServiceContext

    from .copies import Construct
    from .tasks import MakeStage


_STOPPED_AGAIN: dict[str, Any] = {"retries": 2, "retry_delay": timedelta(seconds=10)}


class ServiceTask(PlannedTask):
    """What starting and stopping have in common."""

    ui_color = "#f3e8ff"

    @property
    def service(self) -> Service:
        """The service of this task."""
        return next(s for s in self.plan["services"] if s["id"] == self.planned["service"])

    @property
    def cancelled(self) -> threading.Event:
        """Set when the task is to end: it was marked failed, cleared, or its time is over."""
        event: threading.Event = self.__dict__.setdefault("_cancelled", threading.Event())
        return event

    @property
    def limited_plan(self) -> Plan:
        """The plan with the installation's limits for what names none."""
        policy, name = configured_policy(), self.planned["service"]
        services = [
            {**one, "resources": limits}
            if one["id"] == name and (limits := policy.limited(one.get("resources", {})))
            else one
            for one in self.plan["services"]
        ]
        return {**self.plan, "services": services}  # type: ignore[typeddict-item]

    def service_context(self, context: Context) -> ServiceContext:
        """Return what starts and stops the service in this run."""
        from mline_airflow.artifacts import ArtifactStore
        from mline_airflow.provider_settings import service_lease, services_place, store_url
        from mline_airflow.services.task import ServiceContext

        from .run import secret

        return ServiceContext(
            store=ArtifactStore(store_url(self.plan, self.project_root)),
            root=Path(self.project_root).resolve(),
            run=context["run_id"],
            place=services_place(self.plan, self.service["runner"]),
            params=dict(context["params"]),
            secret=secret,
            attempt=context["ti"].try_number,
            user=getattr(context["dag_run"], "triggering_user_name", None),
            lease=service_lease(),
            log=lambda line: self.log.info("%s", line),
            cancelled=self.cancelled.is_set,
        )


class ServiceStartOperator(ServiceTask):
    """Starts a service and waits until it is ready; its record says where it is."""

    def execute(self, context: Context) -> dict[str, Any]:
        """Start the service. A start that fails leaves nothing running: no teardown follows it."""
        from mline_airflow.services.task import run_start

        name = self.service["id"]
        refused = list(configured_policy().refusals(f"service '{name}'", self.service))
        if self.service["runner"] == "process" and not process_runner_is_allowed():
            refused.append(
                f"service '{name}' has `runner: process`, which would run it on this worker; set "
                "[mline] allow_process_runner = True on a machine of your own"
            )
        if refused:
            raise AirflowFailException("; ".join(refused))
        try:
            with ending_without_supervisor(self.on_kill):
                return run_start(self.limited_plan, self.planned, self.service_context(context))
        except MLineError as error:
            raise AirflowException(str(error)) from None

    def on_kill(self) -> None:
        """Let the start give up, which ends what it has started."""
        self.cancelled.set()


class ServiceStopOperator(ServiceTask):
    """Stops a service and keeps its log; one that is gone already is no failure."""

    def execute(self, context: Context) -> dict[str, Any]:
        """Stop the service."""
        from mline_airflow.services.task import run_stop

        try:
            return run_stop(self.limited_plan, self.planned, self.service_context(context))
        except MLineError as error:
            raise AirflowException(str(error)) from None


def operators_of(_plan: Plan) -> MakeStage:
    """Return what makes the operators of starts and stops."""

    def make(task: Task, arguments: Arguments, construct: Construct) -> ServiceTask:
        if task["kind"] == "start":
            return construct(ServiceStartOperator, arguments)
        # Stopping twice does no harm, and an engine or a worker that was away may be back.
        return construct(ServiceStopOperator, {**_STOPPED_AGAIN, **arguments})

    return make
