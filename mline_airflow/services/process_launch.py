"""How the command of a service begins: under a keeper of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from .pid import identity
from .process_state import number_in, write_whole
from .spec import Spec
from .values import ServiceError

_KEEPER = Path(__file__).with_name("keeper.py")


def launch(
    spec: Spec,
    home: Path,
    work: Path,
    environment: Mapping[str, str],
    argv: Sequence[str],
    grace: float,
) -> None:
    """Start a command in `work`; raises ServiceError when it cannot be started."""
    program = argv[0]
    path = str(work / program) if "/" in program else program
    if shutil.which(path, path=environment["PATH"]) is None:
        message = f"service '{spec.id}': '{program}' is not a program that can be found here"
        raise ServiceError(message, code="command-not-found")
    keeper = [sys.executable, "-I", "-S", str(_KEEPER), str(home), str(grace)]
    done = subprocess.run(
        [*keeper, *argv],
        cwd=work,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode != 0:
        number = number_in(home / "exit")
        why = os.strerror(number) if number else "its keeper ended"
        message = f"service '{spec.id}': '{program}' could not be started: {why}"
        raise ServiceError(message, code="command-not-found")
    _note_processes(home)


def _note_processes(home: Path) -> None:
    """Note the start of each process while it surely is the one that was started."""
    pids = {name: number_in(home / name) for name in ("keeper", "child")}
    known = {name: [pid, identity(pid) or ""] for name, pid in pids.items() if pid}
    write_whole(home / "processes.json", json.dumps(known))
