"""Commands in a running container, which have a time to answer in."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from mline_airflow.runners.docker_body import reader_of

from .docker_log import messages

_PIECE = 1 << 16
_OUTPUT = 1 << 20
"""Bytes that are kept of what a command prints."""
_POLL = 0.02


def run_in(
    client: Any, container: str, command: Sequence[str], seconds: float
) -> tuple[int, bytes]:
    """Run a command in a container; return its status and the end of its output.

    Raises TimeoutError when it takes longer; the engine has no way to end it, but its container.
    """
    until = time.monotonic() + seconds
    id_ = client.exec_create(container, list(command))["Id"]
    connection = client.exec_start(id_, socket=True)
    output = b""
    try:
        for part in messages(_pieces(connection, until)):
            output = (output + part)[-_OUTPUT:]
    finally:
        connection._response.close()  # noqa: SLF001 - the SDK keeps the connection there
        connection.close()
    # A command that has closed its output may go on.
    while (status := client.exec_inspect(id_)["ExitCode"]) is None:
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(_POLL)
    return status, output


def _pieces(connection: Any, until: float) -> Iterator[bytes]:
    """Yield what comes until the end; raises TimeoutError at a moment."""
    # Not the SDK's socket: the first bytes may have come along with the head of the answer.
    read = reader_of(connection._response)  # noqa: SLF001
    below = getattr(connection, "_sock", connection)
    while (left := until - time.monotonic()) > 0:
        below.settimeout(left)
        if not (piece := read(_PIECE)):
            return
        yield piece
    raise TimeoutError
