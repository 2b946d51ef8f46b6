"""A folder of this machine as a container's `/mline`, instead of archives.

An engine older than 23 starts itself once more for each archive that it takes in, which takes
longer than all else that we do for a short stage. So such an engine, at a socket of this machine,
gets a new folder of this machine mounted, as Airflow's own DockerOperator does by default. An
engine that does not see the folder, because the worker is in a container itself, gets archives.
With `shared_folder` of a profile it is a part of that folder, for any engine.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import shutil
import stat
import sys
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mline_airflow.artifacts import Artifact, ArtifactStore
from mline_airflow.failures import StoreFullError
from mline_airflow.stages.job import Job
from mline_airflow.stages.references import ROOT
from mline_airflow.stages.workspace import collect_folder, lay_out, remove_tree

from .docker_client import EngineError, is_leaving, is_local, telling, version_of
from .docker_files import Files, NotSharedError, SentFiles
from .docker_reason import End, judge
from .docker_settings import DockerSettings
from .docker_spec import LABEL, bind
from .stage_folder import PREFIX, StageFolder, sweep_once, unheld

_QUICK = (1, 42)
_WRITABLE = ("code", "out", "adapted/in", "adapted/out")
_MOUNTED = "mline"
_ENFORCING = Path("/sys/fs/selinux/enforce")
_FULL = (errno.ENOSPC, errno.EDQUOT)

FOLDER = f"{LABEL}.folder"
"""The label with the folder's path on the worker's machine, which the engine's may not be."""


def ways(client: Any, settings: DockerSettings, labels: Mapping[str, str]) -> Iterator[Files]:
    """Yield the ways for files of a profile's stages, the best first; the last always works."""
    sent = SentFiles(client, labels, mounted=settings.read_only)
    if settings.files == "archive":
        yield sent
    elif settings.shared is not None:
        sweep_once(settings.shared.here)
        yield SharedFiles(sent, client, settings.shared.here, settings.shared.there)
    else:
        if _pays(client) and (place := _place()) is not None:
            sweep_once(place)
            with contextlib.suppress(OSError):
                yield SharedFiles(sent, client, place)
        yield sent


def _pays(client: Any) -> bool:
    """Tell whether the engine is one of this machine that is slow at taking archives in."""
    version = version_of(client)
    return (
        sys.platform == "linux"
        and is_local(client)
        and version is not None
        and version < _QUICK
        and not _is_labelled()
    )


def _is_labelled() -> bool:
    """Tell whether SELinux keeps containers from files that are not labelled for them."""
    with contextlib.suppress(OSError):
        return _ENFORCING.read_text("ascii").strip() == "1"
    return False


def _place() -> Path | None:
    """Return where a folder can be, None where a stage could not execute what is in it.

    It is where temporary files are; `/tmp`, unless it was named, is memory on many machines.
    """
    names = ("TMPDIR", "TEMP", "TMP")
    named = next(filter(None, map(os.environ.get, names)), "/var/tmp")  # noqa: S108 - see SharedFiles
    with contextlib.suppress(OSError):
        if not os.statvfs(named).f_flag & os.ST_NOEXEC:
            return Path(named)
    return None


class SharedFiles:
    """Below a folder that only this user and the engine can enter, whoever owns what is in it."""

    def __init__(self, sent: SentFiles, client: Any, place: Path, there: str | None = None) -> None:
        """`there` is the place on the engine's machine; when it is named, there is no other way.

        Raises EngineError when a place that was named cannot be used, OSError for another one.
        """
        self._sent = sent
        self._client = client
        self._place = place
        self._asked = there is not None
        with _telling_of(place, place) if self._asked else contextlib.nullcontext():
            self._made = StageFolder(place)
            self._folder = self._made.path / _MOUNTED
            self._folder.mkdir()
            self._folder.chmod(0o755)
            if self._asked:
                # Root of another machine may be nobody here.
                self._made.path.chmod(0o755)
        self._there = f"{there or self._made.path.parent}/{self._made.path.name}/{_MOUNTED}"

    def mount(self) -> Any:
        """Return the folder's mount, which `folder_label` knows again."""
        mount = bind(self._there)
        mount.here = str(self._made.path)
        return mount

    def are_refused(self, told: str) -> bool:
        """Tell whether the engine complains of the folder, which only we thought that it sees."""
        return not self._asked and self._there in told

    def bring(self, container: str, job: Job, store: ArtifactStore) -> None:  # noqa: ARG002
        """Lay out code, inputs and documents, for whoever the container's user is."""
        try:
            with self._telling() if self._asked else contextlib.nullcontext():
                lay_out(job, store, self._folder, ROOT)
                _open_up(self._folder)
        except (OSError, StoreFullError) as error:
            if self._asked:
                raise
            raise NotSharedError(str(error)) from error

    def collect(self, container: str, job: Job, store: ArtifactStore) -> Mapping[str, Artifact]:
        """Store the outputs; the engine reads what their owner keeps from others."""
        try:
            with self._telling():
                found = collect_folder(job, store, self._folder)
        except EngineError as error:
            if not isinstance(error.__cause__, PermissionError):
                raise
            return self._sent.collect(container, job, store)
        if is_leaving(self._client, container):
            judge(job, End(0, gone=True))  # another try has taken this one's place
        return found

    def _telling(self) -> contextlib.AbstractContextManager[None]:
        return _telling_of(self._place, self._made.path, named=self._asked)

    def empty(self, container: str) -> None:
        """Let the engine remove what is not this user's to remove."""
        if not os.geteuid():
            return
        try:
            remove_tree(self._folder)
        except OSError:
            # What stays then is no failure of the stage.
            with contextlib.suppress(EngineError, OSError):
                _let_engine_empty(self._client, container, self._folder)

    def remove(self) -> None:
        """Remove the folder."""
        try:
            self._made.remove()
        except OSError:
            # Somebody removed the container before, and with it the way to its user's files.
            shutil.rmtree(self._made.path, ignore_errors=True)


@contextlib.contextmanager
def _telling_of(place: Path, folder: Path, *, named: bool = True) -> Iterator[None]:
    """Turn what the system refuses in a folder of a place into a sentence, and nothing else.

    What the artifact store meets on its own disks and connections is its own to tell.
    """
    try:
        yield
    except (ConnectionError, TimeoutError):
        raise
    except OSError as error:
        if isinstance(error.filename, str) and not Path(error.filename).is_relative_to(folder):
            raise
        raise _unusable(place, error, named=named) from error


def _unusable(place: Path, error: OSError, *, named: bool) -> EngineError:
    if not named:
        return EngineError(f"the stage's folder in {place}, or the store, cannot be used: {error}")
    if error.errno in _FULL:
        return EngineError(f"no space left in the shared folder {place}: free some space there")
    if not place.is_dir():
        message = f"there is no shared folder {place} on this machine; every worker needs it"
        return EngineError(message)
    # One that breaks while a file is read does not say which file it was.
    which = f"the shared folder {place}" + ("" if error.filename else ", or the artifact store,")
    return EngineError(f"{which} cannot be used: {error}")


def _open_up(folder: Path) -> None:
    """Let every user of a container read what was laid out, and write where stages do."""
    for name in _WRITABLE:
        if (folder / name).is_dir():
            (folder / name).chmod(0o777)
    if stat.S_IMODE((folder / "in").stat().st_mode) & 0o055 == 0o055:
        return
    # This process's mask keeps others out.
    for here, folders, files in os.walk(folder):
        for path in (Path(here, name) for name in (*folders, *files)):
            mode = path.lstat().st_mode
            if not stat.S_ISLNK(mode):
                path.chmod(stat.S_IMODE(mode) | (0o055 if mode & stat.S_IXUSR else 0o044))


def _let_engine_empty(client: Any, container: str, folder: Path) -> None:
    """Replace folders of another user by empty files, which are in a folder of ours.

    The engine does so when an archive has a file where the container has a folder.
    """
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for path in folder.iterdir():
            archive.addfile(tarfile.TarInfo(path.name))
    with contextlib.suppress(EngineError), telling("the Docker Engine"):
        client.kill(container)
    with telling("the Docker Engine"):
        client.wait(container)
        client.put_archive(container, ROOT, held.getvalue())


def folder_label(host_config: Mapping[str, Any]) -> dict[str, str]:
    """Return the label that lets `folder_of` find what a new container has of this machine."""
    here = [mount.here for mount in host_config.get("Mounts") or () if hasattr(mount, "here")]
    return {FOLDER: here[0]} if here else {}


def folder_of(container: Mapping[str, Any]) -> Path | None:
    """Return the folder that a container, as the engine lists it, has of this machine and user."""
    for one in container.get("Mounts") or ():
        if one.get("Type") == "bind" and one.get("Destination") == ROOT:
            seen = Path(one["Source"]).parent
            told = Path(container["Labels"].get(FOLDER) or seen)
            # A label leads nowhere else than to the folder that is mounted.
            for found in (told, seen) if told.name == seen.name else (seen,):
                if _is_own(found):
                    return found
    return None


def _is_own(folder: Path) -> bool:
    with contextlib.suppress(OSError):
        status = folder.lstat()
        own = os.geteuid() in (0, status.st_uid)
        return folder.name.startswith(PREFIX) and stat.S_ISDIR(status.st_mode) and own
    return False


def remove_left(client: Any, container: str, folder: Path | None) -> None:
    """Remove a container that a killed worker left, with its volume and its folder.

    One that is gone, or that somebody else is removing, is no error. The folder of a worker that
    lives is left to it.
    """
    with contextlib.ExitStack() as stack:
        if folder is not None and not stack.enter_context(unheld(folder)):
            folder = None
        if folder is not None and os.geteuid():
            with contextlib.suppress(EngineError, OSError):
                _let_engine_empty(client, container, folder / _MOUNTED)
        _remove_container(client, container)
        if folder is not None:
            with contextlib.suppress(OSError):
                remove_tree(folder)


def _remove_container(client: Any, container: str) -> None:
    from docker.errors import APIError

    try:
        client.remove_container(container, force=True, v=True)
    except APIError as error:
        if error.status_code not in {404, 409}:
            raise
