"""Follow a container: its log as it comes, and its end."""

from __future__ import annotations

import math
import struct
import threading
import time
from collections.abc import Iterator
from queue import Empty, Full, Queue
from typing import Any, NamedTuple

from .docker_client import EngineError, is_gone, telling

_WAITING = 64
_PATIENCE = 60.0
"""Seconds for an engine to come back: one that starts again stops what ran, which may take ten."""
_PAUSE = 0.5
_SILENCE = 60.0
"""Seconds without a word from the stage after which the engine is asked for a sign of life."""
_PIECE = 1 << 16
_HEAD = struct.Struct(">4xL")
"""Stream and padding, then the length of what follows."""


class Ended(NamedTuple):
    """The status of a container that ended; None when it is not there any more."""

    status: int | None
    lost: bool = False
    """It ended while the engine was away, so that nobody knows how."""


class Follower:
    """Reads in a thread of its own, so that who follows can have a deadline.

    The chunks that wait are few: a stage that writes faster than its log is taken has to wait,
    too, and the log fills no memory.
    """

    def __init__(self, client: Any, container: str) -> None:
        self._client = client
        self._container = container
        self._queue: Queue[bytes | Ended | EngineError] = Queue(_WAITING)
        self._left = threading.Event()
        # Attached before it starts: nothing that it writes can be missed.
        wanted = {"stdout": 1, "stderr": 1, "stream": 1, "logs": 0}
        self._socket = client.attach_socket(container, wanted)
        try:
            self._end = _wait_for_end(client, container, "next-exit")
        except BaseException:
            self._disconnect()
            raise
        self._thread = threading.Thread(target=self._read, name="mline-follow", daemon=True)

    def start(self) -> None:
        """Begin to read; the container has started."""
        self._thread.start()

    def next(self, deadline: float | None) -> bytes | Ended | None:
        """Return the next part of the log, or the end; None when the deadline has passed."""
        until = math.inf if deadline is None else deadline
        while True:
            left = max(0.0, until - time.monotonic())
            found = self._taken(min(left, _SILENCE))
            if isinstance(found, EngineError):
                raise found
            if found is not None or left <= _SILENCE:
                return found
            self._look()

    def _taken(self, seconds: float) -> bytes | Ended | EngineError | None:
        try:
            return self._queue.get(timeout=seconds)
        except Empty:
            return None

    def _look(self) -> None:
        """Ask for a sign of life: an engine that hangs keeps its connections open."""
        from requests.exceptions import Timeout

        try:
            with telling("the Docker Engine"):
                self._client.ping()
        except EngineError as error:
            # One that is away is seen by who reads, and waited for.
            if isinstance(error.__cause__, Timeout):
                raise

    def close(self) -> None:
        """Stop following; what still comes is not kept."""
        self._left.set()
        if not self._thread.is_alive():
            self._disconnect()
            self._end.close()

    def join(self) -> None:
        """Wait until nothing is read any more; the container is gone by now."""
        if self._thread.is_alive():
            self._thread.join(_PATIENCE)

    def _disconnect(self) -> None:
        # The response holds the connection open; the SDK keeps it there.
        self._socket._response.close()  # noqa: SLF001
        self._socket.close()

    def _read(self) -> None:
        try:
            with telling("the log of the container"):
                for chunk in _frames(self._socket):
                    self._give(chunk)
        except EngineError as error:
            self._give(f"\nmline: {error}\n".encode())
        finally:
            self._disconnect()
        try:
            if not self._left.is_set():
                self._give(self._ended())
        except EngineError as error:
            self._give(error)
        finally:
            self._end.close()

    def _give(self, what: bytes | Ended | EngineError) -> None:
        while not self._left.is_set():
            try:
                self._queue.put(what, timeout=_PAUSE)
            except Full:
                continue
            return

    def _ended(self) -> Ended:
        """Return the container's end, from the answer that was asked for before it started."""
        try:
            with telling("the Docker Engine"):
                return Ended(int(self._end.json()["StatusCode"]))
        except EngineError as error:
            self._give(f"\nmline: {error}; waiting for it\n".encode())
            return self._ended_after_silence()

    def _ended_after_silence(self) -> Ended:
        """Wait for the engine, and for the end of a container that lived through its silence.

        How one ended that did not is not asked for: an engine that starts again stops what ran, and
        a stage that takes that well would look as if it had come to its own end.
        """
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                with telling("the Docker Engine"):
                    again = _wait_for_end(self._client, self._container, "not-running")
                    try:
                        found = self._client.inspect_container(self._container)["State"]
                        if not found["Running"]:
                            return Ended(None, lost=True)
                        # A wait of days through other people's networks ends before its container.
                        until = time.monotonic() + _PATIENCE
                        return Ended(int(again.json()["StatusCode"]))
                    finally:
                        again.close()
            except EngineError as error:
                if is_gone(error):
                    return Ended(None)
                if time.monotonic() > until or self._left.is_set():
                    raise
                time.sleep(_PAUSE)


def _wait_for_end(client: Any, container: str, condition: str) -> Any:
    """Return an answer that has begun and will hold the status: who waits misses no end.

    The engine answers with the head at once and with the rest when the container ends; a connection
    that breaks off meanwhile is an error, not an end.
    """
    place = client._url("/containers/{0}/wait", container)  # noqa: SLF001 - the SDK's `wait` blocks
    asked = {"condition": condition}
    answer = client._post(place, params=asked, stream=True, timeout=None)  # noqa: SLF001
    client._raise_for_status(answer)  # noqa: SLF001
    return answer


def _frames(connection: Any) -> Iterator[bytes]:
    """Yield the content of the frames of an attached container, of both streams.

    The SDK's own reader polls the connection before each read, and so waits for ever for bytes that
    TLS has decrypted already (https://docs.docker.com/reference/api/engine/ has the format).
    """
    read = getattr(connection, "recv", None) or connection.read
    left = 0
    head = b""
    while data := read(_PIECE):
        view = memoryview(data)
        while view:
            if not left:
                taken = min(_HEAD.size - len(head), len(view))
                head, view = head + bytes(view[:taken]), view[taken:]
                if len(head) < _HEAD.size:
                    break
                (left,), head = _HEAD.unpack(head), b""
            if content := bytes(view[:left]):
                yield content
            left, view = left - len(content), view[len(content) :]
