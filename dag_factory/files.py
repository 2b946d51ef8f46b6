"""The files beside an experiment, as the compiler asks for them, and a note of what it asked."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import Literal

Kind = Literal["file", "folder", ""]


class Files:
    """Looks at files below one project; every answer that a plan depends on is in `asked`.

    Paths are relative to `folder`. Nothing outside `root` is ever looked at: such a path has the
    kind "" and `inside` says false.
    """

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = root
        self.folder = folder
        self.asked: dict[str, str] = {}
        # Strings, not `Path`s: this runs for every file that an experiment names.
        self._root = str(root)
        self._folder = str(folder)
        self._real_root = ""

    def path(self, relative: str) -> str:
        """Return the absolute path, `..` removed and links not followed."""
        return os.path.normpath(os.path.join(self._folder, relative))  # noqa: PTH118

    def inside(self, relative: str) -> bool:
        """Tell whether a relative path stays in the project, links followed."""
        if "\0" in relative or relative.startswith("/"):
            return False
        path = self.path(relative)
        if not _is_below(path, self._root):
            return False
        try:
            if not self._real_root:
                self._real_root = os.path.realpath(self._root)
            return _is_below(os.path.realpath(path), self._real_root)
        except (OSError, RuntimeError, ValueError):
            return False

    def kind(self, relative: str) -> Kind:
        """Return whether a file or a folder is there."""
        if not self.inside(relative):
            return ""
        path = self.path(relative)
        kind = kind_of(path)
        self.asked[path] = kind
        return kind

    def below(self, relative: str, suffix: str = "") -> list[str]:
        """Return the files below a folder whose names end so, relative to it, sorted.

        Hidden ones are left out. This is for completion: no plan depends on it.
        """
        found: list[str] = []
        if self.kind(relative) != "folder":
            return found
        top = self.path(relative)
        for here, folders, names in os.walk(top):
            folders[:] = [f for f in folders if not f.startswith((".", "__"))]
            found += [
                os.path.relpath(os.path.join(here, name), top)  # noqa: PTH118 - strings, as above
                for name in names
                if name.endswith(suffix) and not name.startswith(".")
            ]
        return sorted(found)

    def names(self, relative: str) -> list[str]:
        """Return what is in a folder, sorted, folders with a `/`; hidden things are left out."""
        if self.kind(relative) != "folder":
            return []
        try:
            with os.scandir(self.path(relative)) as entries:
                return sorted(
                    f"{e.name}/" if e.is_dir() else e.name
                    for e in entries
                    if not e.name.startswith((".", "__"))
                )
        except OSError:
            return []

    def text(self, relative: str) -> str | None:
        """Return a file's text, or None when there is none that can be read."""
        if self.kind(relative) != "file":
            return None
        path = self.path(relative)
        try:
            with open(path, "rb") as file:  # noqa: PTH123
                data = file.read()
        except OSError:
            return None
        self.asked[path] = digest(data)
        return data.decode("utf-8", errors="replace")


def kind_of(path: str | Path) -> Kind:
    """Return whether a file or a folder is there."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116
    except (OSError, ValueError):
        return ""
    if stat.S_ISDIR(mode):
        return "folder"
    return "file" if stat.S_ISREG(mode) else ""


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def digest(data: bytes) -> str:
    """Return `sha256:…` of the data."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def fingerprint(path: Path, known: str) -> str:
    """Return what `asked` would hold now, in the way that `known` was found."""
    if known.startswith("sha256:"):
        try:
            return digest(path.read_bytes())
        except OSError:
            return ""
    return kind_of(path)
