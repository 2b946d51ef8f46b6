"""A folder as data: the sorted manifest whose sha256 is the folder's name in the store.

The manifest is text: the line `mline-folder 1`, then one JSON array a line, sorted by the UTF-8
bytes of the path: `["file",path,size,sha256]`, `["exec",…]` the same for a file that its owner may
execute, `["link",path,target]`, and `["folder",path]` for a folder with nothing in it. Times,
owners and other rights are not part of a folder, so that the same content has the same name.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Literal, NamedTuple

from ..failures import ArtifactCorruptError, BadTreeError

HEADER = "mline-folder 1"
EntryKind = Literal["file", "exec", "folder", "link"]


class Entry(NamedTuple):
    """One line of a manifest. `path` is relative, POSIX; `sha256` is in hex."""

    kind: EntryKind
    path: str
    size: int = 0
    sha256: str = ""
    target: str = ""

    @property
    def is_file(self) -> bool:
        """Tell whether it has content."""
        return self.kind in ("file", "exec")

    def line(self) -> str:
        """Return its line of the manifest."""
        if self.is_file:
            fields: list[str | int] = [self.kind, self.path, self.size, self.sha256]
        elif self.kind == "link":
            fields = [self.kind, self.path, self.target]
        else:
            fields = [self.kind, self.path]
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def encode(entries: Iterable[Entry]) -> bytes:
    """Return the manifest of entries in any order."""
    ordered = sorted(entries, key=lambda entry: entry.path.encode("utf-8"))
    return "\n".join([HEADER, *(entry.line() for entry in ordered), ""]).encode("utf-8")


def decode(data: bytes) -> list[Entry]:
    """Read a manifest; every path in it stays inside the folder, whoever wrote it."""
    try:
        header, *lines = data.decode("utf-8").split("\n")
        entries = [_entry(json.loads(line)) for line in lines[:-1]]
    except (ValueError, TypeError, IndexError, KeyError) as error:
        raise ArtifactCorruptError(f"not the manifest of a folder: {error}") from error
    if header != HEADER or lines[-1:] != [""]:
        raise ArtifactCorruptError("not the manifest of a folder")
    if len({entry.path for entry in entries}) != len(entries):
        raise ArtifactCorruptError("the manifest of a folder names a path twice")
    return entries


def _entry(fields: list[str | int]) -> Entry:
    kind, path = fields[0], str(fields[1])
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or str(pure) != path or path == "." or "\0" in path:
        raise ValueError(f"path {path!r}")
    if kind == "file":
        return Entry("file", path, int(fields[2]), str(fields[3]))
    if kind == "exec":
        return Entry("exec", path, int(fields[2]), str(fields[3]))
    if kind == "link":
        return Entry("link", path, target=str(fields[2]))
    if kind == "folder":
        return Entry("folder", path)
    raise ValueError(f"kind {kind!r}")


class Scanned(NamedTuple):
    """A file or folder as it lies on disk; content is not read yet."""

    entry: Entry
    path: Path


def scan(folder: Path) -> Iterator[Scanned]:
    """Yield what is in a folder, links as links.

    Raises BadTreeError for a link that leaves the folder or points at nothing, for what is neither
    file, folder nor link, and for a name that is not text.
    """
    root = Path(os.path.realpath(folder))
    yield from _scan(root, root, "")


def _scan(root: Path, folder: Path, prefix: str) -> Iterator[Scanned]:
    with os.scandir(folder) as listing:
        found = sorted(listing, key=lambda entry: entry.name)
    for item in found:
        path = f"{prefix}{item.name}"
        try:
            path.encode("utf-8")
        except UnicodeEncodeError as error:
            shown = os.fsencode(path)
            raise BadTreeError(f"a file's name is not UTF-8: {shown!r} in {root}") from error
        status = item.stat(follow_symlinks=False)
        place = Path(item.path)
        if stat.S_ISLNK(status.st_mode):
            yield Scanned(Entry("link", path, target=link_target(root, place)), place)
        elif stat.S_ISDIR(status.st_mode):
            inner = _scan(root, place, f"{path}/")
            first = next(inner, None)
            if first is None:
                yield Scanned(Entry("folder", path), place)
            else:
                yield first
                yield from inner
        elif stat.S_ISREG(status.st_mode):
            kind: EntryKind = "exec" if status.st_mode & stat.S_IXUSR else "file"
            yield Scanned(Entry(kind, path, status.st_size), place)
        else:
            raise BadTreeError(f"'{path}' in {root} is neither a file, a folder nor a link")


def link_target(root: Path, link: Path) -> str:
    """Return a link's target if it is relative, stays inside `root` (a real path) and exists."""
    target = str(link.readlink())
    shown = f"symbolic link '{link.relative_to(root).as_posix()}' -> '{target}'"
    if target.startswith("/"):
        raise BadTreeError(f"{shown} is absolute; a folder is kept with relative links only")
    try:
        end = Path(os.path.realpath(link, strict=True))
    except OSError as error:
        raise BadTreeError(f"{shown} points at nothing: {error.strerror}") from error
    if not end.is_relative_to(root):
        raise BadTreeError(f"{shown} leaves the folder; copy the file instead of linking it")
    return target
