"""Locks between the processes of one machine: they hold while their holder lives."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def file_lock(folder: Path, slug: str, *, wait: bool = True) -> Iterator[bool]:
    """Hold a lock on a name, against all processes that use the same folder.

    Without `wait` it gives False at once when another process holds it.
    """
    locks = folder / ".locks"
    locks.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (locks / slug).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
