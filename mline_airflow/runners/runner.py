"""What a runner is: the part of the stage protocol that differs from place to place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from mline_airflow.artifacts import Artifact, ArtifactStore
from mline_airflow.dag_factory.plan import Task
from mline_airflow.stages.job import Job

Log = Callable[[str], None]
"""Takes one line, without its line break."""


@dataclass(frozen=True)
class Identity:
    """Where a stage runs, as far as its result may depend on it. `environment` is for the key."""

    runner: str
    image: str | None = None
    image_digest: str | None = None
    environment: str = ""


class Runner(Protocol):
    """Runs one try of one stage. The protocol calls these in order; `close` always comes last.

    Nothing here assumes that the stage sees this machine's files: `prepare` may send an archive
    (`workspace.write_archive`), or hand the job's digests to an init container.
    """

    def identity(self, task: Task) -> Identity:
        """Say where the task will run; an image's digest is looked up here, before the cache."""

    def prepare(self, job: Job, store: ArtifactStore) -> None:
        """Bring inputs, code and documents to where the stage will run."""

    def execute(self, job: Job, log: Log) -> None:
        """Run the stage to its end; raises StageError when it did not end well."""

    def collect(self, job: Job, store: ArtifactStore) -> Mapping[str, Artifact]:
        """Store the outputs and return them by port; a port with nothing is left out."""

    def details(self) -> Mapping[str, Any]:
        """Return what is known only afterwards (`host`, `pod`…), for the record.

        Asked for after a failure, too, and then with what is known.
        """

    def kill(self) -> None:
        """End the stage, from any thread or a signal handler; `execute` then raises StageError."""

    def close(self) -> None:
        """Remove what `prepare` made."""
