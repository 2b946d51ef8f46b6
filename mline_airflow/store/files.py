"""What the store needs of a file system: whole files that appear at once or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import IO, NamedTuple, Protocol


class Found(NamedTuple):
    """A file of the store: its key, its bytes, and when it was written (seconds since 1970)."""

    key: str
    size: int
    modified: float


class Draft(Protocol):
    """A file being written, under a name that nobody reads."""

    file: IO[bytes]

    def commit(self, key: str) -> None:
        """Give it its name; from now on it is there, whole and on disk."""


class Files(Protocol):
    """A folder of a file system; keys are POSIX paths in it."""

    def size(self, key: str) -> int | None:
        """Return the bytes of a file, None when there is none."""

    def open(self, key: str) -> IO[bytes]:
        """Open for reading; FileNotFoundError when there is none."""

    def read(self, key: str) -> bytes:
        """Return a whole, small file; FileNotFoundError when there is none."""

    def draft(self) -> AbstractContextManager[Draft]:
        """Begin a file. Leaving without `commit` removes it."""

    def write(self, key: str, data: bytes) -> None:
        """Write a whole, small file at once, in the place of an older one."""

    def walk(self, prefix: str) -> Iterator[Found]:
        """Yield every file below a folder, in order of keys."""

    def folders(self, prefix: str) -> list[str]:
        """Return the names of the folders directly in a folder, sorted."""

    def touch(self, key: str) -> None:
        """Make a file as young as if it were written now."""

    def move(self, key: str, target: str) -> None:
        """Rename a file."""

    def remove(self, key: str) -> None:
        """Remove a file; nothing happens when there is none."""
