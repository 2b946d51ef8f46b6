"""Temporary folders of stages, held while a stage needs them, and those that nobody holds."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import socket
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from mline_airflow.stages.workspace import remove_tree

PREFIX = "mline-stage-"
_LEFT_OVER = 600.0
_ELSEWHERE = 14 * 86400.0
"""Seconds after which a folder of another machine is taken for left: its locks are not seen here.

On NFS, where several machines may share a place, the lock of a folder holds on one of them alone
(https://man7.org/linux/man-pages/man2/flock.2.html).
"""


class StageFolder:
    """A new folder, of this user alone, below `place` or where temporary files are.

    It is locked, so that no sweep of another worker of this machine takes it away, and named after
    the machine, so that none of another does.
    """

    def __init__(self, place: Path | None = None) -> None:
        made = tempfile.mkdtemp(prefix=f"{PREFIX}{_machine()}-", dir=place)
        self.path = Path(os.path.realpath(made))
        self._lock = os.open(self.path, os.O_RDONLY)
        with contextlib.suppress(OSError):  # a network's file system may have no locks
            fcntl.flock(self._lock, fcntl.LOCK_SH)

    def remove(self) -> None:
        """Remove it; once more does nothing. Raises OSError for what may not be removed."""
        if self._lock < 0:
            return
        remove_tree(self.path)
        os.close(self._lock)
        self._lock = -1


@contextlib.contextmanager
def unheld(path: Path) -> Iterator[bool]:
    """Tell whether no living process needs a stage folder; meanwhile none can begin to."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def sweep_leftovers(place: Path | None = None, older_than: float = _LEFT_OVER) -> int:
    """Remove stage folders that no living process holds; return how many.

    Who runs a stage removes its folder, and when a worker is killed, the stage's guard or its next
    try does so; what is left here is of those that were killed, too, or of a machine that went
    down. Those of other machines, and of this one before it started, are kept for two weeks.
    """
    removed = 0
    ours = f"{PREFIX}{_machine()}-"
    for path in (place or Path(tempfile.gettempdir())).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            status = path.lstat()
            # One that is new may be about to be locked; another user's may change while it is read.
            least = older_than if path.name.startswith(ours) else max(older_than, _ELSEWHERE)
            if time.time() - status.st_mtime < least or status.st_uid != os.geteuid():
                continue
            with unheld(path) as free:
                if free:
                    remove_tree(path)
                    removed += 1
    return removed


@cache
def _machine() -> str:
    """Return the same for all processes that see each other's locks: those of one kernel."""
    name = socket.gethostname()
    with contextlib.suppress(OSError):
        name = Path("/proc/sys/kernel/random/boot_id").read_text("ascii")
    return hashlib.sha256(name.encode()).hexdigest()[:12]


@cache
def sweep_once(place: Path | None = None) -> None:
    """Sweep when a process runs its first stage."""
    sweep_leftovers(place)
