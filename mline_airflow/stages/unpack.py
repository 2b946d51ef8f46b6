"""An output of a container, from the archive that its engine sends."""

from __future__ import annotations

import importlib
import os
import tarfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from ..artifacts import Artifact
from ..failures import OutputError, StoreError

filtered_tarfile: Any = (
    tarfile if hasattr(tarfile, "data_filter") else importlib.import_module("backports.tarfile")
)
"""`tarfile` with extraction filters: Python has them from 3.11.4 on, Debian 12 ships 3.11.2."""

_LARGE = 1 << 20
_PIECE = 1 << 16

Keep = Callable[[IO[bytes]], Artifact]
"""Stores what a file holds."""


class Unpacked(NamedTuple):
    """Where an output lies, and which of its files are in the store already, by inode.

    Those are empty on disk: a gibibyte is written once.
    """

    path: Path
    kept: Mapping[tuple[int, int], Artifact]


def extract_output(
    port: str,
    stream: Iterator[bytes],
    folder: Path,
    *,
    stage: str | None = None,
    keep: Keep | None = None,
) -> Unpacked:
    """Unpack the archive of `/mline/out/<port>`, as a container engine gives it, into `folder`.

    Python's `data` filter keeps every member inside `folder`; what it refuses is an error. So is an
    archive without its end: the container went away, and what came may be half of it. With `keep`,
    the content of large files goes there instead of to the disk; StoreError tells when it fails.
    """
    what = f"output '{port}' of stage '{stage}'" if stage else f"output '{port}'"
    kept: dict[tuple[int, int], Artifact] = {}
    storing = keep and _telling_of_store(what, keep)
    try:
        with filtered_tarfile.open(
            fileobj=_Stream(stream), mode="r|", bufsize=_PIECE, tarinfo=_Member
        ) as archive:
            archive.whole = False
            archive.extractall(
                folder, members=_small(archive, folder, storing, kept), filter="data"
            )
            whole = archive.whole
    except filtered_tarfile.FilterError as error:
        raise OutputError(f"{what} cannot be kept: {error}", code="bad-output") from error
    except (filtered_tarfile.TarError, _BrokenOffError) as error:
        raise _broken_off(what) from error
    if not whole:
        raise _broken_off(what)
    return Unpacked(folder / port, kept)


def _small(
    archive: Any, folder: Path, keep: Keep | None, kept: dict[tuple[int, int], Artifact]
) -> Iterator[Any]:
    """Yield the members that are to be unpacked as they are; see to the large ones."""
    for member in archive:
        if keep is None or not member.isreg() or member.sparse or member.size < _LARGE:
            yield member
            continue
        # The same check as for the others; a member that it renames is one that it would refuse.
        checked = filtered_tarfile.data_filter(member, str(folder))
        place = folder / checked.name
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as file:
            os.fchmod(file.fileno(), checked.mode or 0o644)
            status = os.fstat(file.fileno())
            kept[status.st_dev, status.st_ino] = keep(cast("IO[bytes]", _Content(archive, member)))


def _telling_of_store(what: str, keep: Keep) -> Keep:
    """Return what tells that the store failed: its connection is not the engine's."""

    def storing(file: IO[bytes]) -> Artifact:
        try:
            return keep(file)
        except OSError as error:
            raise StoreError(f"{what} could not be put into the artifact store: {error}") from error

    return storing


class _BrokenOffError(Exception):
    """What the archive came by failed."""


def _broken_off(what: str) -> OutputError:
    message = f"{what} did not come whole: its container, or the Docker Engine, went away"
    return OutputError(message, code="output-broken-off")


class _Member(filtered_tarfile.TarInfo):  # type: ignore[misc]  # one of two modules
    """Notes the mark at an archive's end: Python takes any nonsense between members for one."""

    @classmethod
    def fromtarfile(cls, tarfile: Any) -> Any:
        """Read a member; tell the archive that it is whole when there is none any more."""
        try:
            return super().fromtarfile(tarfile)
        except filtered_tarfile.EOFHeaderError:
            tarfile.whole = True
            raise


class _Content:
    """What a member of a stream holds, read where the stream is: `extractfile` copies it again."""

    def __init__(self, archive: Any, member: Any) -> None:
        self._archive = archive
        self._left: int = member.size

    def read(self, size: int) -> bytes:
        """Return what comes next, at most `size` bytes; nothing at the end."""
        data: bytes = self._archive.fileobj.read(min(size, self._left))
        if not data and self._left:
            raise filtered_tarfile.ReadError("unexpected end of data")
        self._left -= len(data)
        return data


class _Stream:
    """Chunks of bytes, read like a file; a chunk that fits is handed on without a copy."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def read(self, size: int) -> bytes:
        """Return what there is, at most `size` bytes; nothing at the end."""
        while not self._rest:
            try:
                self._rest = next(self._chunks)
            except StopIteration:
                return b""
            except (ConnectionError, TimeoutError) as error:
                raise _BrokenOffError(str(error)) from error
        data, self._rest = self._rest[:size], self._rest[size:]
        return data
