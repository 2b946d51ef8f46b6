"""`mline init`."""

from __future__ import annotations

import re
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from .edge import MisuseError, say

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_PLACEHOLDER: Final = "my_project"
_RENAMED: Final = {"gitignore": ".gitignore"}
_NEEDS: Final = {"tabular": ("pandas", "sklearn")}


@click.command(name="init", short_help="Write a small project that works.")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--template",
    type=click.Choice(["tabular", "blank"]),
    default="tabular",
    show_default=True,
    help="tabular trains a model with scikit-learn; blank is two shell scripts.",
)
@click.option("--name", metavar="ID", help="The project's name. Default: that of the folder.")
def command(folder: Path, template: str, name: str | None) -> int:
    """Write a project into FOLDER: an experiment, its code, mline.yaml, a README.

    It works as it is: `mline check`, `mline test` and `mline run` pass. A file that is there
    already is never overwritten; then nothing is written.

    \b
    Examples:
      mline init my-project
      mline init . --template blank
    """
    project = name or _id_of(folder.absolute().name)
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", project):
        raise MisuseError(
            f"'{project}' cannot be a project's name; write lower-case letters, digits and '_'"
        )
    files = dict(_files(resources.files("mline_airflow") / "templates" / template, Path()))
    there = [str(folder / path) for path in files if (folder / path).exists()]
    if there:
        raise MisuseError(f"there already: {', '.join(there)}; nothing was written")
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.replace(_PLACEHOLDER, project), "utf-8")
        click.echo(f"  {target}")
    missing = [module for module in _NEEDS.get(template, ()) if find_spec(module) is None]
    if missing:
        needed = folder / "requirements.txt"
        say(f"the stages import {' and '.join(missing)}: pip install -r {needed}")
    say(f"wrote {project}; next: cd {folder} && mline check && mline test && mline run")
    return 0


def _id_of(name: str) -> str:
    word = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:63]
    return word if word[:1].isalpha() else f"project_{word}".strip("_")


def _files(folder: Traversable, below: Path) -> list[tuple[Path, str]]:
    """Return the files of a template with their places in the project, sorted."""
    found: list[tuple[Path, str]] = []
    for item in sorted(folder.iterdir(), key=lambda i: i.name):
        if item.is_dir():
            if item.name != "__pycache__":
                found += _files(item, below / item.name)
        else:
            found.append((below / _RENAMED.get(item.name, item.name), item.read_text("utf-8")))
    return found
