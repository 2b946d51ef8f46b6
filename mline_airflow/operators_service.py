"""The setup and teardown tasks that give a service its life."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from airflow.sdk.exceptions import AirflowException, AirflowFailException

from mline_airflow.failures import MLineError
from mline_airflow.operators import PlannedTask
from mline_airflow.policy import configured_policy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from airflow.sdk import Context

    from mline_airflow.dag_factory.emit import Arguments
    from mline_airflow.dag_factory.plan import Plan, Service, Task
    from mline_airflow.references import ServiceAddress


class ServiceControl(Protocol):
    """Starts and stops the services of one run.

    `mline_airflow.services.control(plan, run, project_root)` returns one.
    """

    def start(self, service: Service, scope: Mapping[str, Any], log: Callable[[str], None]) -> None:
        """Start a service and wait until it is ready; raises MLineError otherwise."""

    def address(self, service: str) -> ServiceAddress:
        """Return where its endpoints are."""

    def stop(self, service: Service, log: Callable[[str], None]) -> None:
        """Stop a service; one that is gone already is no failure."""


class ServiceTask(PlannedTask):
    """What starting and stopping have in common."""

    ui_color = "#f3e8ff"

    @property
    def service(self) -> Service:
        """The service of this task."""
        return next(s for s in self.plan["services"] if s["id"] == self.planned["service"])

    def control(self, context: Context) -> ServiceControl:
        """Return what starts and stops the services of this run."""
        try:
            module = importlib.import_module("mline_airflow.services")
        except ImportError as error:
            name, runner = self.service["id"], self.service["runner"]
            message = f"service '{name}' cannot be started by the runner '{runner}' here: {error}"
            raise AirflowFailException(message) from None
        control: ServiceControl = module.control(
            self.plan, context["run_id"], Path(self.project_root)
        )
        return control

    def say(self, line: str) -> None:
        """Put a line of the service into the task's log."""
        self.log.info("%s", line)


class ServiceStartOperator(ServiceTask):
    """Starts a service and waits until it is ready; its record says where it is."""

    def execute(self, context: Context) -> dict[str, Any]:
        """Start the service. A start that fails leaves nothing running: no teardown follows it."""
        service = self.service
        refused = list(configured_policy().refusals(f"service '{service['id']}'", service))
        if refused:
            raise AirflowFailException("; ".join(refused))
        control = self.control(context)
        scope = {"params": dict(context["params"]), "run": context["run_id"]}
        try:
            control.start(service, scope, self.say)
        except MLineError as error:
            control.stop(service, self.say)
            raise AirflowException(str(error)) from None
        endpoints = {name: dict(end) for name, end in control.address(service["id"]).items()}
        return {**_record(self.planned), "endpoints": endpoints}


class ServiceStopOperator(ServiceTask):
    """Stops a service; one that is gone already is no failure."""

    def execute(self, context: Context) -> dict[str, Any]:
        """Stop the service."""
        try:
            self.control(context).stop(self.service, self.say)
        except MLineError as error:
            raise AirflowException(str(error)) from None
        return _record(self.planned)


def make_operator(_plan: Plan, task: Task, arguments: Arguments) -> ServiceTask:
    """Return the operator of a start or a stop."""
    kind = ServiceStartOperator if task["kind"] == "start" else ServiceStopOperator
    return kind(**arguments)


def _record(task: Task) -> dict[str, Any]:
    return {"task": task["id"], "index": None, "status": "success", "outputs": {}, "metrics": {}}
