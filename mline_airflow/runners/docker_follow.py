"""Follow a container: its log as it comes, and its end."""

from __future__ import annotations

import struct
import threading
import time
from collections.abc import Iterator
from queue import Empty, Full, Queue
from typing import Any, NamedTuple

from .docker_client import EngineError, telling

_WAITING = 64
_PATIENCE = 30.0
_PAUSE = 0.5
_PIECE = 1 << 16
_HEAD = struct.Struct(">4xL")
"""Stream and padding, then the length of what follows."""


class Ended(NamedTuple):
    """The status of a container that ended; None when it is not there any more."""

    status: int | None


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
        self._thread = threading.Thread(target=self._read, name="mline-follow", daemon=True)

    def start(self) -> None:
        """Begin to read; the container has started."""
        self._thread.start()

    def next(self, deadline: float | None) -> bytes | Ended | None:
        """Return the next part of the log, or the end; None when the deadline has passed."""
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        try:
            found = self._queue.get(timeout=left)
        except Empty:
            return None
        if isinstance(found, EngineError):
            raise found
        return found

    def close(self) -> None:
        """Stop following; what still comes is not kept."""
        self._left.set()
        if not self._thread.is_alive():
            self._disconnect()

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
        if self._left.is_set():
            return
        try:
            self._give(Ended(self._wait()))
        except EngineError as error:
            self._give(error)

    def _give(self, what: bytes | Ended | EngineError) -> None:
        while not self._left.is_set():
            try:
                self._queue.put(what, timeout=_PAUSE)
            except Full:
                continue
            return

    def _wait(self) -> int | None:
        """Wait for the end; a connection that breaks off meanwhile is no end."""
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                with telling("the Docker Engine"):
                    return int(self._client.wait(self._container, timeout=None)["StatusCode"])
            except EngineError as error:
                if is_gone(error):
                    return None
                # A wait of days through other people's networks ends before the container does.
                if self._is_running():
                    until = time.monotonic() + _PATIENCE
                elif time.monotonic() > until or self._left.is_set():
                    raise
                time.sleep(_PAUSE)

    def _is_running(self) -> bool:
        try:
            with telling("the Docker Engine"):
                found = self._client.inspect_container(self._container)
        except EngineError:
            return False
        return bool(found["State"]["Running"])


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


def is_gone(error: EngineError) -> bool:
    """Tell whether the engine has no such container."""
    from docker.errors import NotFound

    return isinstance(error.__cause__, NotFound)
