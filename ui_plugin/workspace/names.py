"""Which paths of a workspace may be named from outside, and how they are opened.

A path is relative, in POSIX form, and names a file of MLine. It is opened folder by folder without
following a link, so that nothing outside can be reached, whatever changes meanwhile.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

from mline_airflow.dag_factory.project import EXPERIMENT_SUFFIX, PROJECT_FILE
from mline_airflow.dag_factory.sources import SKIPPED

from ..errors import Refusal

MOST_BYTES = 1_000_000
"""A larger file is no experiment."""
_MOST_PATH, _MOST_SEGMENT = 500, 200
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|\ud800-\udfff\u2028\u2029]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(\.|$)", re.IGNORECASE)
_SHORT_GIT = re.compile(r"git~\d+$", re.IGNORECASE)
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def checked(path: str) -> str:
    """Return the path when it may be named; raises Refusal that says what is wrong with it."""
    if not path or len(path.encode("utf-8", "replace")) > _MOST_PATH:
        raise _bad(path[:80], f"a path has 1 to {_MOST_PATH} bytes")
    if path.startswith("/") or _FORBIDDEN.search(path):
        raise _bad(path, "write a relative path with '/' and without control characters or \\:*?\"")
    for segment in path.split("/"):
        if segment in {"", ".", ".."} or segment.startswith("."):
            raise _bad(path, "a part of a path is not empty and does not begin with '.'")
        if segment[-1] in ". " or segment[0] == " " or _DEVICES.match(segment):
            raise _bad(path, f"'{segment}' cannot be a name on every system")
        if len(segment.encode()) > _MOST_SEGMENT:
            raise _bad(path, f"a part of a path has at most {_MOST_SEGMENT} bytes")
        if segment in SKIPPED or _SHORT_GIT.match(segment):
            raise _bad(path, f"nothing of MLine lies in '{segment}'")
    name = path.rpartition("/")[2]
    if name != PROJECT_FILE and not (
        name.endswith(EXPERIMENT_SUFFIX) and len(name) > len(EXPERIMENT_SUFFIX)
    ):
        raise _bad(
            path,
            f"files of MLine are *{EXPERIMENT_SUFFIX}, *.types{EXPERIMENT_SUFFIX}, {PROJECT_FILE}",
        )
    return path


def _bad(path: str, why: str) -> Refusal:
    shown = path.encode("utf-8", "backslashreplace").decode()
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in shown)
    return Refusal(422, "bad-path", f"'{shown}' cannot be the path of an experiment: {why}")


def revision_of(data: bytes) -> str:
    """Return the revision of a file: the name that Git gives these bytes as a blob."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


@contextlib.contextmanager
def _folder(root: Path, path: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
    """Yield the open folder of a file and the file's name in it."""
    *folders, name = path.split("/")
    current = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for folder in folders:
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(folder, 0o755, dir_fd=current)
            following = os.open(folder, _FOLDER, dir_fd=current)
            os.close(current)
            current = following
        yield current, name
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENOTDIR}:
            raise Refusal(
                422, "bad-path", f"'{path}' goes through a link or a file; only real folders count"
            ) from None
        raise
    finally:
        os.close(current)


def read(root: Path, path: str) -> bytes | None:
    """Return the bytes of a file, or None when there is none. Raises Refusal for a link."""
    try:
        with _folder(root, path) as (folder, name):
            handle = os.open(
                name,
                os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC,
                dir_fd=folder,
            )
            with os.fdopen(handle, "rb") as file:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise Refusal(422, "bad-path", f"'{path}' is not a file")
                data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    if len(data) > MOST_BYTES:
        raise Refusal(413, "too-large", f"'{path}' has more than {MOST_BYTES:,} bytes")
    return data


def modified_ns(root: Path, path: str) -> int:
    """Return when a file was written, in ns since 1970, or 0 when there is none."""
    try:
        with _folder(root, path) as (folder, name):
            return os.stat(name, dir_fd=folder, follow_symlinks=False).st_mtime_ns
    except FileNotFoundError:
        return 0


def write(root: Path, path: str, data: bytes) -> None:
    """Put a file into place as a whole; its rights stay, folders are made."""
    with _folder(root, path, make=True) as (folder, name):
        mode = 0o644
        with contextlib.suppress(FileNotFoundError):
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if not stat.S_ISREG(found.st_mode):
                raise Refusal(422, "bad-path", f"'{path}' is a link or a folder, not a file")
            mode = stat.S_IMODE(found.st_mode)
        temporary = f".mline-{secrets.token_hex(8)}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(temporary, flags, mode, dir_fd=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(handle, mode)
                os.fsync(handle)
            os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=folder)
            raise
        os.fsync(folder)


def remove(root: Path, path: str) -> None:
    """Remove a file; folders stay."""
    with contextlib.suppress(FileNotFoundError), _folder(root, path) as (folder, name):
        os.unlink(name, dir_fd=folder)
        os.fsync(folder)
