"""What the compiler says of a text: the same functions as `mline check`, the language server, DAGs.

Everything here takes and returns plain values, so that it may run in another thread or process.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from mline_airflow.dag_factory.analysis import Analysis
from mline_airflow.dag_factory.diagnostic import Diagnostic
from mline_airflow.dag_factory.experiment_ids import experiment_id
from mline_airflow.dag_factory.ide.graph_view import graph_view
from mline_airflow.dag_factory.ide.types_view import types_view
from mline_airflow.dag_factory.model import Experiment, Library, ProjectFile
from mline_airflow.dag_factory.plan import Plan
from mline_airflow.dag_factory.project import PROJECT_FILE, Project, kind_of
from mline_airflow.reporters.json_report import as_json
from mline_airflow.reporters.report import Report

from .errors import Refusal

Json = dict[str, Any]
_TAKEN_FROM = re.compile(r"\bfrom:[ \t]*['\"]?([a-z][a-z0-9_]*)\.")
_local = threading.local()


class Summary(NamedTuple):
    """What the list says of one file."""

    id: str
    title: str
    owner: str
    tags: tuple[str, ...]
    errors: int
    warnings: int
    stages: int


def project_of(root: Path, path: str) -> Project:
    """Return the project of a file; displayed paths are relative to the workspace."""
    known: dict[Path, tuple[object, Project]] = _local.__dict__.setdefault("projects", {})
    folder = (root / path).parent
    home = next((f for f in (folder, *folder.parents) if (f / PROJECT_FILE).is_file()), folder)
    try:
        found = (home / PROJECT_FILE).stat()
        stamp: object = (found.st_mtime_ns, found.st_size, found.st_ino)
    except OSError:
        stamp = None
    kept = known.get(home)
    if kept is None or kept[0] != stamp:
        if len(known) > 50:  # folders that were only asked about once
            known.clear()
        kept = known[home] = (stamp, Project(home, base=root))
    return kept[1]


def analyze(
    root: Path, path: str, text: str, profile: str | None
) -> tuple[Analysis, tuple[Diagnostic, ...]]:
    """Return the analysis of a text in a file's place, and all that `mline check` would say."""
    project = project_of(root, path)
    try:
        return project.checked(root / path, text, profile=profile)
    except KeyError as error:
        raise _no_profile(project, error) from None


def graph(root: Path, path: str, text: str, profile: str | None) -> Json:
    """Return the graph of an experiment for the editor, with everything that is wrong with it."""
    analysis, found = analyze(root, path, text, profile)
    return graph_view(analysis, found)


def report(root: Path, path: str, text: str, profile: str | None) -> Json:
    """Return what `mline check --format json` prints of a text."""
    _analysis, found = analyze(root, path, text, profile)
    return as_json(Report.of([path], found))


def types(root: Path, path: str, text: str) -> Json:
    """Return the types that a text can name; all of the project when it names none."""
    project = project_of(root, path)
    analysis = project.analyze(root / path, text)
    return types_view(analysis.types if analysis.types is not None else project.types())


def all_types(root: Path) -> Json:
    """Return every type of the workspace's project."""
    return types_view(project_of(root, PROJECT_FILE).types())


def plan(root: Path, path: str, text: str, profile: str | None) -> Json:
    """Return the plan of a text, or the findings that stand in its way."""
    if kind_of(Path(path)) != "experiment":
        raise Refusal(422, "no-experiment", f"'{path}' is no experiment; only those have a plan")
    project = project_of(root, path)
    try:
        compiled = project.plan(root / path, profile, text)
    except KeyError as error:
        raise _no_profile(project, error) from None
    if compiled.plan is None:
        analysis = project.analyze(root / path, text)
        return {
            "plan": None,
            "diagnostics": graph_view(analysis, compiled.diagnostics)["diagnostics"],
        }
    return {"plan": compiled.plan, "diagnostics": []}


def same_dag(root: Path, path: str, text: str, other: str, profile: str | None) -> bool:
    """Tell whether two texts of a file differ in comments and layout only, so are one DAG."""
    first, second = (
        project_of(root, path).plan(root / path, profile, one).plan for one in (text, other)
    )
    return first is not None and second is not None and _bare(first) == _bare(second)


def summarize(root: Path, path: str, text: str, profile: str | None) -> Summary:
    """Return what the list says of a file."""
    analysis, found = analyze(root, path, text, profile)
    model = analysis.model
    errors, warnings = (sum(d.severity == s for d in found) for s in ("error", "warning"))
    if isinstance(model, Experiment):
        words = (model.id.text, model.title, model.owner, model.tags)
        return Summary(*words, errors, warnings, len(model.stages))
    name = experiment_id(text) or "" if analysis.kind == "experiment" else ""
    if isinstance(model, Library):
        name = model.id.text
    if isinstance(model, ProjectFile):
        name = model.name
    return Summary(name, "", "", (), errors, warnings, 0)


def context_of(texts: dict[str, str]) -> dict[str, str]:
    """Return for each file a digest of its text and of all that its meaning hangs on but code."""
    experiments = {p for p in texts if kind_of(Path(p)) == "experiment"}
    common = _digest(texts[path] for path in sorted(texts) if path not in experiments)
    first: dict[str, str] = {}
    for path in sorted(experiments):
        name = experiment_id(texts[path])
        if name:
            first.setdefault(name, path)
    names = _digest(sorted(first))
    result = {}
    for path, text in texts.items():
        others = sorted({first[n] for n in _TAKEN_FROM.findall(text) if n in first})
        result[path] = _digest([path, text, common, names, *(texts[other] for other in others)])
    return result


def ids_of(path: str, text: str) -> set[str]:
    """Return the id that an experiment's text gives, or nothing for any other file."""
    name = experiment_id(text) if kind_of(Path(path)) == "experiment" else None
    return {name} if name else set()


def _digest(texts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()


def _bare(value: Any) -> Any:
    """Return a plan without the places in the text."""
    if isinstance(value, dict):
        return {k: _bare(v) for k, v in value.items() if k != "span"}
    return [_bare(one) for one in value] if isinstance(value, list) else value


def _no_profile(project: Project, error: KeyError) -> Refusal:
    there = ", ".join(project.profiles)
    return Refusal(
        422,
        "no-profile",
        f"there is no profile '{error.args[0]}' in {PROJECT_FILE}; there are: {there}",
    )


__all__ = ["Plan", "Summary", "all_types", "analyze", "graph", "plan", "report", "types"]
