"""The folders of a stage: laid out on this machine, or as an archive for a container.

in/<port>  out/<port>  code/  lib/<library>/  shim/  params.json  stage.json  run.sh
"""

from __future__ import annotations

import io
import os
import shutil
import stat
import tarfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Protocol, cast

from ..artifacts import Artifact, ArtifactStore, Entry
from ..failures import BadTreeError, OutputError
from .injection import SHIM
from .job import SCRIPT, Job
from .references import ROOT

_READ_ONLY_FILE = 0o444
_READ_ONLY_FOLDER = 0o555
_BLOCK = 1 << 18


class Sink(Protocol):
    """What an archive is written to, from its beginning to its end."""

    def write(self, data: bytes, /) -> int:
        """Take a part."""

    def tell(self) -> int:
        """Return the bytes so far."""


def lay_out(job: Job, store: ArtifactStore, root: Path, shown: str | None = None) -> None:
    """Make the folders of a job below `root`, which exists and is empty; inputs are read-only.

    `shown` is where the stage will find them, when that is another path.
    """
    bundle = root / ".bundle"
    store.get(job.code.artifact, bundle)
    for name in ("code", "lib"):
        if (bundle / name).is_dir():
            (bundle / name).rename(root / name)
        else:
            (root / name).mkdir()
    bundle.rmdir()
    for name in ("in", "out", "shim"):
        (root / name).mkdir()
    if job.shim is not None:
        store.get(job.shim, root / SHIM)
    if job.scope.adapted:
        (root / "adapted" / "in").mkdir(parents=True)
        (root / "adapted" / "out").mkdir()
    for port, found in job.inputs.items():
        target = root / "in" / port
        store.get(found.artifact, target)
        make_read_only(target)
    for name, data in job.documents(shown or str(root)).items():
        (root / name).write_bytes(data)
        if name == SCRIPT:
            (root / name).chmod(0o755)


def collect_folder(job: Job, store: ArtifactStore, root: Path) -> dict[str, Artifact]:
    """Store what a stage wrote to `out/`; a port with nothing is left out.

    Raises OutputError for what cannot be an artifact.
    """
    out = root / "out"
    if out.is_symlink():
        # A container's link is followed here on this machine, where it may name anything.
        message = f"the outputs of stage '{job.name}' cannot be kept: it made a link of its `out`"
        raise OutputError(message, code="bad-output")
    found = {}
    for port in job.task.get("outputs", {}):
        path = out / port
        if path.is_symlink() or path.exists():
            found[port] = store_output(job, store, port, path)
    return found


def store_output(
    job: Job,
    store: ArtifactStore,
    port: str,
    path: Path,
    kept: Mapping[tuple[int, int], Artifact] | None = None,
) -> Artifact:
    """Store one output; raises OutputError for what cannot be an artifact.

    `kept` are files that the store has, by the inode of what stands for them.
    """
    try:
        return store.put(path, kept=kept)
    except BadTreeError as error:
        message = f"output '{port}' of stage '{job.name}' cannot be kept: {error}"
        raise OutputError(message, code="bad-output") from error


def write_archive(
    job: Job, store: ArtifactStore, sink: Sink, *, place: str = ROOT.strip("/")
) -> None:
    """Write the same folders as a tar stream, below `place`, for a container.

    Content goes from the store into the archive without lying on this machine in between; each
    file is verified as it passes. Whoever the container's user is, they may write to `out/` and to
    their working directory.
    """
    prefix = place
    # Not "w|", which copies all of it thrice, ten kilobytes at a time; nothing seeks here, either.
    file = cast("IO[bytes]", sink)
    with tarfile.TarFile(
        fileobj=file, mode="w", format=tarfile.PAX_FORMAT, copybufsize=_BLOCK
    ) as archive:
        for name in ("", "in", "lib", "shim"):
            _add_folder(archive, f"{prefix}/{name}".rstrip("/"), 0o755)
        for name in ("code", "out", *(("adapted/in", "adapted/out") if job.scope.adapted else ())):
            _add_folder(archive, f"{prefix}/{name}", 0o777)
        for entry in job.code.entries:
            _add_entry(archive, store, f"{prefix}/{entry.path}", entry, writable=True)
        if job.shim is not None:
            shim = Entry("file", SHIM, job.shim.size, job.shim.hex)
            _add_entry(archive, store, f"{prefix}/{SHIM}", shim, writable=False)
        for port, found in job.inputs.items():
            _add_artifact(archive, store, f"{prefix}/in/{port}", found.artifact)
        for name, data in job.documents(ROOT).items():
            info = _info(f"{prefix}/{name}", 0o755 if name == SCRIPT else 0o644)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def make_read_only(path: Path) -> None:
    """Take the right to write from a file, or from a folder and all in it."""
    if path.is_symlink():
        return
    if path.is_dir():
        for folder, folders, files in os.walk(path, topdown=False):
            for name in (*files, *folders):
                make_read_only_one(Path(folder, name))
    make_read_only_one(path)


def make_read_only_one(path: Path) -> None:
    """Take the right to write from one file or folder; it stays executable if it was."""
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return
    if stat.S_ISDIR(mode):
        path.chmod(_READ_ONLY_FOLDER)
    else:
        path.chmod(_READ_ONLY_FILE | (0o111 if mode & stat.S_IXUSR else 0))


def remove_tree(path: Path) -> None:
    """Remove a folder, read-only parts of it too."""
    for here, folders, _ in os.walk(path):
        for name in folders:
            folder = Path(here, name)
            if not folder.is_symlink():
                folder.chmod(0o700)
    shutil.rmtree(path)


def _add_artifact(
    archive: tarfile.TarFile, store: ArtifactStore, place: str, artifact: Artifact
) -> None:
    if artifact.kind == "file":
        entry = Entry("file", place, artifact.size, artifact.hex)
        _add_entry(archive, store, place, entry, writable=False)
        return
    _add_folder(archive, place, _READ_ONLY_FOLDER)
    made = {""}
    for entry in store.entries(artifact):
        parents = [str(p) for p in reversed(Path(entry.path).parents) if str(p) != "."]
        for parent in parents:
            if parent not in made:
                made.add(parent)
                _add_folder(archive, f"{place}/{parent}", _READ_ONLY_FOLDER)
        _add_entry(archive, store, f"{place}/{entry.path}", entry, writable=False)


def _add_entry(
    archive: tarfile.TarFile, store: ArtifactStore, place: str, entry: Entry, *, writable: bool
) -> None:
    if entry.kind == "folder":
        _add_folder(archive, place, 0o755 if writable else _READ_ONLY_FOLDER)
        return
    if entry.kind == "link":
        info = _info(place, 0o777)
        info.type, info.linkname = tarfile.SYMTYPE, entry.target
        archive.addfile(info)
        return
    mode = (0o644 if writable else _READ_ONLY_FILE) | (0o111 if entry.kind == "exec" else 0)
    info = _info(place, mode)
    info.size = entry.size
    with store.open(entry) as content:
        archive.addfile(info, content)


def _add_folder(archive: tarfile.TarFile, place: str, mode: int) -> None:
    info = _info(place, mode)
    info.type = tarfile.DIRTYPE
    archive.addfile(info)


def _info(place: str, mode: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(place)
    info.mode = mode
    # 1970, the default, is a date that zip files and some tools cannot hold.
    info.mtime = int(time.time())
    return info


def describe_outputs(outputs: Mapping[str, Artifact]) -> str:
    """Return `model (1 file, 12 bytes)` for the log."""
    return ", ".join(
        f"{port} ({one.files} file{'' if one.files == 1 else 's'}, {one.size} bytes)"
        for port, one in outputs.items()
    )
