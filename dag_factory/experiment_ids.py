"""Which experiment is in which file of a project, as the texts say.

One answer needs the text of every file. So what was read is remembered by the whole process, and
by the processes that it forks, with what tells that a file is still the same one: asking for every
experiment of a project then costs its files once, and not their square.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from .sources import Sources

_ID = re.compile(r"^experiment:[ \t]*['\"]?([A-Za-z0-9_]+)", re.MULTILINE)
_ROOTS = 64
_RACY_NS = 2_000_000_000
"""A file that changed less than this before it was read may change again within its time stamp."""

Stamp = tuple[int, int, int, int]


class _Entry(NamedTuple):
    name: str
    stamp: Stamp | None
    """None when the file has to be read again in any case."""


class _Index(NamedTuple):
    entries: Mapping[Path, _Entry]
    files: Mapping[str, list[Path]]
    """Id -> the files that have it, sorted."""


_NOTHING = _Index({}, {})
_indexes: dict[Path, _Index] = {}
"""By project. An index is replaced and never changed, so threads need no lock."""


def id_match(text: str) -> re.Match[str] | None:
    """Return where a text gives its experiment's id, in group 1."""
    return _ID.search(text)


def experiment_id(text: str) -> str | None:
    """Return the id that an experiment's text gives, however broken the rest of it is."""
    match = _ID.search(text)
    return match[1] if match else None


class ExperimentIds:
    """The ids of one project's experiments; `paths` lists its files, sorted."""

    def __init__(self, sources: Sources, paths: Callable[[], list[Path]]) -> None:
        self._sources = sources
        self._paths = paths

    def all(self) -> dict[str, list[Path]]:
        """Return the files by id, looking at each file and reading those that have changed."""
        old = self._index.entries
        entries: dict[Path, _Entry] = {}
        files: dict[str, list[Path]] = {}
        for path in self._paths():
            entry = self._entry(path, old.get(path))
            if entry is None:
                continue  # it is gone again
            entries[path] = entry
            if entry.name:
                files.setdefault(entry.name, []).append(path)
        if self._root not in _indexes and len(_indexes) >= _ROOTS:
            _indexes.clear()
        _indexes[self._root] = _Index(entries, files)
        return {name: list(paths) for name, paths in files.items()}

    def known(self) -> Mapping[str, list[Path]]:
        """Return the files by id as they were when all were looked at, which is done once."""
        return self._index.files or self.all()

    def having(self, name: str) -> list[Path]:
        """Return the files with an id, each looked at; all are when one is not as it was."""
        paths = self._index.files.get(name, [])
        if paths and all(self._name(path) == name for path in paths):
            return list(paths)
        return self.all().get(name, [])

    def first(self, path: Path) -> Path:
        """Return the first file that has the id of this one: the file itself when it is alone."""
        name = self._name(path)
        if not name:
            return path
        entry = self._index.entries.get(path)
        if entry is None or entry.name != name:
            self.all()
        for other in self._index.files.get(name, ()):
            if other == path:
                break
            if self._name(other) == name:
                return other
        return path

    @property
    def _root(self) -> Path:
        return self._sources.root

    @property
    def _index(self) -> _Index:
        return _indexes.get(self._root, _NOTHING)

    def _name(self, path: Path) -> str:
        try:
            return experiment_id(self._sources.read(path)[0].text) or ""
        except OSError:
            return ""

    def _entry(self, path: Path, known: _Entry | None) -> _Entry | None:
        if self._sources.is_put(path):
            return _Entry(self._name(path), None)
        try:
            found = os.stat(path)  # noqa: PTH116 - once for each experiment of the project
            stamp = (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)
            if known is not None and known.stamp == stamp:
                return known
            now = time.time_ns()
            name = experiment_id(self._sources.read(path)[0].text) or ""
        except OSError:
            return None
        racy = now - found.st_mtime_ns < _RACY_NS
        return _Entry(name, None if racy else stamp)
