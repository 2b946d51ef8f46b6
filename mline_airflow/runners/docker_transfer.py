"""Artifacts into a created container and out of an ended one, as streams of archives."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mline_airflow.artifacts import Artifact, ArtifactStore
from mline_airflow.stages.job import Job
from mline_airflow.stages.references import ROOT
from mline_airflow.stages.unpack import extract_output
from mline_airflow.stages.workspace import store_output, write_archive

from .docker_client import EngineError, is_gone, telling

_PIECE = 1 << 18
_CHUNK = 1 << 20


def put_in(client: Any, container: str, job: Job, store: ArtifactStore) -> None:
    """Put code, inputs and documents into a container that has not started.

    The archive is written by a second thread while the first sends it: however large an input is,
    neither memory nor disk of this machine holds it.
    """
    archive = _Archive(job, store)
    try:
        with telling(f"stage '{job.name}': its files"):
            client.put_archive(container, ROOT, archive.chunks())
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
        with (
            tempfile.TemporaryDirectory(prefix="mline-out-") as folder,
            telling(f"output '{port}' of stage '{job.name}'"),
        ):
            chunks, _ = client.get_archive(container, place, chunk_size=_CHUNK)
            path, kept = extract_output(
                port, iter(chunks), Path(folder), stage=job.name, keep=store.put_stream
            )
            return store_output(job, store, port, path, kept)
    except EngineError as error:
        cause = error.__cause__
        if isinstance(cause, NotFound) and not _is_leaving(client, container):
            return None
        raise


def _is_leaving(client: Any, container: str) -> bool:
    """Tell whether a container is gone, or going: then what it has not is no news."""
    try:
        with telling("the Docker Engine"):
            state = client.inspect_container(container)["State"]["Status"]
    except EngineError as error:
        return is_gone(error)
    return state in ("removing", "dead")


class _Archive:
    """A job's archive, in chunks that are made while they are taken."""

    def __init__(self, job: Job, store: ArtifactStore) -> None:
        self.error: BaseException | None = None
        reader, self._writer = os.pipe()
        self._source = os.fdopen(reader, "rb", buffering=0)
        self._thread = threading.Thread(
            target=self._write, args=(job, store), name="mline-archive", daemon=True
        )
        self._thread.start()

    def chunks(self) -> Iterator[bytes]:
        """Yield the archive; raises what its writing raised, so that the engine sees no end."""
        while data := self._source.read(_PIECE):
            yield data
        self._thread.join()
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        """Stop writing: whoever writes to a pipe that nobody reads gets an error."""
        self._source.close()
        self._thread.join()

    def _write(self, job: Job, store: ArtifactStore) -> None:
        try:
            with os.fdopen(self._writer, "wb", buffering=_PIECE) as sink:
                write_archive(job, store, sink, place=".")
        except BrokenPipeError:
            pass  # the engine took no more; it says why
        except BaseException as error:  # noqa: BLE001 - raised again by who reads
            self.error = error
