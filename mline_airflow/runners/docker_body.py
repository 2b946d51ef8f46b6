"""The body of an engine's long answer, in pieces as large as they come.

Python's own reader of chunked answers (RFC 9112, 7.1) asks the connection twice for each chunk, and
the engine sends 32 KiB in one: for a gibibyte that costs a fifth of the processor time of all that
is done with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

_TAKEN = 1 << 18
_LONGEST_LINE = 1 << 12
_END = b"\r\n"
_DIGITS = b"0123456789abcdefABCDEF"


def body_of(answer: Any) -> Iterator[bytes]:
    """Yield what an answer of the SDK's session holds, which was asked for as a stream.

    Raises ConnectionError when it breaks off. The answer is to be closed, its connection with it:
    nobody but this function knows how far it was read.
    """
    from urllib3.exceptions import HTTPError

    raw = answer.raw
    try:
        if not raw.chunked or "Content-Encoding" in raw.headers:
            while data := raw.read(_TAKEN, decode_content=True):
                yield data
            return
        read = reader_of(answer)
        yield from unchunked(lambda: read(_TAKEN))
    except HTTPError as error:
        raise ConnectionError(str(error)) from error


def reader_of(answer: Any) -> Callable[[int], bytes]:
    """Return what reads the connection behind an answer: what has come, at most as much as asked.

    At the connection's end it returns nothing.
    """
    file = answer.raw._fp.fp  # noqa: SLF001 - as the SDK does for an attached container
    if hasattr(file, "read1"):
        return cast("Callable[[int], bytes]", file.read1)

    # Over SSH it is paramiko's file, whose `read` waits until as much has come as was asked for.
    def read(most: int) -> bytes:
        held = len(file._rbuffer)  # noqa: SLF001 - what came along with the head of the answer
        return bytes(file.read(min(held, most)) if held else file.channel.recv(most))

    return read


def unchunked(read: Callable[[], bytes]) -> Iterator[bytes]:
    """Yield what chunks hold. `read` returns what has come, and nothing at the connection's end."""
    chunks = _Chunks(read)
    while left := chunks.size():
        while left:
            piece = chunks.piece(left)
            yield piece
            left -= len(piece)
        if chunks.line():
            raise _broken("a chunk is longer than it says")
    while chunks.line():
        pass  # a field after the last chunk; an empty line ends them


class _Chunks:
    """What was read, and how much of it was taken."""

    def __init__(self, read: Callable[[], bytes]) -> None:
        self._read = read
        self._data = b""
        self._at = 0

    def line(self) -> bytes:
        """Return the line that comes next, without its end."""
        while (end := self._data.find(_END, self._at)) < 0:
            if len(self._data) - self._at > _LONGEST_LINE:
                raise _broken("a line of it has no end")
            self._data, self._at = self._data[self._at :] + self._more(), 0
        line = self._data[self._at : end]
        self._at = end + len(_END)
        return line

    def size(self) -> int:
        """Return the bytes of the chunk that begins here; the last one has none."""
        digits = self.line().partition(b";")[0].strip()
        if not digits or digits.strip(_DIGITS):
            raise _broken("a chunk does not say how long it is")
        return int(digits, 16)

    def piece(self, limit: int) -> bytes:
        """Return what there is, at most `limit` bytes."""
        if self._at == len(self._data):
            self._data, self._at = self._more(), 0
        piece = self._data[self._at : self._at + limit]
        self._at += len(piece)
        return piece

    def _more(self) -> bytes:
        data = self._read()
        if not data:
            raise _broken("it broke off")
        return data


def _broken(why: str) -> ConnectionError:
    return ConnectionError(f"the engine's answer cannot be read: {why}")
