"""Ctrl-C during a run: told to it, and raised nowhere."""

from __future__ import annotations

import contextlib
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator

PATIENCE = 15.0
"""Seconds that a run has for its end: stages have five for theirs, their containers some more."""


@contextlib.contextmanager
def at_interrupt(act: Callable[[], None], patience: float = PATIENCE) -> Iterator[None]:
    """Call `act` at each Ctrl-C, in another thread, instead of raising KeyboardInterrupt.

    An exception comes wherever the main thread is: between the end of a stage and its note, or
    while it deals with an earlier Ctrl-C. One that comes more than `patience` seconds after the
    first ends the process: an engine that answers nothing must not hold a person at a terminal.
    A program that ignores interrupts goes on doing so.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    first: list[float] = []
    # Of what a handler could tell a thread by, this alone may be interrupted by the next Ctrl-C.
    presses: queue.SimpleQueue[str] = queue.SimpleQueue()

    def deal() -> None:
        while presses.get():
            act()

    def begin(*_: object) -> None:
        now = time.monotonic()
        first.append(now)
        if now - first[0] > patience:
            # Threads that wait for an answer would hold an exception up.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.raise_signal(signal.SIGINT)
        presses.put("pressed")

    threading.Thread(target=deal, name="mline-interrupt", daemon=True).start()
    signal.signal(signal.SIGINT, begin)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        presses.put("")
