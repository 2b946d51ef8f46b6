"""The parent of a service that is a plain command: keeps how it ended, ends it with its lease.

Run as `python -I -S keeper.py FOLDER GRACE PROGRAM ARGUMENT…`, in the service's own environment
and working directory; it leaves its starter at once. Files in FOLDER:

    keeper, child   process ids
    users/RUN       when the lease of a run ends, in seconds since 1970
    log             what the service prints
    exit            `STATUS REASON` when it has ended; REASON is stopped, lease or ended

SIGTERM ends the service. Standard library only, for it starts with every service.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time

_LOOK = 1.0
_DEFAULT = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE, signal.SIGCHLD)


def _main() -> None:
    folder, grace, program = sys.argv[1], float(sys.argv[2]), sys.argv[3:]
    ready_in, ready_out = os.pipe()
    if os.fork():
        # The starter waits for us until the service has started, or could not.
        os.close(ready_out)
        answer = os.read(ready_in, 64)
        os._exit(0 if answer == b"ok" else 1)
    os.close(ready_in)
    os.setsid()
    _write(folder, "keeper", str(os.getpid()))
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    asked: list[int] = []
    wake_in, wake_out = os.pipe()
    os.set_blocking(wake_out, False)
    signal.set_wakeup_fd(wake_out)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
    log = os.open(os.path.join(folder, "log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)  # noqa: PTH118 - pathlib costs most of the start
    child, problem = _start(program, log)
    if problem:
        _write(folder, "exit", f"{problem} errno")
        os.waitpid(child, 0)
        os._exit(1)
    _write(folder, "child", str(child))
    os.write(ready_out, b"ok")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2, log, ready_out):
        os.dup2(nothing, descriptor)
    status, reason = _wait(folder, child, wake_in, grace, asked)
    _signal_group(child, signal.SIGKILL)
    _write(folder, "exit", f"{status} {reason}")


def _start(program: list[str], log: int) -> tuple[int, int]:
    """Start the service in a group of its own; return its id, and an errno or 0."""
    told_in, told_out = os.pipe()
    child = os.fork()
    if child:
        os.close(told_out)
        try:  # noqa: SIM105 - contextlib costs more than this whole program
            os.setpgid(child, child)
        except (PermissionError, ProcessLookupError):
            pass
        problem = os.read(told_in, 16)
        os.close(told_in)
        return child, int(problem or b"0")
    try:
        os.setpgid(0, 0)
        for number in _DEFAULT:
            signal.signal(number, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.execvp(program[0], program)  # noqa: S606 - no shell is what is wanted
    except OSError as error:
        os.write(told_out, str(error.errno).encode("ascii"))
    finally:
        os._exit(127)


def _wait(folder: str, child: int, wake: int, grace: float, asked: list[int]) -> tuple[int, str]:
    reason, deadline = "ended", 0.0
    while True:
        ended, code = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(code), reason
        if not deadline and (asked or not _is_leased(folder)):
            reason = "stopped" if asked else "lease"
            deadline = time.monotonic() + grace
            _signal_group(child, signal.SIGTERM)
        elif deadline and time.monotonic() > deadline:
            _signal_group(child, signal.SIGKILL)
        if wake in select.select([wake], [], [], _LOOK)[0]:
            os.read(wake, 4096)


def _is_leased(folder: str) -> bool:
    """Tell whether a lease holds; a folder that was removed has none."""
    try:
        names = os.listdir(f"{folder}/users")  # noqa: PTH208
    except OSError:
        return False
    now = time.time()
    for name in names:
        try:
            with open(f"{folder}/users/{name}") as file:  # noqa: PTH123
                if float(file.read() or 0) > now:
                    return True
        except (OSError, ValueError):
            continue
    return False


def _signal_group(child: int, number: int) -> None:
    try:  # noqa: SIM105
        os.killpg(child, number)
    except (ProcessLookupError, PermissionError):
        pass


def _write(folder: str, name: str, text: str) -> None:
    """Write a file at once; a folder that is gone needs none."""
    try:
        draft = f"{folder}/.{name}"
        with open(draft, "w") as file:  # noqa: PTH123
            file.write(text)
        os.replace(draft, f"{folder}/{name}")  # noqa: PTH105
    except OSError:
        pass


_main()
