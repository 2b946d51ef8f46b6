"""From what people write on the command line to files and projects."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

from mline_airflow.dag_factory.project import EXPERIMENT_SUFFIX, PROJECT_FILE, Project, kind_of
from mline_airflow.dag_factory.sources import SKIPPED

from .edge import MisuseError, no_such


class Projects:
    """The projects of the files that were asked for, each opened once."""

    def __init__(self) -> None:
        self.base = Path.cwd()
        self._roots: dict[Path, Path | None] = {}
        self._projects: dict[Path, Project] = {}

    def of(self, path: Path, top: Path | None = None) -> Project:
        """Return the project of a file; without a `mline.yaml`, `top` or its folder is the root."""
        root = self._root(path.parent) or top or path.parent
        project = self._projects.get(root)
        if project is None:
            project = self._projects[root] = Project.open(root, base=self.base)
        return project

    def _root(self, folder: Path) -> Path | None:
        """Return the nearest folder with a `mline.yaml`, looked up once a folder."""
        if folder not in self._roots:
            found: Path | None
            if (folder / PROJECT_FILE).is_file():
                found = folder
            else:
                found = self._root(folder.parent) if folder.parent != folder else None
            self._roots[folder] = found
        return self._roots[folder]


def absolute(path: str | Path) -> Path:
    """Return an absolute path without following links."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - `resolve` would leave the user's tree


def files_in(folder: Path) -> list[Path]:
    """Return every file of MLine below a folder, sorted; hidden folders and tools' are skipped."""
    found = []
    for here, folders, names in os.walk(folder):
        folders[:] = [f for f in folders if not f.startswith(".") and f not in SKIPPED]
        found += [
            os.path.join(here, name)  # noqa: PTH118 - a thousand files a call
            for name in names
            if name == PROJECT_FILE or (name.endswith(EXPERIMENT_SUFFIX) and name[0] != ".")
        ]
    return [Path(path) for path in sorted(found)]


def one_experiment(argument: str | None) -> Path:
    """Return the experiment that an argument means: a file, its id, or a folder with only one."""
    path = absolute(argument or ".")
    if path.is_file():
        if not _is_experiment(path):
            raise MisuseError(
                f"{argument} is not an experiment; experiments are files *{EXPERIMENT_SUFFIX}"
            )
        return path
    if path.is_dir():
        found = [p for p in files_in(path) if _is_experiment(p)]
        if len(found) == 1:
            return found[0]
        # A folder is often named for the experiment in it, beside which there are others.
        own = _ids().get(argument or "", [])
        return own[0] if own else _not_one(found, argument)
    return _by_id(str(argument))


def _ids() -> dict[str, list[Path]]:
    return Project.open(Path.cwd(), base=Path.cwd()).ids()


def _not_one(found: list[Path], argument: str | None) -> NoReturn:
    where = argument or "this folder"
    if not found:
        raise MisuseError(
            f"there is no experiment (*{EXPERIMENT_SUFFIX}) in {where}; 'mline init' writes one"
        )
    shown = ", ".join(os.path.relpath(p) for p in found[:6])
    more = ", …" if len(found) > 6 else ""
    raise MisuseError(f"{where} has {len(found)} experiments; name one: {shown}{more}")


def _by_id(name: str) -> Path:
    known = _ids()
    if name in known:
        return known[name][0]
    if "/" in name or os.sep in name or name.endswith((".yaml", ".yml")):
        raise MisuseError(f"there is no file or folder '{name}'")
    raise no_such("experiment", name, known)


def _is_experiment(path: Path) -> bool:
    return path.name.endswith(EXPERIMENT_SUFFIX) and kind_of(path) == "experiment"
