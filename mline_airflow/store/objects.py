"""The store: artifacts go in whole and under their digest, and come out verified."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import stat
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit, urlunsplit

from ..failures import (
    ArtifactCorruptError,
    ArtifactMissingError,
    BadTreeError,
    StoreError,
    StoreFullError,
)
from .artifact import PREFIX, Artifact, Kind, folder_artifact, object_key
from .files import Files
from .local import LocalFiles
from .remote import RemoteFiles
from .stream import Copied, VerifiedReader, copy_hashed
from .take_out import remove_draft, take_file, take_folder
from .tree import Entry, Scanned, decode, encode, scan

_FULL = (errno.ENOSPC, errno.EDQUOT)
_WRITERS = 8
Kept = Mapping[tuple[int, int], Artifact]
"""Files that the store has, by device and inode of the empty files that stand for them."""


class ArtifactStore:
    """Artifacts on any fsspec URL, or in a local folder when there is no scheme.

    A file is one object, named by the sha256 of its bytes. A folder is the object of its manifest
    (see `tree`), so files that folders share are kept once. Objects never change. Every write goes
    to a draft first; what has a name is whole.
    """

    def __init__(
        self, url: str | os.PathLike[str], options: Mapping[str, Any] | None = None
    ) -> None:
        text = os.fspath(url)
        self.url = _without_password(text)
        self.files: Files
        if (folder := _local_folder(text)) is not None:
            self.files = LocalFiles(folder)
        else:
            try:
                self.files = RemoteFiles(text, options or {})
            except (ImportError, ValueError) as error:  # no such scheme, or its package is missing
                said = f"{str(error)[:1].lower()}{str(error)[1:]}"
                raise StoreError(f"the store {self.url} cannot be opened: {said}") from error

    def put(
        self,
        path: Path,
        *,
        expect_known: bool = False,
        kept: Kept | None = None,
    ) -> Artifact:
        """Store a file or folder and return its name.

        With `expect_known` content is hashed before it is copied, which is cheaper when the store
        is likely to have it. `kept` are files that `put_stream` has taken, by device and inode of
        the empty files that stand for them. Raises BadTreeError for what cannot be an artifact,
        StoreFullError when there is no space; either leaves the store as it was.
        """
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError as error:
            raise ArtifactMissingError(f"'{path}' does not exist") from error
        if stat.S_ISLNK(mode):
            raise BadTreeError(
                f"'{path}' is a symbolic link; an artifact is a file or a folder itself"
            )
        if stat.S_ISREG(mode):
            copied = self._put_file(path, expect_known=expect_known, kept=kept)
            return Artifact(PREFIX + copied.sha256, copied.size, "file")
        if stat.S_ISDIR(mode):
            return self._put_folder(path, expect_known=expect_known, kept=kept)
        raise BadTreeError(f"'{path}' is neither a file nor a folder")

    def put_stream(self, source: IO[bytes]) -> Artifact:
        """Store what can be read once, in one pass; raises StoreFullError."""
        with self._naming_full_disk():
            copied = self._put_open(source)
        return Artifact(PREFIX + copied.sha256, copied.size, "file")

    def put_bytes(self, data: bytes) -> Artifact:
        """Store a small file."""
        sha256 = hashlib.sha256(data).hexdigest()
        with self._naming_full_disk():
            if not self._known("file", sha256, len(data)):
                self.files.write(object_key("file", sha256), data)
        return Artifact(PREFIX + sha256, len(data), "file")

    def compose(self, entries: Iterable[Entry]) -> Artifact:
        """Store a folder whose files are in the store already."""
        listed = list(entries)
        manifest = encode(listed)
        decode(manifest)
        sha256 = hashlib.sha256(manifest).hexdigest()
        with self._naming_full_disk():
            if not self._known("folder", sha256, len(manifest)):
                self.files.write(object_key("folder", sha256), manifest)
        return folder_artifact(listed)

    def entries(self, artifact: Artifact) -> list[Entry]:
        """Return what a folder holds, from its verified manifest."""
        data = self._read(artifact)
        return decode(data)

    def read(self, artifact: Artifact, limit: int = 1 << 24) -> bytes:
        """Return the verified bytes of a file of at most `limit` bytes."""
        if artifact.size > limit:
            raise StoreError(f"{artifact.digest} has {artifact.size} bytes, more than {limit}")
        return self._read(artifact)

    def get(self, artifact: Artifact | str, target: Path) -> Artifact:
        """Copy an artifact out to `target`, which must not exist, and verify every byte of it.

        The target appears when all of it is right. Raises ArtifactMissingError, or
        ArtifactCorruptError after the wrong object was moved away to `corrupt/`.
        """
        found = self.find(artifact) if isinstance(artifact, str) else artifact
        draft = target.with_name(f".{target.name[:80]}.{secrets.token_hex(6)}.part")
        try:
            if found.kind == "file":
                take_file(Entry("file", target.name, found.size, found.hex), draft, self.copy)
            else:
                take_folder(self.entries(found), draft, self.copy)
            if target.exists() or target.is_symlink():
                raise StoreError(f"'{target}' exists already")
            draft.rename(target)
        except OSError as error:
            if error.errno in _FULL:
                raise StoreFullError(
                    f"no space left to take {found.digest} out to {target}"
                ) from error
            raise
        finally:
            remove_draft(draft)
        return found

    def open(self, entry: Entry) -> VerifiedReader:
        """Open a file of the store for reading; a wrong one fails before its last byte."""
        key = object_key("file", entry.sha256)
        try:
            source = self.files.open(key)
        except FileNotFoundError as error:
            raise self._missing(PREFIX + entry.sha256) from error
        expected = Copied(entry.sha256, entry.size)
        return VerifiedReader(source, expected, lambda: self._corrupt(key))

    def find(self, digest: str) -> Artifact:
        """Return the artifact of a digest; raises ArtifactMissingError."""
        sha256 = digest.removeprefix(PREFIX)
        size = self.files.size(object_key("file", sha256))
        has_folder = self.files.size(object_key("folder", sha256)) is not None
        if size is not None and has_folder:
            raise StoreError(f"{digest} names both a file and a folder; say which is meant")
        if size is not None:
            return Artifact(PREFIX + sha256, size, "file")
        if has_folder:
            return folder_artifact(self.entries(Artifact(PREFIX + sha256, 0, "folder")))
        raise self._missing(digest)

    def has(self, artifact: Artifact) -> bool:
        """Tell whether an artifact is there with all of its files, by name and size."""
        size = self.files.size(artifact.key)
        if artifact.kind == "file":
            return size == artifact.size
        if size is None:
            return False
        try:
            entries = self.entries(artifact)
        except StoreError:
            return False
        return all(self._size(e.sha256) == e.size for e in entries if e.is_file)

    def touch(self, artifact: Artifact) -> None:
        """Keep an artifact from being collected for another grace period."""
        self.files.touch(artifact.key)
        if artifact.kind == "folder":
            for sha256 in {entry.sha256 for entry in self.entries(artifact) if entry.is_file}:
                self.files.touch(object_key("file", sha256))

    def all(self) -> Iterator[Artifact]:
        """Yield every artifact: files (those in folders too), then folders."""
        for found in self.files.walk("files"):
            yield Artifact(PREFIX + found.key.rpartition("/")[2], found.size, "file")
        for found in self.files.walk("folders"):
            name = Artifact(PREFIX + found.key.rpartition("/")[2], 0, "folder")
            yield folder_artifact(self.entries(name))

    def verify(self, artifact: Artifact) -> None:
        """Read an artifact whole; raises ArtifactMissingError or ArtifactCorruptError."""
        if artifact.kind == "file":
            self.copy(Entry("file", "", artifact.size, artifact.hex), None)
            return
        for entry in self.entries(artifact):
            if entry.is_file:
                self.copy(entry, None)

    def _put_file(
        self,
        path: Path,
        *,
        expect_known: bool,
        kept: Kept | None = None,
    ) -> Copied:
        if kept:
            status = path.stat()
            if (artifact := kept.get((status.st_dev, status.st_ino))) is not None:
                return Copied(artifact.hex, artifact.size)
        with self._naming_full_disk(), path.open("rb", buffering=0) as source:
            if expect_known:
                copied = copy_hashed(source, None)
                if self._known("file", copied.sha256, copied.size):
                    return copied
                source.seek(0)
            return self._put_open(source)

    def _put_open(self, source: IO[bytes]) -> Copied:
        with self.files.draft() as draft:
            copied = copy_hashed(source, draft.file)
            if not self._known("file", copied.sha256, copied.size):
                draft.commit(object_key("file", copied.sha256))
        return copied

    def _put_folder(
        self,
        path: Path,
        *,
        expect_known: bool,
        kept: Kept | None,
    ) -> Artifact:
        scanned = list(scan(path))
        put = partial(self._put_scanned, expect_known=expect_known, kept=kept)
        with ThreadPoolExecutor(_WRITERS, thread_name_prefix="mline-put") as pool:
            return self.compose(pool.map(put, scanned))

    def _put_scanned(
        self,
        scanned: Scanned,
        *,
        expect_known: bool,
        kept: Kept | None,
    ) -> Entry:
        entry = scanned.entry
        if not entry.is_file:
            return entry
        copied = self._put_file(scanned.path, expect_known=expect_known, kept=kept)
        return entry._replace(size=copied.size, sha256=copied.sha256)

    def _known(self, kind: Kind, sha256: str, size: int) -> bool:
        """Tell whether an object is there; if so, make it young, for a record will name it soon."""
        key = object_key(kind, sha256)
        if self.files.size(key) != size:
            return False
        try:
            self.files.touch(key)
        except FileNotFoundError:
            return False
        return True

    def _size(self, sha256: str) -> int | None:
        return self.files.size(object_key("file", sha256))

    def _read(self, artifact: Artifact) -> bytes:
        try:
            data = self.files.read(artifact.key)
        except FileNotFoundError as error:
            raise self._missing(artifact.digest) from error
        if hashlib.sha256(data).hexdigest() != artifact.hex:
            raise self._corrupt(artifact.key)
        return data

    def copy(self, entry: Entry, sink: IO[bytes] | None) -> None:
        """Copy a file of the store to an open one (None: only read it) and verify it."""
        key = object_key("file", entry.sha256)
        try:
            with self.files.open(key) as source:
                copied = copy_hashed(source, sink)
        except FileNotFoundError as error:
            raise self._missing(PREFIX + entry.sha256) from error
        if copied != (entry.sha256, entry.size):
            raise self._corrupt(key)

    def _missing(self, digest: str) -> ArtifactMissingError:
        return ArtifactMissingError(f"artifact {digest} is not in the store {self.url}")

    def _corrupt(self, key: str) -> ArtifactCorruptError:
        """Move a wrong object away, so that the next `put` of its content mends the store.

        It is read once more first: what was wrong may have been the connection.
        """
        name = key.rpartition("/")[2]
        try:
            with self.files.open(key) as source:
                if copy_hashed(source, None).sha256 == name:
                    return ArtifactCorruptError(
                        f"object {key} of {self.url} arrived damaged; try again"
                    )
            self.files.move(key, f"corrupt/{key}")
        except FileNotFoundError:
            pass  # someone else moved it
        return ArtifactCorruptError(
            f"object {key} of the store {self.url} is not what its name says; "
            f"it was moved to corrupt/{key}"
        )

    @contextmanager
    def _naming_full_disk(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in _FULL:
                raise StoreFullError(
                    f"no space left in the store {self.url}; nothing was lost: free some space, "
                    "or remove old runs and collect what nothing names"
                ) from error
            raise


def _local_folder(url: str) -> Path | None:
    for scheme in ("file://", "local://"):
        if url.startswith(scheme):
            return Path(url.removeprefix(scheme)).absolute()
    return None if "://" in url else Path(url).absolute()


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
