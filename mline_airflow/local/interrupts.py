"""Ctrl-C during a run: told to it, and raised nowhere."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def at_interrupt(act: Callable[[], None]) -> Iterator[None]:
    """Call `act` at each Ctrl-C, in a thread of its own, instead of raising KeyboardInterrupt.

    An exception comes wherever the main thread is: between the end of a stage and its note, or
    while it deals with an earlier Ctrl-C. A program that ignores interrupts goes on doing so.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return

    def begin(*_: object) -> None:
        threading.Thread(target=act, name="mline-interrupt", daemon=True).start()

    signal.signal(signal.SIGINT, begin)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
