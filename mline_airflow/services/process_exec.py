"""Commands beside a service that is a process, which have a time to answer in."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

_PIECE = 1 << 16
_OUTPUT = 1 << 20
"""Bytes that are kept of what a command prints."""


def run_beside(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], seconds: float
) -> tuple[int, bytes]:
    """Run a command; return its status and the end of its output.

    Raises TimeoutError when it takes longer; it is ended then, with all that it has started.
    """
    until = time.monotonic() + seconds
    with subprocess.Popen(
        list(command),
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        output = b""
        try:
            assert process.stdout is not None  # noqa: S101 - for mypy: it is a pipe
            for piece in _pieces(process.stdout, until):
                output = (output + piece)[-_OUTPUT:]
            # A command that has closed its output may go on.
            status = process.wait(max(0.0, until - time.monotonic()))
        except BaseException as error:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            if isinstance(error, subprocess.TimeoutExpired):
                raise TimeoutError from error
            raise
    return status, output


def _pieces(output: IO[bytes], until: float) -> Iterator[bytes]:
    """Yield what comes until the end; raises TimeoutError at a moment."""
    with selectors.DefaultSelector() as ready:
        ready.register(output, selectors.EVENT_READ)
        while (left := until - time.monotonic()) > 0:
            if ready.select(left):
                if not (piece := os.read(output.fileno(), _PIECE)):
                    return
                yield piece
    raise TimeoutError
