"""The folder that shows a project's experiments to Airflow as one small DAG file each.

Airflow 3.3 finds DAGs in `.py` files only. So a bundle keeps a folder beside the project, with
`a/b.mline.yaml.py` for `a/b.mline.yaml`: its text is the YAML, which the Code tab shows, and one
line of Python that compiles the YAML file itself. A file is rewritten only when its text changes,
and the text names a digest of all that the experiment depends on: so a changed type library makes
Airflow parse the experiments that use it, and no others.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mline_airflow import __version__
from mline_airflow.dag_factory.project import Project

EXPERIMENT_SUFFIX = ".mline.yaml"
_STATE = ".mline-state.json"
_ID = re.compile(r"^experiment:[ \t]*([A-Za-z0-9_]+)", re.MULTILINE)
_TAKEN_FROM = re.compile(r"\bfrom:[ \t]*([a-z][a-z0-9_]*)\.")
_RACY_NS = 2_000_000_000
"""A file that changed less than this before it was read may change again within its time stamp."""


class DagFolder:
    """The DAG files in `target` for the experiments below `source`."""

    def __init__(self, source: Path, target: Path) -> None:
        self.source = source
        self.target = target

    def is_current(self) -> bool:
        """Tell whether the files are in step with the project, by time stamps alone."""
        state = self._state()
        return bool(state) and not state["racy"] and state["inputs"] == _stamps(self._inputs())

    def update(self) -> None:
        """Bring the files in step: atomically, file by file, and stale ones are removed."""
        _own_folder(self.target)
        inputs = self._inputs()
        stamps = _stamps(inputs)
        started = time.time_ns()
        wanted = self._wanted(inputs)
        for path in self._shown():
            if path.relative_to(self.target).as_posix() not in wanted:
                path.unlink(missing_ok=True)
        for name, text in wanted.items():
            _write_if_changed(self.target / name, text)
        racy = any(started - stamp[0] < _RACY_NS for stamp in stamps.values())
        # The source is named in the state, so that a DAG file's text is the same everywhere.
        state = {"source": str(self.source), "inputs": stamps, "racy": racy}
        _write_if_changed(self.target / _STATE, json.dumps(state))

    def _inputs(self) -> list[Path]:
        return project_inputs(self.source)

    def _state(self) -> dict[str, Any]:
        return _read_state(self.target)

    def _shown(self) -> list[Path]:
        return sorted(self.target.rglob(f"*{EXPERIMENT_SUFFIX}.py"))

    def _wanted(self, inputs: list[Path]) -> dict[str, str]:
        texts = {path: _read(path) for path in inputs}
        below = [p for p in inputs if is_experiment(p) and p.is_relative_to(self.source)]
        ids = {path: _experiment_id(texts[path]) for path in below}
        common = _digest(texts[p] for p in inputs if not is_experiment(p))
        by_id = {_experiment_id(t): t for p, t in texts.items() if is_experiment(p)}
        first: dict[str, Path] = {}
        wanted = {}
        for path in below:
            name = path.relative_to(self.source).as_posix()
            taken = [by_id.get(i, "") for i in sorted(set(_TAKEN_FROM.findall(texts[path])))]
            context = _digest([__version__, common, *taken])
            owner = first.setdefault(ids[path], path) if ids[path] else path
            other = "" if owner == path else os.path.relpath(owner, path.parent)
            wanted[f"{name}.py"] = dag_file_text(name, texts[path], context, other)
        return wanted


def project_inputs(source: Path) -> list[Path]:
    """Return every file that the experiments below `source` are compiled from, sorted."""
    project = Project.open(source)
    inputs = [*project.experiments(), *project.libraries()]
    settings = project.root / "mline.yaml"
    return sorted({*inputs, settings} if settings.is_file() else set(inputs))


def is_experiment(path: Path) -> bool:
    """Tell an experiment from a type library and from `mline.yaml`, by its name."""
    return path.name.endswith(EXPERIMENT_SUFFIX) and not path.name.endswith(".types.mline.yaml")


def first_with_the_id(path: Path, source: Path) -> Path | None:
    """Return the first experiment below `source` that has the id of this one; None if it is it."""
    name = _experiment_id(_read(path))
    below = (p for p in project_inputs(source) if is_experiment(p) and p.is_relative_to(source))
    first = next((p for p in below if _experiment_id(_read(p)) == name), path)
    return first if name and first != path else None


def id_place(path: Path) -> tuple[int, int, str]:
    """Return line, column and text of an experiment's id."""
    text = _read(path)
    found = _ID.search(text)
    if found is None:
        return 1, 1, ""
    line = text.count("\n", 0, found.start(1)) + 1
    return line, found.start(1) - text.rfind("\n", 0, found.start(1)), found.group(1)


def source_of(dag_file: Path) -> Path:
    """Return the experiment that a DAG file shows.

    Raises FileNotFoundError when the DAG file lies in no folder of this kind.
    """
    for folder in dag_file.parents:
        state = _read_state(folder)
        if state:
            shown = dag_file.relative_to(folder).as_posix().removesuffix(".py")
            return Path(state["source"], shown)
    message = f"{dag_file} is not in a DAG folder that MLine keeps"
    raise FileNotFoundError(message)


def dag_file_text(name: str, yaml: str, context: str, same_id_as: str = "") -> str:
    """Return the DAG file of one experiment.

    Airflow looks for the words `airflow` and `dag` in a file before it imports it.
    """
    quotes = next((q for q in ('"""', "'''") if q not in yaml), "")
    if quotes:
        literal = f"r{quotes}\n{yaml.removesuffix(chr(10))}\n{quotes}"
    else:
        escaped = yaml.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
        literal = f'"""\n{escaped}\n"""'
    arguments = f", same_id_as={same_id_as!r}" if same_id_as else ""
    return (
        f"# {name}, as MLine shows it to Airflow. Edit the YAML file: this one is rewritten.\n"
        f"{literal}\n"
        f"from mline_airflow.dag_file import load  # {context}\n\n"
        f"dag = load(__file__{arguments})\n"
    )


def _experiment_id(text: str) -> str:
    found = _ID.search(text)
    return found.group(1) if found else ""


def _digest(texts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(f"{len(text)}:".encode())
        digest.update(text.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:16]


def _read(path: Path) -> str:
    """Read a file that may vanish or be no UTF-8: the compiler says what is wrong with it."""
    try:
        text = path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")


def _stamps(paths: list[Path]) -> dict[str, list[int]]:
    stamps = {}
    for path in paths:
        try:
            found = path.stat()
        except OSError:
            stamps[str(path)] = [0]
        else:
            stamps[str(path)] = [found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino]
    return stamps


def _read_state(folder: Path) -> dict[str, Any]:
    try:
        state = json.loads((folder / _STATE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def _own_folder(folder: Path) -> None:
    """Make the folder, and refuse one that others may write to: Airflow runs what lies in it."""
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    mode = folder.stat().st_mode
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        folder.chmod(mode & ~(stat.S_IWGRP | stat.S_IWOTH))


def _write_if_changed(path: Path, text: str) -> None:
    if _unchanged(path, text):
        return
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _unchanged(path: Path, text: str) -> bool:
    try:
        return path.read_text("utf-8") == text
    except (OSError, ValueError):
        return False
