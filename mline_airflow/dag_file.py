"""What a DAG file calls: one experiment file in, its DAG or its import error out.

    from mline_airflow.dag_file import load_all; load_all(globals(), __file__)

is a whole DAG file for an ordinary DAG folder: every experiment below the file's own folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, get_parsing_context
from airflow.sdk.exceptions import AirflowException, AirflowTimetableInvalid

from mline_airflow.bundles.folder import source_of
from mline_airflow.dag_factory.diagnostic import has_errors
from mline_airflow.dag_factory.emit import build_dag
from mline_airflow.dag_factory.project import PROJECT_FILE, Project
from mline_airflow.operators.tasks import Operators
from mline_airflow.policy import configured_policy
from mline_airflow.provider_settings import plan_cache, profile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mline_airflow.dag_factory.diagnostic import Diagnostic
    from mline_airflow.dag_factory.plan import Plan


class ExperimentError(Exception):
    """An experiment that is wrong; the text is what people read, one problem a line."""


def load(file: str) -> DAG:
    """Return the DAG of the experiment that a DAG file shows; a wrong one makes an import error."""
    try:
        return experiment_dag(source_of(Path(file)), fileloc=file)
    except ExperimentError as error:
        return Refused(str(error))


def load_second(file: str) -> DAG:
    """Return the import error of an experiment whose id an earlier one has already."""
    source = source_of(Path(file))
    return Refused(same_id_problem(open_project(source), source) or f"{source.name}:1:1: same id")


def load_all(namespace: dict[str, Any], file: str) -> None:
    """Put the DAG of every experiment below the folder of `file` into `namespace`.

    A worker names the DAG that it needs, so it compiles that one only.
    """
    wanted = get_parsing_context().dag_id
    folder = Path(file).resolve().parent
    project = open_project(folder)
    ids = project.ids()
    found: list[str] = []
    for path in ids.get(wanted, ()) if wanted else project.experiments():
        if not path.is_relative_to(folder):
            continue
        second = same_id_problem(project, path)
        if second:
            found.append(second)
            continue
        try:
            dag = experiment_dag(path, fileloc=file, project=project)
        except ExperimentError as error:
            found.append(str(error))
        else:
            namespace[dag.dag_id] = dag
    if found:
        namespace["mline_problems"] = Refused("\n".join(found))


def open_project(path: Path) -> Project:
    """Open the project of an experiment, with Airflow's cache of plans."""
    return Project.open(path, cache=plan_cache())


def experiment_dag(path: Path, *, fileloc: str, project: Project | None = None) -> DAG:
    """Compile one experiment under the profile that Airflow's configuration names.

    Raises ExperimentError with everything that is wrong with it.
    """
    project = project or open_project(path)
    if has_errors(project.diagnostics):
        raise ExperimentError(problems(project.diagnostics))
    try:
        compiled = project.plan(path, profile())
    except KeyError as error:
        message = (
            f"{PROJECT_FILE}:1:1: there is no profile {error}, which [mline] profile names; "
            f"there are: {', '.join(project.profiles)}"
        )
        raise ExperimentError(message) from error
    if compiled.plan is None or has_errors(compiled.diagnostics):
        raise ExperimentError(problems(compiled.diagnostics) or f"{path.name}:1:1: no plan")
    broken = configured_policy().violations(compiled.plan)
    if broken:
        raise ExperimentError("\n".join(broken))
    return _emit(compiled.plan, project.root, fileloc)


def same_id_problem(project: Project, path: Path) -> str:
    """Return what is wrong with an experiment whose id another one, earlier by path, has."""
    found = project.duplicate(path)
    return "" if found is None else problems([found])


def problems(diagnostics: Iterable[Diagnostic]) -> str:
    """Return the errors as `file:line:col: message`, one a line."""
    return "\n".join(
        "{}:{}:{}: {}".format(d.source.path, *d.source.position(d.span.start), d.message)
        for d in diagnostics
        if d.severity == "error"
    )


def _emit(plan: Plan, root: Path, fileloc: str) -> DAG:
    try:
        dag = build_dag(plan, Operators(root), fileloc=fileloc)
        dag.validate()
    except (AirflowException, AirflowTimetableInvalid, TypeError, ValueError) as error:
        # What only Airflow can judge, as a cron expression or a limit of its own.
        line = _line_of("schedule:", root / plan["path"])
        message = f"{plan['path']}:{line}:1: Airflow refuses this experiment: {error}"
        raise ExperimentError(message) from error
    return dag


def _line_of(key: str, path: Path) -> int:
    lines = path.read_text("utf-8", errors="replace").splitlines()
    return next((n for n, line in enumerate(lines, 1) if line.startswith(key)), 1)


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
