"""Which process a number means: a process id with the moment when that process began."""

from __future__ import annotations

import contextlib
import os
import subprocess
from functools import cache
from pathlib import Path


def identity(pid: int) -> str | None:
    """Return what no other process with this number has; None when there is none, or a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace")
    except OSError:
        return None if Path("/proc/self/stat").exists() else _by_ps(pid)
    # The name, in parentheses, may hold anything; state and start time come after it.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in {"Z", "X"} else f"{_boot()}:{fields[19]}"


def is_alive(pid: int, known: str) -> bool:
    """Tell whether the very process still runs."""
    return identity(pid) == known


def signal_group(leader: int, known: str, number: int) -> bool:
    """Signal a process group, also when its leader has ended; tell whether there was one."""
    found = identity(leader)
    if found not in {None, known}:
        return False  # the number belongs to somebody else now
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)
        return True
    return False


@cache
def _boot() -> str:
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    return ""


def _by_ps(pid: int) -> str | None:
    done = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, began = done.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else began.strip()
