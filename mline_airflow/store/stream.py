"""Copy and hash in one pass."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, Any, NamedTuple

_LARGE = 1 << 20
_CHUNK = 1 << 17
"""Small, so that what was read is in the processor's cache still when it is hashed and written."""


class Copied(NamedTuple):
    """What went through: the sha256 in hex, and the number of bytes."""

    sha256: str
    size: int


def copy_hashed(source: IO[bytes], sink: IO[bytes] | None) -> Copied:
    """Copy `source` to `sink` (None: only hash) and return the digest of the bytes that were read.

    The digest is of the very bytes that were written, so a source that changes meanwhile cannot
    give an artifact that is not its name. Hashing releases the interpreter's lock: a large source
    that fills buffers is hashed in a second thread. What another process sends is not: that process
    has work for a second processor already, and handing over would cost more than it saves.
    """
    digest = hashlib.sha256()
    size = 0
    fills_buffers = hasattr(source, "readinto")
    while not fills_buffers or size < _LARGE:
        data = source.read(_CHUNK)
        if not data:
            return Copied(digest.hexdigest(), size)
        digest.update(data)
        if sink is not None:
            sink.write(data)
        size += len(data)
    size += _copy_large(source, sink, digest)
    return Copied(digest.hexdigest(), size)


def _copy_large(source: IO[bytes], sink: IO[bytes] | None, digest: Any) -> int:
    size = 0
    pending: Future[None] | None = None
    with ThreadPoolExecutor(1, thread_name_prefix="mline-hash") as pool:
        for part in _parts(source):
            # The hash of the last part but one has ended: its buffer is this part's.
            if pending is not None:
                pending.result()
            pending = pool.submit(digest.update, part)
            if sink is not None:
                sink.write(part)
            size += len(part)
        if pending is not None:
            pending.result()
    return size


def _parts(source: Any) -> Iterator[memoryview]:
    """Yield what is read, in two buffers that take turns."""
    buffers = (memoryview(bytearray(_CHUNK)), memoryview(bytearray(_CHUNK)))
    turn = 0
    while count := source.readinto(buffers[turn]):
        yield buffers[turn][:count]
        turn = 1 - turn


class VerifiedReader(io.RawIOBase):
    """Reads a file of known digest and size; the last byte comes only if all were right."""

    def __init__(self, source: IO[bytes], expected: Copied, wrong: Callable[[], Exception]) -> None:
        self._source = source
        self._expected = expected
        self._wrong = wrong
        self._digest = hashlib.sha256()
        self._size = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes, with no copy between; raises as `readinto`."""
        left = self._expected.size - self._size
        data = self._source.read(left if size < 0 else min(size, left))
        self._check(data)
        return data

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer; raises what `wrong` makes when the content is not what was expected."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _check(self, data: bytes) -> None:
        self._digest.update(data)
        self._size += len(data)
        done = self._size == self._expected.size
        if (not data and not done) or (done and self._digest.hexdigest() != self._expected.sha256):
            raise self._wrong()

    def close(self) -> None:
        """Close the source, too."""
        self._source.close()
        super().close()
