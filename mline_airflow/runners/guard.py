"""The parent of a stage's process: it ends the stage when whoever started it is gone.

Run as `python -I -S guard.py LIFELINE STATUS GRACE FOLDER PROGRAM ARGUMENT…`. The stage gets a
process group of its own. LIFELINE is the reading end of a pipe: a byte asks to end the stage; when
it closes unasked, the starter was killed, and FOLDER is removed, too. STATUS is the writing end of
another: `started PID`, then `exit STATUS` or `failed ERRNO`. Standard library only, and little of
it, for it starts with every stage: `contextlib` and `pathlib` would be most of that.
"""

from __future__ import annotations

import errno
import os
import select
import signal
import sys
import time

_QUIET = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_DEFAULT = (*_QUIET, signal.SIGPIPE, signal.SIGCHLD)


def _main() -> None:
    lifeline, status = int(sys.argv[1]), int(sys.argv[2])
    grace, folder, program = float(sys.argv[3]), sys.argv[4], sys.argv[5:]
    os.set_inheritable(lifeline, False)  # noqa: FBT003 - not our function
    os.set_inheritable(status, False)  # noqa: FBT003
    # A signal for the whole session must not end the guard before the stage.
    for number in _QUIET:
        signal.signal(number, signal.SIG_IGN)
    wake_in, wake_out = os.pipe()
    os.set_blocking(wake_out, False)
    signal.set_wakeup_fd(wake_out)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    child = _start(program, status)
    _tell(status, f"started {child}")
    # Only the stage holds the log now: it closes when the stage and all that it started end.
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    result, orphaned = _wait(child, lifeline, wake_in, grace)
    _signal_group(child, signal.SIGKILL)
    _tell(status, f"exit {result}")
    if orphaned:
        _remove(folder)


def _start(program: list[str], status: int) -> int:
    child = os.fork()
    if child:
        try:  # noqa: SIM105
            os.setpgid(child, child)  # both sides do it: a signal to the group finds it from now on
        except (PermissionError, ProcessLookupError):
            pass
        return child
    try:
        os.setpgid(0, 0)
        for number in _DEFAULT:
            signal.signal(number, signal.SIG_DFL)
        os.execvp(program[0], program)  # noqa: S606 - no shell is what is wanted
    except OSError as error:
        _tell(status, f"failed {error.errno}")
    finally:
        os._exit(127)


def _wait(child: int, lifeline: int, wake: int, grace: float) -> tuple[int, bool]:
    """Wait for the stage; return its status (negative: a signal), and if the starter is gone."""
    deadline: float | None = None
    orphaned = False
    watched = [lifeline, wake]
    while True:
        ended, code = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(code), orphaned
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        ready, _, _ = select.select(watched, [], [], left)
        if wake in ready:
            os.read(wake, 4096)
        if lifeline in ready:
            asked = os.read(lifeline, 16)
            orphaned = orphaned or not asked
            if not asked:
                watched = [wake]
            _signal_group(child, signal.SIGKILL if b"k" in asked else signal.SIGTERM)
            deadline = deadline or time.monotonic() + grace
        if left == 0.0 and not ready:
            _signal_group(child, signal.SIGKILL)
            deadline = None


def _signal_group(child: int, number: int) -> None:
    try:  # noqa: SIM105
        os.killpg(child, number)
    except (ProcessLookupError, PermissionError):
        pass


def _tell(status: int, text: str) -> None:
    try:
        os.write(status, text.encode("ascii") + b"\n")
    except OSError as error:
        if error.errno != errno.EPIPE:
            raise


def _remove(folder: str) -> None:
    for here, folders, _ in os.walk(folder):
        for name in folders:
            path = os.path.join(here, name)  # noqa: PTH118 - pathlib would be most of the start
            if not os.path.islink(path):  # noqa: PTH114
                os.chmod(path, 0o700)  # noqa: PTH101
    for here, folders, files in os.walk(folder, topdown=False):
        for name in files:
            os.unlink(os.path.join(here, name))  # noqa: PTH108, PTH118
        for name in folders:
            path = os.path.join(here, name)  # noqa: PTH118
            if os.path.islink(path):  # noqa: PTH114
                os.unlink(path)  # noqa: PTH108
            else:
                os.rmdir(path)  # noqa: PTH106
    os.rmdir(folder)  # noqa: PTH106


if __name__ == "__main__":
    _main()
