"""Airflow 3.4 and newer: experiments are DAG definitions of their own, without a `.py` file.

    [dag_processor]
    dag_importer_configs = [{"classpath": "mline_airflow.importer.MLineDagImporter"}]

or, for one bundle, `"importers": [...]` in its entry of `dag_bundle_config_list`. The interface is
experimental in Airflow 3.4: all that is MLine's own is in `dag_file`, and this only passes it on.

Airflow gives each suffix to one importer, and `.yaml` is that of its own YAML DAGs too. So this one
takes the suffix and hands every file that is no experiment to Airflow's.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from airflow.sdk import get_parsing_context
from airflow.sdk.importers import (
    AbstractDagImporter,
    DagDefinition,
    DagImportError,
    DagImportResult,
    DagSourceCode,
    FileDagDefinition,
    FilesystemDagDefinition,
)
from airflow.sdk.importers.yaml_importer import YamlDagImporter

from mline_airflow.dag_factory.project import Project, kind_of
from mline_airflow.dag_file import ExperimentError, experiment_dag, open_project, same_id_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow.dag_processing.bundles.base import BaseDagBundle
    from airflow.sdk import DAG


class MLineDagImporter(AbstractDagImporter[FileDagDefinition]):
    """Imports `*.mline.yaml`; other YAML files go to Airflow's own importer."""

    supported_extensions = (".yaml", ".yml")

    def __init__(self) -> None:
        self._other = YamlDagImporter()

    def can_handle(self, definition: DagDefinition | str | Path) -> bool:
        """Tell whether this is an experiment, or a file of the importer behind this one."""
        path = _path(definition)
        return (path is not None and _is_ours(path)) or self._other.can_handle(definition)

    def list_dag_definitions(
        self, bundle: BaseDagBundle, *, safe_mode: bool = True
    ) -> Iterator[FileDagDefinition | DagImportError]:
        """List the experiments below the bundle's path, which may be one file."""
        root = Path(bundle.path)
        if root.is_file():
            found = [root] if _is_experiment(root) else []
        else:
            project = Project.open(root)
            project.ids()  # so that importing one, perhaps in a fork, need not look at the others
            found = [p for p in project.experiments() if p.is_relative_to(root)]
        for path in found:
            yield FilesystemDagDefinition(path=path)
        for item in self._other.list_dag_definitions(bundle, safe_mode=safe_mode):
            listed = None if isinstance(item, DagImportError) else _path(item)
            if listed is None or not _is_ours(listed):
                yield item

    def import_definition(
        self, definition: FileDagDefinition, bundle: BaseDagBundle
    ) -> DagImportResult:
        """Compile one experiment."""
        path = _path(definition)
        if path is None or not _is_ours(path):
            return self._other.import_definition(definition, bundle)
        result = DagImportResult(definition=definition)
        try:
            result.dags.append(_dag(path))
        except ExperimentError as error:
            result.errors.append(_import_error(definition, str(error)))
        return result

    def get_source_code(
        self, definition: DagDefinition, dag_id: str | None = None
    ) -> DagSourceCode:
        """Return the YAML, for the Code tab."""
        path = _path(definition)
        if path is None or not _is_ours(path):
            return self._other.get_source_code(definition, dag_id)
        return DagSourceCode(source_code=definition.read_text(), language="yaml")

    def might_contain_dag(self, definition: DagDefinition, safe_mode: bool) -> bool:  # noqa: FBT001 - Airflow's signature
        """Tell whether a file may be a DAG: every experiment is."""
        path = _path(definition)
        if path is not None and _is_ours(path):
            return _is_experiment(path)
        return self._other.might_contain_dag(definition, safe_mode)


def _dag(path: Path) -> DAG:
    project = open_project(path)
    # A worker names the DAG that it needs, which is one that was not refused.
    second = "" if get_parsing_context().dag_id else same_id_problem(project, path)
    if second:
        raise ExperimentError(second)
    return experiment_dag(path, fileloc=str(path), project=project)


def _import_error(definition: DagDefinition, text: str) -> DagImportError:
    """Give Airflow the text as it is; the first problem's place is told in fields as well."""
    place = text.split(": ", 1)[0].rsplit(":", 2)
    line, column = place[1:] if len(place) == 3 else ["", ""]
    return DagImportError(
        source_reference=repr(definition),
        message=text,
        error_type="mline",
        line_number=int(line) if line.isdigit() else None,
        column_number=int(column) if column.isdigit() else None,
    )


def _path(definition: DagDefinition | str | Path) -> Path | None:
    if isinstance(definition, (str, Path)):
        return Path(definition)
    return definition.path if isinstance(definition, FilesystemDagDefinition) else None


def _is_experiment(path: Path) -> bool:
    return _is_ours(path) and kind_of(path) == "experiment"


def _is_ours(path: Path) -> bool:
    """Tell files of MLine, type libraries and the project's settings too, from other YAML."""
    return path.name.endswith(".mline.yaml") or path.name == "mline.yaml"
