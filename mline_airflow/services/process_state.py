"""What lies in the folder of a service that is a process: who it is, who uses it, how it ended."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from urllib.parse import unquote

from .pid import identity
from .values import Exit, Reason

_REASONS: dict[str, Reason] = {"stopped": "stopped", "lease": "lease", "ended": "ended"}


def processes_in(home: Path) -> dict[str, tuple[int, str]]:
    """Return the process ids of keeper and child, each with what identifies it."""
    with contextlib.suppress(OSError, ValueError):
        told = json.loads((home / "processes.json").read_text("utf-8"))
        return {name: (int(pid), str(known)) for name, (pid, known) in told.items()}
    return {}


def as_known(pid: int) -> tuple[int, str]:
    """Return a process id with what identifies the process that has it now."""
    return pid, (identity(pid) or "") if pid else ""


def number_in(path: Path) -> int:
    """Return the number that a file begins with; 0 without one."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(path.read_text("ascii").split()[0])
    return 0


def exit_in(home: Path) -> Exit | None:
    """Return how the service ended, None while nobody has written it."""
    with contextlib.suppress(OSError, ValueError):
        status, _, reason = (home / "exit").read_text("ascii").partition(" ")
        return Exit(_REASONS.get(reason, "ended"), int(status))
    return None


def leases_in(home: Path) -> dict[str, float]:
    """Return the leases: a run, and until when (seconds since 1970)."""
    leases = {}
    with contextlib.suppress(OSError):
        for path in (home / "users").iterdir():
            with contextlib.suppress(OSError, ValueError):
                if not path.name.startswith("."):
                    leases[unquote(path.name)] = float(path.read_text("ascii"))
    return leases


def write_whole(path: Path, text: str) -> None:
    """Write a file that only this user reads, whole or not at all."""
    draft = path.with_name(f".{path.name}")
    draft.touch(mode=0o600)
    draft.write_text(text, "utf-8")
    draft.replace(path)
