"""The log of a container, while it grows and when it has ended."""

from __future__ import annotations

import re
import struct
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime
from typing import Any

from mline_airflow.runners.docker_client import explanation, telling

_PIECE = 1 << 16
_HEAD = struct.Struct(">4xL")
"""Stream and padding, then the length of the message that follows."""
_STAMP = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)[.\d]*(Z|[+-]\d\d:\d\d) ")
_LATE = 2
"""Seconds that a message may come behind a newer one: two streams have a log."""


def log_of(client: Any, container: str, since: int = 0, *, stamps: bool = False) -> Iterator[bytes]:
    """Yield the messages of a container's log, both streams in the order that the engine has them.

    Raises APIError where the engine keeps none. The SDK's own reader waits without a limit.
    """
    place = client._url("/containers/{0}/logs", container)  # noqa: SLF001
    asked = {"stdout": 1, "stderr": 1, "follow": 0, "since": since, "timestamps": int(stamps)}
    with closing(client._get(place, params=asked, stream=True)) as answer:  # noqa: SLF001
        client._raise_for_status(answer)  # noqa: SLF001
        yield from messages(answer.iter_content(_PIECE))


def no_log(error: Any) -> bytes:
    """Return the line that stands for a log that an engine does not give."""
    return f"mline: the Docker Engine does not give its log: {explanation(error)}\n".encode()


class LogReader:
    """Reads a log as it grows: each call yields what has come since the last one.

    The engine gives a log from a second on, and in the order in which messages came. So what was
    read since that second is counted, and as many are skipped; the second follows the newest one.
    """

    def __init__(self, client: Any, container: str) -> None:
        self._client = client
        self._container = container
        self._since = 0
        self._read: Counter[int] = Counter()
        """Second -> how many messages of it were passed on."""
        self._refused = False

    def __call__(self) -> Iterator[bytes]:
        """Yield what is new; a line instead, once, where the engine gives no log."""
        from docker.errors import APIError, NotFound

        try:
            with telling("the log of the container"):
                try:
                    yield from self._new()
                except NotFound:
                    return
                except APIError as error:
                    if not self._refused:
                        self._refused = True
                        yield no_log(error)
        finally:
            self._since = max(self._since, max(self._read, default=0) - _LATE)
            self._read = Counter({s: n for s, n in self._read.items() if s >= self._since})

    def _new(self) -> Iterator[bytes]:
        known = self._read.total()
        for message in log_of(self._client, self._container, self._since, stamps=True):
            if known:
                known -= 1
                continue
            stamp = _STAMP.match(message)
            second = self._since
            if stamp:
                zone = stamp[2].replace(b"Z", b"+00:00")
                second = int(datetime.fromisoformat((stamp[1] + zone).decode()).timestamp())
            self._read[second] += 1
            yield message[stamp.end() :] if stamp else message


def messages(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the messages of both streams (https://docs.docker.com/reference/api/engine/)."""
    came = bytearray()
    for piece in pieces:
        came += piece
        begin = 0
        while len(came) >= begin + _HEAD.size:
            end = begin + _HEAD.size + _HEAD.unpack_from(came, begin)[0]
            if len(came) < end:
                break
            yield bytes(came[begin + _HEAD.size : end])
            begin = end
        del came[:begin]
