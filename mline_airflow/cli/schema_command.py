"""`mline schema`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from .edge import say


@click.command(name="schema", short_help="Write the JSON Schema of this project with its types.")
@click.option(
    "--for",
    "of",
    type=click.Choice(["experiment", "library", "project"]),
    default="experiment",
    show_default=True,
    help="The kind of file: NAME.mline.yaml, NAME.types.mline.yaml or mline.yaml.",
)
@click.option(
    "--project",
    type=click.Path(exists=True, path_type=Path),
    default=".",
    help="A folder or file of the project. Default: this folder.",
)
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Write to this file.")
def command(of: str, project: Path, output: Path | None) -> int:
    """Write the JSON Schema (draft 2020-12) of experiments of this project.

    Beside the language it holds the types of all libraries of the project: their names and
    docs, fields, ports and `with`. For editors without the language server, and for other tools.

    \b
    Examples:
      mline schema -o .vscode/experiment.schema.json
      mline schema --for library
    """
    from mline_airflow.dag_factory.project import Project

    from ..project_schema import base_schema, project_schema

    if of == "experiment":
        opened = Project.open(project, base=Path.cwd())
        schema = project_schema(opened.types(), name=opened.name)
    else:
        schema = base_schema("library" if of == "library" else "project")
    text = json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, "utf-8")
        say(f"{output} written")
    return 0
