"""The files beside an experiment, as the compiler asks for them, and a note of what it asked."""

from __future__ import annotations

import hashlib
import os
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

    def path(self, relative: str) -> Path:
        """Return the absolute path, `..` removed and links not followed."""
        return Path(os.path.normpath(self.folder / relative))

    def inside(self, relative: str) -> bool:
        """Tell whether a relative path stays in the project, links followed."""
        if "\0" in relative or relative.startswith("/"):
            return False
        path = self.path(relative)
        if not path.is_relative_to(self.root):
            return False
        try:
            return path.resolve().is_relative_to(self.root.resolve())
        except (OSError, RuntimeError):
            return False

    def kind(self, relative: str) -> Kind:
        """Return whether a file or a folder is there."""
        if not self.inside(relative):
            return ""
        path = self.path(relative)
        kind = kind_of(path)
        self.asked[str(path)] = kind
        return kind

    def text(self, relative: str) -> str | None:
        """Return a file's text, or None when there is none that can be read."""
        if self.kind(relative) != "file":
            return None
        path = self.path(relative)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        self.asked[str(path)] = digest(data)
        return data.decode("utf-8", errors="replace")


def kind_of(path: Path) -> Kind:
    """Return whether a file or a folder is there."""
    try:
        if path.is_dir():
            return "folder"
        return "file" if path.is_file() else ""
    except (OSError, ValueError):
        return ""


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
