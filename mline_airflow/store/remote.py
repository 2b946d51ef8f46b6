"""Any other fsspec file system: S3, GCS, Azure, HDFS, SFTP, memory and more."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import IO, Any

from fsspec.core import url_to_fs

from .files import Found
from .local import DRAFTS

_YOUNG = 3600.0
_TIME_KEYS = ("mtime", "LastModified", "last_modified", "updated", "created", "modified")


class RemoteDraft:
    """An object below `drafts/`; `commit` moves it on the server."""

    def __init__(self, files: RemoteFiles) -> None:
        self._files = files
        self.key = f"{DRAFTS}/{os.getpid()}-{secrets.token_hex(8)}"
        path = files.path(self.key)
        files.fs.makedirs(path.rpartition("/")[0], exist_ok=True)
        self.file: IO[bytes] = files.fs.open(path, "wb")

    def commit(self, key: str) -> None:
        """Finish the upload, then move it to its name: only whole objects get there."""
        self.file.close()
        self._files.move(self.key, key)


class RemoteFiles:
    """`Files` on fsspec.

    No listing is cached: other machines write to the same store.
    """

    def __init__(self, url: str, options: Mapping[str, Any]) -> None:
        settings = {"use_listings_cache": False, "skip_instance_cache": True, **options}
        self.fs, root = url_to_fs(url, **settings)
        self.root = root.rstrip("/")

    def path(self, key: str) -> str:
        """Return a key's path in the file system."""
        return f"{self.root}/{key}" if self.root else key

    def size(self, key: str) -> int | None:
        """Return the bytes of a file, None when there is none."""
        try:
            info = self.fs.info(self.path(key))
        except FileNotFoundError:
            return None
        return None if info["type"] == "directory" else int(info["size"])

    def open(self, key: str) -> IO[bytes]:
        """Open for reading."""
        opened: IO[bytes] = self.fs.open(self.path(key), "rb")
        return opened

    def read(self, key: str) -> bytes:
        """Return a whole, small file."""
        data: bytes = self.fs.cat_file(self.path(key))
        return data

    @contextmanager
    def draft(self) -> Iterator[RemoteDraft]:
        """Begin a file; it is removed when the block is left without `commit`."""
        draft = RemoteDraft(self)
        try:
            yield draft
        except BaseException:
            with contextlib.suppress(Exception):  # the first error is the one to tell
                draft.file.close()
            raise
        finally:
            with contextlib.suppress(Exception):
                self.remove(draft.key)

    def write(self, key: str, data: bytes) -> None:
        """Write a whole, small file at once."""
        with self.draft() as draft:
            draft.file.write(data)
            draft.commit(key)

    def walk(self, prefix: str) -> Iterator[Found]:
        """Yield every file below a folder, in order of keys."""
        try:
            found = self.fs.find(self.path(prefix), detail=True)
        except FileNotFoundError:
            return
        start = len(self.path("")) if self.root else 0
        for path, info in sorted(found.items()):
            yield Found(path[start:], int(info["size"] or 0), self._modified(path, info))

    def folders(self, prefix: str) -> list[str]:
        """Return the names of the folders directly in a folder."""
        try:
            entries = self.fs.ls(self.path(prefix), detail=True)
        except FileNotFoundError:
            return []
        names = (
            e["name"].rstrip("/").rpartition("/")[2] for e in entries if e["type"] == "directory"
        )
        return sorted(names)

    def touch(self, key: str) -> None:
        """Make a file young again by copying it to itself, on the server; not when it is young."""
        path = self.path(key)
        if time.time() - self._modified(path, self.fs.info(path)) < _YOUNG:
            return
        copy = f"{DRAFTS}/{os.getpid()}-{secrets.token_hex(8)}"
        self.fs.makedirs(self.path(DRAFTS), exist_ok=True)
        self.fs.cp_file(path, self.path(copy))
        self.move(copy, key)

    def move(self, key: str, target: str) -> None:
        """Rename a file; where a rename does not replace, the old one goes first."""
        source, end = self.path(key), self.path(target)
        self.fs.makedirs(end.rpartition("/")[0], exist_ok=True)
        try:
            self.fs.mv(source, end)
        except OSError:
            if not self.fs.exists(source) or not self.fs.exists(end):
                raise
            self.fs.rm_file(end)
            self.fs.mv(source, end)

    def remove(self, key: str) -> None:
        """Remove a file."""
        with contextlib.suppress(FileNotFoundError):
            self.fs.rm_file(self.path(key))

    def _modified(self, path: str, info: Mapping[str, Any]) -> float:
        """Return when a file was written; now, when nobody can tell: collection spares it then."""
        value = next((info[key] for key in _TIME_KEYS if info.get(key) is not None), None)
        if value is None:
            with contextlib.suppress(NotImplementedError):
                value = self.fs.modified(path)
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        if isinstance(value, datetime):
            return value.timestamp()
        return float(value) if isinstance(value, int | float) else time.time()
