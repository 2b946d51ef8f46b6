"""Why a container did not start, or did not end well, in a sentence."""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mline_airflow.failures import StageError
from mline_airflow.stages.job import PYTHON, SHELL, Job

from .docker_client import explanation

_NOT_FOUND = re.compile(
    r"executable file not found|no such file or directory|exec: \"[^\"]*\": stat|not a directory"
)
_NOT_ALLOWED = re.compile(r"permission denied|is a directory|exec format error")
_PROGRAM = re.compile(r"exec: \"([^\"]*)\"|exec ([^\s:]+):|stat ([^\s:]+): no such file")
_NO_USER = re.compile(r"unable to find (?:user|group) ([^\s:]+)")
NO_DEVICE = re.compile(r"could not select device driver")
"""What an engine without a GPU says."""
# What the layers below put before the reason.
_PREFIXES = re.compile(
    r"^.*?(?:container init caused:|unable to start container process:|OCI runtime create failed:)"
    r"\s*(?=\S)",
    re.DOTALL,
)


def not_started(job: Job, image: str, argv: Sequence[str], error: Any) -> StageError:
    """Return why the engine could not start the container."""
    told = explanation(error)
    what = f"stage '{job.name}'"
    if user := _NO_USER.search(told):
        return StageError(f"{what}: image '{image}' has no user '{user[1]}'", code="no-user")
    if NO_DEVICE.search(told):
        message = f"{what} wants a gpu, which the Docker Engine cannot give: {_reason(told)}"
        return StageError(message, code="no-gpu")
    program = _program(told, argv)
    if _NOT_FOUND.search(told):
        return StageError(
            f"{what}: {_missing(job, image, program)}", code="command-not-found", exit_status=127
        )
    if _NOT_ALLOWED.search(told):
        message = f"{what}: '{program}' may not be executed in image '{image}', or is no program"
        return StageError(message, code="command-not-found", exit_status=126)
    return StageError(f"{what} could not be started: {_reason(told)}", code="not-started")


def _missing(job: Job, image: str, program: str) -> str:
    action = job.task.get("action", {})
    if job.shim is not None and program == PYTHON:
        kind = "call" if "call" in action else "adapt"
        return f"`{kind}` needs Python, and '{program}' is not a program of image '{image}'"
    if program == SHELL and "run" in action:
        hint = "name an interpreter in the script's first line, or use `command`"
        return f"`run` needs a shell, and '{program}' is not a program of image '{image}'; {hint}"
    return f"'{program}' is not a program that can be found in image '{image}'"


def _program(told: str, argv: Sequence[str]) -> str:
    found = _PROGRAM.search(told)
    named = next((group for group in found.groups() if group), None) if found else None
    return named or (argv[0] if argv else "the image's own command")


def _reason(told: str) -> str:
    return _PREFIXES.sub("", told).removesuffix(": unknown").strip()


@dataclass(frozen=True)
class End:
    """How a container ended."""

    status: int
    killed: bool = False
    timed_out: bool = False
    out_of_memory: bool = False
    gone: bool = False
    """Somebody removed the container."""
    lost: bool = False
    """The engine was away when it ended."""
    last: tuple[str, ...] = ()


def judge(job: Job, end: End) -> None:
    """Raise StageError unless the stage ended well."""
    if end.status == 0 and not (end.timed_out or end.killed or end.gone or end.lost):
        return
    if end.timed_out:
        reason, code = f"ran longer than {job.timeout:g} s and was ended", "stage-timeout"
    elif end.killed:
        reason, code = "was ended", "stage-killed"
    elif end.gone:
        reason, code = "lost its container: somebody removed it", "stage-failed"
    elif end.lost:
        reason, code = "lost the Docker Engine, which went away and ended it", "engine-lost"
    elif end.out_of_memory:
        limit = job.task.get("resources", {}).get("memory")
        had = f"its limit of {limit}" if limit else "the Docker Engine has"
        reason, code = f"needed more memory than {had} and was ended", "out-of-memory"
    else:
        reason, code = f"failed with {exit_text(end.status)}", "stage-failed"
    tail = "".join(f"\n  {line}" for line in end.last)
    status = None if end.gone or end.lost else end.status
    raise StageError(
        f"stage '{job.name}' {reason}{tail}", code=code, exit_status=status, last_lines=end.last
    )


def exit_text(status: int) -> str:
    """Return an exit status as a person reads it; above 128 it tells a signal, as in a shell."""
    names = {one.value: one.name for one in signal.Signals}
    name = names.get(status - 128)
    return f"exit status {status} ({name})" if name else f"exit status {status}"
