"""One experiment with its project, analysis and plan, or its errors on the screen."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mline_airflow.dag_factory.analysis import Analysis
from mline_airflow.dag_factory.diagnostic import Diagnostic
from mline_airflow.dag_factory.model import Experiment, Profile
from mline_airflow.dag_factory.network import Network
from mline_airflow.dag_factory.plan import Plan, Task
from mline_airflow.dag_factory.project import Project

from .edge import MisuseError, StopError, colour_wanted, no_such
from .places import one_experiment

_HERE = frozenset({"process", "docker"})
"""The runners that a run without Airflow has."""


@dataclass(frozen=True)
class Loaded:
    """An experiment as the commands need it."""

    path: Path
    project: Project
    analysis: Analysis

    @property
    def experiment(self) -> Experiment:
        """The model; stops with the file's errors when there is none."""
        if not isinstance(self.analysis.model, Experiment):
            raise stop(self.analysis.diagnostics)
        return self.analysis.model

    @property
    def network(self) -> Network:
        """The network, of a broken experiment too; stops when there is none at all."""
        if self.analysis.network is None:
            raise stop(self.analysis.diagnostics)
        return self.analysis.network

    def plan(self, profile: str | Profile | None = None) -> Plan:
        """The plan under a profile; stops with the errors that stand in its way."""
        try:
            compiled = self.project.plan_of(self.path, self.analysis, profile)
        except KeyError as error:
            raise no_such("profile", str(error.args[0]), self.project.profiles) from None
        if compiled.plan is None:
            raise stop(compiled.diagnostics)
        return compiled.plan

    def local_plan(self, profile: str | None, *, processes: bool = False) -> Plan:
        """The plan for a run without Airflow: the named profile, else one with processes.

        With `processes` every stage becomes a process of this machine, whatever the file says.
        """
        place: str | Profile | None = profile or os.environ.get("MLINE_PROFILE")
        if not place:
            local = (p for p in self.project.profiles.values() if p.keys.get("runner") == "process")
            place = next(local, Profile("local", {"runner": "process"}))
        plan = self.plan(place)
        if processes:
            tasks: list[Task] = [
                {**task, "runner": "process"}
                if "runner" in task and "service" not in task
                else task
                for task in plan["tasks"]
            ]
            plan = {**plan, "tasks": tasks}
        elsewhere = [t for t in plan["tasks"] if t.get("runner", "process") not in _HERE]
        if elsewhere:
            raise _not_here(elsewhere[0], plan)
        return plan


def _not_here(task: Task, plan: Plan) -> MisuseError:
    is_stage = "service" not in task
    what = f"stage '{task['id']}'" if is_stage else f"service '{task['service']}'"
    message = (
        f"the {what} has `runner: {task['runner']}` under the profile '{plan['profile']['name']}'; "
        "a run here knows processes and Docker: choose another profile"
    )
    return MisuseError(f"{message}, or add --processes" if is_stage else message)


def load(argument: str | None) -> Loaded:
    """Read the experiment that an argument means."""
    path = one_experiment(argument)
    project = Project.open(path, base=Path.cwd())
    return Loaded(path, project, project.analyze(path))


def keys_of(project: Project, profile: str | None) -> Mapping[str, Any]:
    """Return the keys of a profile; raises MisuseError when there is none of that name."""
    try:
        return project.profile(profile).keys
    except KeyError as error:
        raise no_such("profile", str(error.args[0]), project.profiles) from None


def stop(diagnostics: tuple[Diagnostic, ...]) -> StopError:
    """Write the errors of a file to standard error and return what ends the command."""
    from ..reporters import Report, render

    errors = [d for d in diagnostics if d.severity == "error"]
    report = Report.of({d.source.path for d in errors}, errors)
    sys.stderr.write(render(report, "text", colour=colour_wanted(sys.stderr)))
    return StopError(1)


def task_of(plan: Plan, name: str) -> Task:
    """Return the task of a stage, or of any task id."""
    tasks = {task["id"]: task for task in plan["tasks"]}
    if name not in tasks:
        stages = [t["id"] for t in plan["tasks"] if t["kind"] == "stage"]
        raise no_such("stage", name, stages)
    return tasks[name]
