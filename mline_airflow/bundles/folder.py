"""The folder that shows a project's experiments to Airflow as one small DAG file each.

Airflow 3.3 finds DAGs in `.py` files only. So a bundle keeps a folder beside the project, with
`a/b.mline.yaml.py` for `a/b.mline.yaml`: its text is the YAML, which the Code tab shows, and one
line of Python that compiles the YAML file itself. A file is rewritten only when its text changes,
and the text names a digest of what the experiment depends on: so Airflow parses it again when a
type library, `mline.yaml` or an experiment whose entities it takes has changed.
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
from mline_airflow.dag_factory.project import (
    EXPERIMENT_SUFFIX,
    PROJECT_FILE,
    Project,
    kind_of,
)

_STATE = ".mline-state.json"
_SOURCE = ".mline-source"
"""Names the project's folder: each DAG file asks for it, and the state grows with the project."""
_REAPER = "mline_reaper.py"
_LEAVES = re.compile(r"\b(?:services|docker|image)\b")
"""What a killed worker may leave: services, and containers of stages."""
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
        return (
            bool(state)
            and _shown_source(self.target) == self.source
            and not state["racy"]
            and state["inputs"] == _stamps(project_inputs(Project.open(self.source)))
        )

    def update(self) -> None:
        """Bring the files in step: atomically, file by file, and stale ones are removed."""
        _own_folder(self.target)
        project = Project.open(self.source)
        inputs = project_inputs(project)
        stamps = _stamps(inputs)
        started = time.time_ns()
        wanted = self._wanted(project, inputs)
        # Not in the DAG files themselves, so that their text is the same everywhere.
        _write_if_changed(self.target / _SOURCE, json.dumps(str(self.source)))
        for path in self._shown():
            if path.relative_to(self.target).as_posix() not in wanted:
                path.unlink(missing_ok=True)
        for name, text in wanted.items():
            _write_if_changed(self.target / name, text)
        racy = any(started - stamp[0] < _RACY_NS for stamp in stamps.values())
        state = {"inputs": stamps, "racy": racy}
        _write_if_changed(self.target / _STATE, json.dumps(state))

    def _state(self) -> dict[str, Any]:
        return _read_state(self.target)

    def _shown(self) -> list[Path]:
        reaper = _existing(self.target / _REAPER)
        return [*sorted(self.target.rglob(f"*{EXPERIMENT_SUFFIX}.py")), *reaper]

    def _wanted(self, project: Project, inputs: list[Path]) -> dict[str, str]:
        texts = {path: _read(path) for path in inputs}
        experiments = {path for path in inputs if kind_of(path) == "experiment"}
        common = _digest(texts[path] for path in inputs if path not in experiments)
        ids = project.ids()
        first = {name: paths[0] for name, paths in ids.items()}
        first_of = {path: paths[0] for paths in ids.values() for path in paths}
        wanted = {}
        for path in sorted(experiments):
            if not path.is_relative_to(self.source):
                continue
            others = sorted({first[i] for i in _TAKEN_FROM.findall(texts[path]) if i in first})
            context = _digest([__version__, common, *(texts[other] for other in others)])
            name = path.relative_to(self.source).as_posix()
            is_second = first_of.get(path, path) != path
            text = dag_file_text(name, texts[path], context, is_second=is_second)
            wanted[f"{name}.py"] = text
        if experiments and any(_LEAVES.search(text) for text in texts.values()):
            wanted[_REAPER] = _REAPER_TEXT
        return wanted


_REAPER_TEXT = """\
# The DAG that ends services and containers that were left behind; [mline] reaper says when it runs.
from mline_airflow.services.reaper_dag import reaper

dag = reaper(__file__)
"""


def project_inputs(project: Project) -> list[Path]:
    """Return every file that the experiments of a project are compiled from, sorted."""
    settings = project.root / PROJECT_FILE
    return sorted({*project.experiments(), *project.libraries(), *_existing(settings)})


def _existing(path: Path) -> list[Path]:
    return [path] if path.is_file() else []


def source_of(dag_file: Path) -> Path:
    """Return the experiment that a DAG file shows.

    Raises FileNotFoundError when the DAG file lies in no folder of this kind.
    """
    for folder in dag_file.parents:
        source = _shown_source(folder)
        if source is not None:
            return source / dag_file.relative_to(folder).as_posix().removesuffix(".py")
    message = f"{dag_file} is not in a DAG folder that MLine keeps"
    raise FileNotFoundError(message)


def dag_file_text(name: str, yaml: str, context: str, *, is_second: bool = False) -> str:
    """Return the DAG file of one experiment; `is_second` when another one has its id.

    Airflow looks for the words `airflow` and `dag` in a file before it imports it.
    """
    quotes = next((q for q in ('"""', "'''") if q not in yaml), "")
    if quotes:
        literal = f"r{quotes}\n{yaml.removesuffix(chr(10))}\n{quotes}"
    else:
        escaped = yaml.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
        literal = f'"""\n{escaped}\n"""'
    function = "load_second" if is_second else "load"
    return (
        f"# {name}, as MLine shows it to Airflow. Edit the YAML file: this one is rewritten.\n"
        f"{literal}\n"
        f"from mline_airflow.dag_file import {function}  # {context}\n\n"
        f"dag = {function}(__file__)\n"
    )


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


def _shown_source(folder: Path) -> Path | None:
    try:
        return Path(json.loads((folder / _SOURCE).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _read_state(folder: Path) -> dict[str, Any]:
    try:
        state = json.loads((folder / _STATE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def _own_folder(folder: Path) -> None:
    """Make the folder, and refuse one that others may write to: Airflow runs what lies in it."""
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    found = folder.stat()
    if found.st_uid not in {os.getuid(), 0}:
        message = f"{folder} belongs to another user; Airflow must not run what lies in it"
        raise PermissionError(message)
    mode = found.st_mode
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
