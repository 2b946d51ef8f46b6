"""The operators that a plan's tasks become.

A stage's operator holds the plan and the task's own part of it. What runs is the stage protocol
of `stage.run_task`, the same for every runner; an operator adds what only Airflow knows: the run,
its parameters, the records of the tasks before it, the events of assets, and how to end early.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from mline_airflow.policy import configured_policy
from mline_airflow.provider_settings import process_runner_is_allowed

from .copies import Copies

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from airflow.sdk import Context

    from mline_airflow.dag_factory.emit import Arguments
    from mline_airflow.dag_factory.plan import Plan, Task
    from mline_airflow.stages.protocol import Runner

    from .copies import Construct

    MakeStage = Callable[[Task, Arguments, Construct], "PlannedTask"]


class PlannedTask(BaseOperator):
    """A task of a plan. `bind` gives it the plan; it has no constructor of its own.

    Airflow wraps every constructor that a class defines, and each wrapper costs as much as
    making the operator. So the few attributes of ours are set afterwards, in one go.
    """

    template_fields: Sequence[str] = ("does", "values")
    """Shown as "rendered templates", and part of the DAG's version. Nothing in them is rendered."""
    template_ext: Sequence[str] = ()
    template_fields_renderers: ClassVar[dict[str, str]] = {"does": "yaml", "values": "yaml"}

    plan: Plan
    planned: Task
    project_root: str
    does: Mapping[str, Any] | None = None
    values: Mapping[str, Any] | None = None

    shallow_copy_attrs: Sequence[str] = ("plan", "planned", "does", "values")

    def __setattr__(self, key: str, value: Any) -> None:
        """Set an attribute, by the short way while Airflow's constructors run.

        Airflow's own looks for a converter and a template field for each of a hundred attributes,
        which is most of the cost of an operator. None is a template field before `bind`.
        """
        if key in _CONVERTED or self.__dict__.get("_BaseOperator__instantiated"):
            super().__setattr__(key, value)
        else:
            object.__setattr__(self, key, value)

    def bind(self, plan: Plan, task: Task, project_root: str) -> None:
        """Give the operator its part of the plan."""
        self.__dict__.update(
            plan=plan,
            planned=task,
            project_root=project_root,
            does=task.get("action"),
            values=task.get("params"),
        )

    def render_template_fields(self, context: Context, jinja_env: Any = None) -> None:
        """Render nothing: the language has no templates, and a brace in it means a brace."""

    def instance_name(self, index: int) -> str:
        """Return the name of a sweep's instance, as `depth=4`; its number when there is none."""
        for group in self.plan["groups"]:
            if group["id"] == self.planned.get("group") and 0 <= index < len(group["points"]):
                return group["points"][index]["name"]
        return str(index)

    def execute(self, context: Context) -> dict[str, Any]:
        """Run the task by the stage protocol and return its record."""
        from .run import run

        policy = configured_policy()
        refused = list(policy.refusals(f"stage '{self.task_id}'", self.planned))
        if refused:
            raise AirflowFailException("; ".join(refused))
        return run(self, context, self.runner(context))

    def runner(self, context: Context) -> Runner | None:  # noqa: ARG002 - for subclasses
        """Return what runs the stage; None for a task that only reads records."""
        return None


_CONVERTED = frozenset(
    name.removeprefix("_convert_") for name in dir(BaseOperator) if name.startswith("_convert_")
)
"""Attributes that Airflow converts when they are set."""


class ProcessStageOperator(PlannedTask):
    """Runs a stage as a process of the worker."""

    ui_color = "#e8f0fe"

    def runner(self, context: Context) -> Runner:  # noqa: ARG002 - for subclasses
        """Return the process runner, if this worker may use it."""
        from mline_airflow.runners.process import ProcessRunner

        if not process_runner_is_allowed():
            message = (
                f"stage '{self.task_id}' has `runner: process`, which would run its code on this "
                "worker, with the worker's rights; that is off here. Set [mline] "
                "allow_process_runner = True on a machine of your own, or use another runner"
            )
            raise AirflowFailException(message)
        process = ProcessRunner(self.plan["profile"].get("python"))
        self.__dict__["_process"] = process
        return process

    def on_kill(self) -> None:
        """End the stage's whole process group."""
        process = self.__dict__.get("_process")
        if process is not None:
            process.kill()


class PickOperator(PlannedTask):
    """Chooses the best instance of a sweep; its record has ports named `stage.port`."""

    ui_color = "#fef7e0"


class GateOperator(PlannedTask):
    """Judges whether a run may be released; skipped when it may not."""

    ui_color = "#e6f4ea"


class UnavailableOperator(PlannedTask):
    """Stands for a task that this installation cannot run; it says why when it is started."""

    ui_color = "#fce8e6"
    reason: str = ""

    def execute(self, context: Context) -> dict[str, Any]:  # noqa: ARG002 - Airflow names it
        """Fail with the reason."""
        raise AirflowFailException(self.reason)


class Operators:
    """Makes the operators of the experiments of the project in `root`, a DAG's at a time."""

    def __init__(self, root: Path) -> None:
        self._project_root = str(root)
        self._plan: Plan | None = None
        self._copies = Copies()
        self._makers: dict[str, MakeStage] = {}

    def __call__(self, plan: Plan, task: Task, arguments: Arguments) -> BaseOperator:
        """Return the operator of one task."""
        if plan is not self._plan:
            self._plan, self._copies, self._makers = plan, Copies(), {}
        operator = self._operator(plan, task, arguments)
        operator.bind(plan, task, self._project_root)
        return operator

    def _operator(self, plan: Plan, task: Task, arguments: Arguments) -> PlannedTask:
        construct = self._copies.construct
        kind = task["kind"]
        if kind == "pick":
            return construct(PickOperator, arguments)
        if kind == "gate":
            return construct(GateOperator, arguments)
        runner = task.get("runner", "docker")
        if kind not in {"start", "stop"} and runner == "process":
            return construct(ProcessStageOperator, arguments)
        name = f"mline_airflow.runners.{runner}"
        if kind in {"start", "stop"}:
            name = "mline_airflow.operators.service"
        maker = self._makers.get(name)
        if maker is None:
            maker = self._makers[name] = _maker(name, plan, runner)
        return maker(task, arguments, construct)


def _maker(name: str, plan: Plan, runner: str) -> MakeStage:
    """Let a runner's module make the operators; it is imported when the first plan needs it."""
    try:
        found: MakeStage = importlib.import_module(name).operators_of(plan)
    except (ImportError, AttributeError) as error:
        reason = f"the runner '{runner}' is not available here: {error}"
    else:
        return found

    def unavailable(_task: Task, arguments: Arguments, _construct: Construct) -> PlannedTask:
        operator = UnavailableOperator(**arguments)
        operator.__dict__["reason"] = reason
        return operator

    return unavailable
