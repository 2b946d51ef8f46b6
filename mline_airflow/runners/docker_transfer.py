"""Artifacts into a created container and out of an ended one, as streams of archives."""

from __future__ import annotations

import contextlib
import tempfile
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from queue import Full, Queue
from typing import Any

from mline_airflow.artifacts import Artifact, ArtifactStore
from mline_airflow.stages.job import Job
from mline_airflow.stages.references import ROOT
from mline_airflow.stages.unpack import extract_output
from mline_airflow.stages.workspace import store_output, write_archive

from .docker_body import body_of
from .docker_client import EngineError, is_leaving, telling

_SENT = 1 << 18
_WAITING = 4
_PAUSE = 0.5


def put_in(
    client: Any, container: str, job: Job, store: ArtifactStore, *, mounted: bool = False
) -> None:
    """Put code, inputs and documents into a container that has not started.

    The archive is written by a second thread while the first sends it: however large an input is,
    neither memory nor disk of this machine holds it. Where `/mline` is `mounted`, it is there
    already, and the root around it may be read-only.
    """
    path, place = (ROOT, ".") if mounted else ("/", ROOT.strip("/"))
    archive = _Archive(job, store, place)
    try:
        with telling(f"stage '{job.name}': its files"):
            client.put_archive(container, path, archive.chunks())
    except EngineError:
        # The store's own error cuts the connection off; it is the one to tell.
        archive.close()
        if archive.error is not None:
            raise archive.error from None
        raise
    finally:
        archive.close()


def take_out(
    client: Any, container: str, job: Job, store: ArtifactStore, port: str
) -> Artifact | None:
    """Store an output of a container that has ended; None when there is none.

    Large files go from the engine into the store; the rest, and what says where they were, lies in
    a temporary folder meanwhile.
    """
    from docker.errors import NotFound

    place = f"{ROOT}/out/{port}"
    try:
        with tempfile.TemporaryDirectory(prefix="mline-out-") as folder:
            with (
                telling(f"output '{port}' of stage '{job.name}'"),
                # An engine that still sends does not remove the container.
                contextlib.closing(_archive_of(client, container, place)) as archive,
            ):
                path, kept = extract_output(
                    port,
                    archive,
                    Path(folder),
                    stage=job.name,
                    keep=store.put_stream,
                )
            return store_output(job, store, port, path, kept)
    except EngineError as error:
        cause = error.__cause__
        if isinstance(cause, NotFound) and not is_leaving(client, container):
            return None
        raise


def _archive_of(client: Any, container: str, path: str) -> Generator[bytes, None, None]:
    """Yield the archive of a path.

    Not by the SDK, which lets the engine compress it, and hands on every 32 KiB by itself.
    """
    url = client._url("/containers/{0}/archive", container)  # noqa: SLF001 - see above
    plain = {"Accept-Encoding": "identity"}
    answer = client._get(url, params={"path": path}, headers=plain, stream=True)  # noqa: SLF001
    with answer:
        client._raise_for_status(answer)  # noqa: SLF001
        yield from body_of(answer)


class _Archive:
    """A job's archive, in pieces that are made while they are taken."""

    def __init__(self, job: Job, store: ArtifactStore, place: str) -> None:
        self.error: BaseException | None = None
        self._pieces: Queue[bytes] = Queue(_WAITING)
        self._closed = threading.Event()
        self._parts: list[bytes] = []
        self._held = self._size = 0
        self._thread = threading.Thread(
            target=self._make, args=(job, store, place), name="mline-archive", daemon=True
        )
        self._thread.start()

    def chunks(self) -> Iterator[bytes]:
        """Yield the archive; raises what its writing raised, so that the engine sees no end."""
        while data := self._pieces.get():
            yield data
        self._thread.join()
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        """Stop writing: nobody takes what still comes."""
        self._closed.set()
        self._thread.join()

    # -- the file that it is written to ----------------------------------------------------------

    def write(self, data: bytes) -> int:
        """Take a part; small ones are gathered, a large one is handed on as it is."""
        self._parts.append(data)
        self._held += len(data)
        self._size += len(data)
        if self._held >= _SENT:
            self.flush()
        return len(data)

    def flush(self) -> None:
        """Hand on what was gathered."""
        if self._parts:
            self._give(self._parts[0] if len(self._parts) == 1 else b"".join(self._parts))
            self._parts, self._held = [], 0

    def tell(self) -> int:
        """Return the bytes so far."""
        return self._size

    def _give(self, piece: bytes) -> None:
        while not self._closed.is_set():
            try:
                self._pieces.put(piece, timeout=_PAUSE)
            except Full:
                continue
            return
        raise _ClosedError

    def _make(self, job: Job, store: ArtifactStore, place: str) -> None:
        try:
            write_archive(job, store, self, place=place)
            self.flush()
        except _ClosedError:
            return  # the engine took no more; it says why
        except BaseException as error:  # noqa: BLE001 - raised again by who reads
            self.error = error
        with contextlib.suppress(_ClosedError):
            self._give(b"")


class _ClosedError(Exception):
    """Nobody takes the archive any more."""
