"""A task whose supervisor was killed: Airflow gives it up, so it ends what it has started."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator

EVERY = 1.0
"""Seconds from look to look."""
_CREDENTIALS = struct.Struct("3i")
"""Process, user and group at the other end of a socket: `SO_PEERCRED` in unix(7)."""


@contextlib.contextmanager
def ending_without_supervisor(end: Callable[[], None]) -> Iterator[None]:
    """Call `end` when the process that reports this task to Airflow is gone.

    Airflow says then that the task failed and may start another try, while this process would go on
    unseen. A task of `dag.test()` has no such process; whoever started that may leave.
    """
    supervisor = _supervisor()
    if supervisor is None:
        yield
        return
    over = threading.Event()

    def watch() -> None:
        while os.getppid() == supervisor:
            if over.wait(EVERY):
                return
        end()

    threading.Thread(target=watch, name="mline-supervision", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _supervisor() -> int | None:
    """Return the process that has to be this one's parent, None without one.

    It may be gone by now, so it is who made the connection. A task that runs as another user has
    `sudo` between itself and that one; and not every system tells.
    """
    from airflow.sdk.execution_time import task_runner
    from airflow.sdk.execution_time.comms import CommsDecoder

    comms = getattr(task_runner, "SUPERVISOR_COMMS", None)
    if not isinstance(comms, CommsDecoder):
        return None
    if os.environ.get("_AIRFLOW__REEXECUTED_PROCESS") == "1" or not hasattr(socket, "SO_PEERCRED"):
        return os.getppid()
    told = comms.socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    maker: int = _CREDENTIALS.unpack(told)[0]
    return maker or os.getppid()
