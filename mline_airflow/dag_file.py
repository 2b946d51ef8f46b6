"""What a DAG file calls: one experiment file in, its DAG or its import error out.

    from mline_airflow.dag_file import load_all; load_all(globals(), __file__)

is a whole DAG file for an ordinary DAG folder: every experiment below the file's own folder.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.exceptions import AirflowException
from airflow.sdk import DAG, get_parsing_context
from airflow.sdk.configuration import conf

from mline_airflow.dag_factory.diagnostic import has_errors
from mline_airflow.dag_factory.emit import build_dag
from mline_airflow.dag_factory.project import Project
from mline_airflow.dag_folder import id_place, is_experiment, source_of
from mline_airflow.operators import operators_for
from mline_airflow.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mline_airflow.dag_factory.diagnostic import Diagnostic
    from mline_airflow.dag_factory.plan import Plan


class ExperimentError(Exception):
    """An experiment that is wrong; the text is what people read, one problem a line."""


def load(file: str, *, same_id_as: str = "") -> DAG:
    """Return the DAG of the experiment that a DAG file shows; a wrong one makes an import error."""
    source = source_of(Path(file))
    if same_id_as:
        return Refused(same_id_text(source, Path(os.path.normpath(source.parent / same_id_as))))
    try:
        return experiment_dag(source, fileloc=file)
    except ExperimentError as error:
        return Refused(str(error))


def load_all(namespace: dict[str, Any], file: str) -> None:
    """Put the DAG of every experiment below the folder of `file` into `namespace`.

    A worker names the DAG that it needs, so it compiles that one only.
    """
    wanted = get_parsing_context().dag_id
    folder = Path(file).resolve().parent
    problems: list[str] = []
    project = Project.open(folder)
    for path in project.experiments():
        if not path.is_relative_to(folder) or (wanted and not _may_be(path, wanted)):
            continue
        try:
            dag = experiment_dag(path, fileloc=file, project=project)
        except ExperimentError as error:
            problems.append(str(error))
            continue
        if dag.dag_id in namespace:
            problems.append(f"{path.name}:1:1: another experiment has the id '{dag.dag_id}' too")
        else:
            namespace[dag.dag_id] = dag
    if problems:
        namespace["mline_problems"] = Refused("\n".join(problems))


def experiment_dag(path: Path, *, fileloc: str, project: Project | None = None) -> DAG:
    """Compile one experiment under the profile that Airflow's configuration names.

    Raises ExperimentError with everything that is wrong with it.
    """
    project = project or Project.open(path)
    compiled = project.plan(path, conf.get("mline", "profile", fallback=None) or None)
    if compiled.plan is None or has_errors(compiled.diagnostics):
        raise ExperimentError(problems(compiled.diagnostics) or f"{path.name}:1:1: no plan")
    broken = Policy.from_config().violations(compiled.plan)
    if broken:
        raise ExperimentError("\n".join(broken))
    return _emit(compiled.plan, project.root, fileloc)


def same_id_text(path: Path, first: Path) -> str:
    """Return the import error of the second of two experiments with one id."""
    line, column, name = id_place(path)
    here, there = _displayed(path), _displayed(first)
    return (
        f"{here}:{line}:{column}: the id '{name}' is that of {there} too; it becomes the DAG's id, "
        "so one experiment may have it"
    )


def _displayed(path: Path) -> str:
    return path.relative_to(Project.open(path).root).as_posix()


def problems(diagnostics: Iterable[Diagnostic]) -> str:
    """Return the errors as `file:line:col: message`, one a line."""
    return "\n".join(
        "{}:{}:{}: {}".format(d.source.path, *d.source.position(d.span.start), d.message)
        for d in diagnostics
        if d.severity == "error"
    )


def _emit(plan: Plan, root: Path, fileloc: str) -> DAG:
    try:
        return build_dag(plan, operators_for(root), fileloc=fileloc)
    except (AirflowException, TypeError, ValueError) as error:
        # What only Airflow can judge, as a cron expression or a limit of its own.
        message = f"{plan['path']}:1:1: Airflow refuses this experiment: {error}"
        raise ExperimentError(message) from error


def _may_be(path: Path, dag_id: str) -> bool:
    return is_experiment(path) and dag_id in path.read_text("utf-8", errors="replace")


class Refused(DAG):
    """Stands for a wrong experiment, so that its import error is our text and nothing else.

    An exception that leaves a DAG file is shown with its traceback. One raised while Airflow
    validates a DAG is shown as `NAME OF ITS CLASS: TEXT`: so the class is named after the place.
    """

    def __init__(self, text: str) -> None:
        super().__init__("mline_refused")
        self._text = text

    def validate(self) -> None:
        """Refuse, with the text."""
        place, _, message = self._text.partition(": ")
        raise type(place, (ExperimentError,), {})(message)

    def __hash__(self) -> int:
        return hash(self._text)

    def __eq__(self, other: object) -> bool:
        return self is other
