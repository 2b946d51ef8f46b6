"""The lock of a workspace: one writer at a time, whichever thread, process or server it is in."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from ..errors import Refusal

WAIT_SECONDS = 30.0
_PAUSE = 0.01


@contextlib.contextmanager
def held(path: Path, seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Hold the lock of a file in a folder that all servers share; it ends with its process.

    Raises Refusal when it cannot be had in time.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o664)
    try:
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise Refusal(
                        503,
                        "busy",
                        "others have been saving for half a minute; nothing was saved, try again",
                        headers={"Retry-After": "5"},
                    ) from None
                time.sleep(_PAUSE)
        yield
    finally:
        os.close(handle)
