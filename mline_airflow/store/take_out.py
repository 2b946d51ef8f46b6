"""Lay artifacts out on this machine's disk."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import IO

from ..failures import ArtifactCorruptError
from .tree import Entry

CopyOut = Callable[[Entry, IO[bytes] | None], None]
"""Copies an entry's content to an open file, and verifies it."""

_READERS = 8


def take_file(entry: Entry, path: Path, copy: CopyOut) -> None:
    """Write a file, which must not exist."""
    with path.open("xb", buffering=0) as sink:
        copy(entry, sink)
        if entry.kind == "exec":
            os.fchmod(sink.fileno(), 0o777 & ~_umask())


def take_folder(entries: list[Entry], path: Path, copy: CopyOut) -> None:
    """Write a folder, which must not exist.

    Links come last and are checked on disk, so that no file can be written through one.
    """
    path.mkdir()
    for entry in entries:
        folder = path / entry.path
        (folder if entry.kind == "folder" else folder.parent).mkdir(parents=True, exist_ok=True)
    files = [entry for entry in entries if entry.is_file]
    with ThreadPoolExecutor(_READERS, thread_name_prefix="mline-get") as pool:
        for done in [pool.submit(take_file, one, path / one.path, copy) for one in files]:
            done.result()
    links = [entry for entry in entries if entry.kind == "link"]
    for entry in links:
        (path / entry.path).symlink_to(entry.target)
    root = Path(os.path.realpath(path))
    for entry in links:
        if not Path(os.path.realpath(path / entry.path)).is_relative_to(root):
            raise ArtifactCorruptError(f"link '{entry.path}' leads out of its folder")


@cache
def _umask() -> int:
    """Return the process's mask; Linux tells it without changing it, as `os.umask` would."""
    try:
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
    except OSError:
        return 0o022
    return next((int(line.split()[1], 8) for line in lines if line.startswith("Umask:")), 0o022)


def remove_draft(path: Path) -> None:
    """Remove what was begun, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
