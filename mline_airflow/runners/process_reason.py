"""Why a process did not start, in a sentence."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mline_airflow.failures import StageError
from mline_airflow.stages.job import Job

_LONGEST = 128 << 10
"""Bytes of one argument, or of one variable with its name: `MAX_ARG_STRLEN` in execve(2)."""


def not_started(job: Job, program: str, number: int) -> StageError:
    """Return why a program could not be started, by its error number."""
    if number in (errno.ENOENT, errno.ENOTDIR):
        reason = "is not a program that can be found here"
    elif number in (errno.EACCES, errno.ENOEXEC):
        reason = "may not be executed, or is no program"
    else:
        reason = f"could not be started: {os.strerror(number)}"
    return StageError(f"stage '{job.name}': '{program}' {reason}", code="command-not-found")


def missing_program(program: str, folder: Path, environment: Mapping[str, str]) -> int | None:
    """Look before starting: an interpreter that is missing would look like a missing script."""
    path = str(folder / program) if "/" in program else program
    if shutil.which(path, path=environment.get("PATH")) is not None:
        return None
    return errno.EACCES if "/" in program and Path(path).exists() else errno.ENOENT


def not_passed(
    job: Job, argv: Sequence[str], environment: Mapping[str, str], error: OSError | ValueError
) -> StageError:
    """Return which value is none that a process can get, after its start was refused."""
    found = next(_unfit(argv, environment), None)
    if found is None:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        found = f"its process could not be started: {why}"
    return StageError(f"stage '{job.name}': {found}", code="not-started")


def _unfit(argv: Sequence[str], environment: Mapping[str, str]) -> Iterator[str]:
    """Yield what is too long, or has a character that no process can get."""
    values = [(f"variable '{key}'", f"{key}={value}") for key, value in environment.items()]
    values += [(f"argument {place} of '{argv[0]}'", one) for place, one in enumerate(argv[1:], 1)]
    for what, text in values:
        length = len(text.encode("utf-8", "surrogatepass"))
        if "\0" in text:
            yield f"{what} has a NUL character, which cannot be given to a process; leave it out"
        elif length >= _LONGEST:
            yield (
                f"{what} has {length} bytes, and a process can be given less than {_LONGEST} in "
                "one; put the value into a file and take that as an input"
            )
