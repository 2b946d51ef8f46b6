"""The language server over standard input and output.

Messages are framed as the protocol says: headers, an empty line, JSON of `Content-Length` bytes.
A library for this brings a server of its own with an event loop; the session answers one message
at a time, so the frame is all that is needed.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from .messages import PARSE_ERROR, Message, error
from .session import Session
from .workspace import Workspace

_MOST_BYTES: Final = 64 * 1024 * 1024
_log = logging.getLogger(__name__)


class BrokenFrameError(Exception):
    """What came is no frame, so that nobody knows where the next one begins."""


def serve(reader: BinaryIO, writer: BinaryIO) -> int:
    """Answer messages until `exit` or the end of the input; return the exit status."""
    session = Session(Workspace(None))
    try:
        for body in frames(reader):
            try:
                message: Any = json.loads(body)
            except (ValueError, RecursionError) as wrong:
                _send(writer, error(None, PARSE_ERROR, f"not JSON: {wrong}"))
                continue
            for reply in session.handle(message):
                _send(writer, reply)
            if session.exit_code is not None:
                return session.exit_code
    except BrokenFrameError as broken:
        _send(writer, error(None, PARSE_ERROR, str(broken)))
    except BrokenPipeError:
        _log.debug("the client is gone")
    return 1


def frames(reader: BinaryIO) -> Iterator[bytes]:
    """Yield the bodies of messages until the input ends."""
    while (length := _length(reader)) is not None:
        body = reader.read(length)
        if len(body) < length:
            return
        yield body


def _length(reader: BinaryIO) -> int | None:
    """Read the headers of a message; None at the end of the input."""
    length = None
    while line := reader.readline(1024):
        name, _, value = line.decode("ascii", "replace").strip().partition(":")
        if not name:
            if length is None:
                raise BrokenFrameError("a message needs the header 'Content-Length'")
            return length
        if name.lower() == "content-length":
            if not value.strip().isdigit() or int(value) > _MOST_BYTES:
                raise BrokenFrameError(f"'{value.strip()}' is not a length of a message")
            length = int(value)
    return None


def _send(writer: BinaryIO, message: Message) -> None:
    body = json.dumps(message, ensure_ascii=True, separators=(",", ":")).encode()
    writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    writer.flush()
