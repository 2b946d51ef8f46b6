"""A folder of this machine, or one that is mounted on it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from .files import Found

DRAFTS = "drafts"
_READ_ONLY = 0o444


class LocalDraft:
    """A file below `drafts/`; `commit` syncs it and renames it."""

    def __init__(self, path: Path, root: Path) -> None:
        self.path = path
        self.root = root
        self.file: IO[bytes] = path.open("xb")

    def commit(self, key: str) -> None:
        """Sync the content, rename, sync the folder: in this order a crash is harmless."""
        target = self.root / key
        self.file.flush()
        os.fchmod(self.file.fileno(), _READ_ONLY)
        os.fsync(self.file.fileno())
        self.file.close()
        target.parent.mkdir(parents=True, exist_ok=True)
        self.path.replace(target)
        _sync_folder(target.parent)


class LocalFiles:
    """`Files` on a local folder, without fsspec in between: fsync and rename are the point."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def size(self, key: str) -> int | None:
        """Return the bytes of a file, None when there is none."""
        try:
            return (self.root / key).stat().st_size
        except (FileNotFoundError, NotADirectoryError):
            return None

    def open(self, key: str) -> IO[bytes]:
        """Open for reading, unbuffered: whoever copies brings large buffers."""
        return (self.root / key).open("rb", buffering=0)

    def read(self, key: str) -> bytes:
        """Return a whole, small file."""
        return (self.root / key).read_bytes()

    @contextmanager
    def draft(self) -> Iterator[LocalDraft]:
        """Begin a file; it is removed when the block is left without `commit`."""
        folder = self.root / DRAFTS
        folder.mkdir(parents=True, exist_ok=True)
        draft = LocalDraft(folder / f"{os.getpid()}-{secrets.token_hex(8)}", self.root)
        try:
            yield draft
        finally:
            with suppress(OSError):  # a full disk was told already, by write or flush
                draft.file.close()
            draft.path.unlink(missing_ok=True)

    def write(self, key: str, data: bytes) -> None:
        """Write a whole, small file at once."""
        with self.draft() as draft:
            draft.file.write(data)
            draft.commit(key)

    def walk(self, prefix: str) -> Iterator[Found]:
        """Yield every file below a folder, in order of keys."""
        for folder, folders, names in os.walk(self.root / prefix):
            folders.sort()
            for name in sorted(names):
                path = Path(folder, name)
                with suppress(FileNotFoundError):  # removed since it was listed
                    stat = path.stat()
                    key = path.relative_to(self.root).as_posix()
                    yield Found(key, stat.st_size, stat.st_mtime)

    def folders(self, prefix: str) -> list[str]:
        """Return the names of the folders directly in a folder."""
        try:
            return sorted(entry.name for entry in os.scandir(self.root / prefix) if entry.is_dir())
        except FileNotFoundError:
            return []

    def touch(self, key: str) -> None:
        """Make a file young again."""
        os.utime(self.root / key)

    def move(self, key: str, target: str) -> None:
        """Rename a file."""
        path = self.root / target
        path.parent.mkdir(parents=True, exist_ok=True)
        (self.root / key).replace(path)

    def remove(self, key: str) -> None:
        """Remove a file."""
        (self.root / key).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
