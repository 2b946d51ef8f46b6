"""The texts of a project: found, read once while they do not change, decoded."""

from __future__ import annotations

import os
from pathlib import Path

from .diagnostic import Collector, Diagnostic
from .text import SourceFile, Span

SKIPPED = frozenset({"node_modules", "__pycache__", "venv"})


class Sources:
    """Reads the files of one project. Displayed paths are relative to `base`."""

    def __init__(self, root: Path, base: Path) -> None:
        self.root = root
        self.base = base
        self._read: dict[Path, tuple[tuple[int, int], SourceFile, Diagnostic | None]] = {}
        self._put: dict[Path, SourceFile] = {}

    def put(self, path: Path, text: str | None) -> None:
        """Let `text` stand for a file, as an editor's that is not saved; None ends it."""
        if text is None:
            self._put.pop(path, None)
        elif (known := self._put.get(path)) is None or known.text != text:
            self._put[path] = SourceFile(self.display(path), text.removeprefix("\ufeff"))

    def is_put(self, path: Path) -> bool:
        """Tell whether a text stands for the file."""
        return path in self._put

    def is_file(self, path: Path) -> bool:
        """Tell whether there is such a file, on disk or put."""
        return path in self._put or path.is_file()

    def walk(self, suffix: str) -> list[Path]:
        """Return the files of the project whose names end so, sorted; hidden ones are left out."""
        found: list[Path] = []
        for folder, folders, files in os.walk(self.root):
            folders[:] = [f for f in folders if not f.startswith(".") and f not in SKIPPED]
            found.extend(Path(folder, f) for f in files if f.endswith(suffix) and f[0] != ".")
        found.extend(
            path
            for path in self._put
            if path.name.endswith(suffix) and path.is_relative_to(self.root) and not path.is_file()
        )
        return sorted(found)

    def display(self, path: Path) -> str:
        """Return the path as people are shown it."""
        try:
            return path.relative_to(self.base).as_posix()
        except ValueError:
            return str(path)

    def read(self, path: Path) -> tuple[SourceFile, Diagnostic | None]:
        """Read a file, from memory when it has not changed. Raises OSError.

        A file that is not UTF-8 gives what can be read and a finding at its first wrong byte.
        """
        if path in self._put:
            return self._put[path], None
        status = os.stat(path)  # noqa: PTH116 - once a DAG, and a `Path` costs as much again
        stamp = (status.st_mtime_ns, status.st_size)
        cached = self._read.get(path)
        if cached is None or cached[0] != stamp:
            with open(path, "rb") as file:  # noqa: PTH123
                data = file.read()
            source, broken = decode(data, self.display(path))
            cached = (stamp, source, broken)
            self._read[path] = cached
        return cached[1], cached[2]


def decode(data: bytes, display: str) -> tuple[SourceFile, Diagnostic | None]:
    """Decode UTF-8, a byte-order mark left out; a wrong byte is a finding."""
    try:
        return SourceFile(display, data.decode("utf-8-sig")), None
    except UnicodeDecodeError as error:
        text = data.decode("utf-8", errors="replace").removeprefix("\ufeff")
        source = SourceFile(display, text)
        found = Collector(source)
        at = text.find("\ufffd")
        message = f"byte 0x{data[error.start]:02X} is not UTF-8; save the file as UTF-8"
        found.add("not-utf8", Span(max(at, 0), max(at, 0) + 1), message)
        return source, found.found[0]
