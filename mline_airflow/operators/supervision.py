"""A task whose supervisor was killed: Airflow gives it up, so it ends what it has started."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator

EVERY = 1.0
"""Seconds from look to look."""


@contextlib.contextmanager
def ending_without_supervisor(end: Callable[[], None]) -> Iterator[None]:
    """Call `end` when the process that reports this task to Airflow is gone.

    Airflow says then that the task failed and may start another try, while this process would go on
    unseen. A task of `dag.test()` has no such process; whoever started that may leave.
    """
    if not _is_supervised():
        yield
        return
    parent = os.getppid()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(EVERY):
            if os.getppid() != parent:
                end()
                return

    threading.Thread(target=watch, name="mline-supervision", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _is_supervised() -> bool:
    from airflow.sdk.execution_time import task_runner
    from airflow.sdk.execution_time.comms import CommsDecoder

    return isinstance(getattr(task_runner, "SUPERVISOR_COMMS", None), CommsDecoder)
