"""`mline types`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from . import completing
from .edge import colour_wanted, no_such


@click.command(name="types", short_help="Show the network of types, or one type's page.")
@click.argument("name", required=False, metavar="[TYPE]", shell_complete=completing.types)
@click.option("--library", "-l", metavar="NAME", help="Only the types of this library.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--project",
    type=click.Path(exists=True, path_type=Path),
    default=".",
    help="A folder or file of the project. Default: this folder.",
)
def command(name: str | None, library: str | None, project: Path, *, as_json: bool) -> int:
    """Show all types, each under its parent: built-in ones and those of this project's libraries.

    TYPE shows one page: what it is, its fields and ports, the relations that it may have, the
    adapters from and to it, examples, and its IRI. The name of a relation works too.

    \b
    Examples:
      mline types
      mline types CsvTable
      mline types sklearn.SklearnModel --json
      mline types trained_on
    """
    from mline_airflow.dag_factory.project import Project

    from . import type_pages as pages

    types = Project.open(project, base=Path.cwd()).types()
    if library is not None and library not in types.libraries:
        raise no_such("library", library, types.libraries, plural="libraries")
    colour = colour_wanted()
    if name is None:
        names = [n for n in types.types if library is None or n.startswith(f"{library}.")]
        listed = [pages.type_data(types, types.types[n]) for n in names]
        text = _json(listed) if as_json else pages.type_tree(types, library=library, colour=colour)
        sys.stdout.write(text)
        return 0
    type_ = types.find(name)
    if type_ is not None:
        data = pages.type_data(types, type_)
        sys.stdout.write(_json(data) if as_json else pages.type_page(types, type_, colour=colour))
        return 0
    if name in types.relations and not as_json:
        sys.stdout.write(pages.relation_page(types, types.relations[name], colour=colour))
        return 0
    raise no_such("type", name, [*types.names, *types.relations])


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
