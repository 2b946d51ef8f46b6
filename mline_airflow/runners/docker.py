"""Stages as containers of a Docker Engine, on Airflow's own DockerOperator.

DockerOperator mounts folders of the host, which a remote engine does not have. So nothing is
mounted: code and inputs are put into the created container before it starts, and outputs are taken
out of it after it has ended. DockerOperator has no place for either, but it asks its property
`cli` for every call: the client that it gets here does the one before `start`, the other after
`wait`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.docker.exceptions import DockerContainerFailedException
from airflow.providers.docker.operators.docker import DockerOperator
from airflow.sdk.log import mask_secret

from mline_airflow.dag_factory.quantities import cpu, memory
from mline_airflow.failures import MLineError, StageError
from mline_airflow.operators import PlannedTask
from mline_airflow.references import ROOT
from mline_airflow.runners.runner import Identity
from mline_airflow.workspace import extract_output, write_archive

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context

    from mline_airflow.artifacts import Artifact, ArtifactStore
    from mline_airflow.dag_factory.emit import Arguments
    from mline_airflow.dag_factory.plan import Plan, Task
    from mline_airflow.job import Job
    from mline_airflow.runners.runner import Log

NAME = "docker"
LABEL = "mline"
_FROM_PROFILE = (
    "docker_url",
    "docker_conn_id",
    "tls_ca_cert",
    "tls_client_cert",
    "tls_client_key",
    "network_mode",
)
"""Keys of a profile that are arguments of DockerOperator."""

_FIXED: dict[str, Any] = {
    "mount_tmp_dir": False,
    # The record says what happened; a container that is kept would only fill the engine's disk.
    "auto_remove": "force",
}
_LAST_LINES = 20


class DockerStageOperator(DockerOperator, PlannedTask):
    """Runs a stage in a container.

    DockerOperator stands first: Airflow wraps a constructor once more when the first parent has
    another one.
    """

    template_fields: Sequence[str] = ("image", "does", "values")
    template_ext: Sequence[str] = ()
    template_fields_renderers: ClassVar[dict[str, str]] = PlannedTask.template_fields_renderers
    ui_color = "#e0f2fe"

    def execute(self, context: Context) -> dict[str, Any]:  # type: ignore[override]  # our record
        """Run the stage by the stage protocol, which comes back to DockerOperator's own."""
        return PlannedTask.execute(self, context)

    def runner(self, context: Context) -> DockerRunner:
        """Return what runs the stage: this operator, through the stage protocol."""
        runner = DockerRunner(self, context)
        self.__dict__["_runner"] = runner
        return runner

    @property
    def cli(self) -> Any:
        """The engine's client; during a stage, one that carries its artifacts."""
        runner = self.__dict__.get("_runner")
        client = self.hook.api_client
        return client if runner is None else _CarryingClient(client, runner)

    def run_container(self, context: Context) -> None:
        """Do what DockerOperator does: pull, create, start, log, wait, remove."""
        DockerOperator.execute(self, context)


class DockerRunner:
    """The stage protocol's runner on one DockerStageOperator."""

    def __init__(self, operator: DockerStageOperator, context: Context) -> None:
        self.operator = operator
        self.context = context
        self._outputs = tempfile.TemporaryDirectory(prefix="mline-out-")
        self._carried: tuple[Job, ArtifactStore] | None = None
        self._details: dict[str, Any] = {}
        self._status: int | None = None

    def identity(self, task: Task) -> Identity:
        """Pull the image when it is not there, and name it by its digest."""
        image = task.get("image", "")
        client = self.operator.hook.api_client
        if not client.images(name=image):
            for message in client.pull(image, stream=True, decode=True):
                if isinstance(message, dict) and "error" in message:
                    raise MLineError(f"image '{image}': {message['error']}", code="image-failed")
        found = client.inspect_image(image)
        digests = found.get("RepoDigests") or [found["Id"]]
        return Identity(NAME, image, digests[0].rpartition("@")[2])

    def prepare(self, job: Job, store: ArtifactStore) -> None:
        """Say what the container is to be; it gets its files when it has been created."""
        operator, action = self.operator, job.task.get("action", {})
        argv = job.argv()
        if "command" in action and job.shim is None and "entrypoint" not in job.task:
            # As in Compose: `command` alone leaves the image's own entrypoint in place.
            operator.entrypoint, operator.command = None, argv
        else:
            operator.entrypoint, operator.command = argv[:1], argv[1:]
        for value in job.masked:
            mask_secret(value)
        operator.environment = {}
        operator._private_environment = job.environment()  # noqa: SLF001 - not shown, not rendered
        operator.working_dir = f"{ROOT}/code"
        operator.labels = {**labels(job.plan, job.task), **_run_labels(job)}
        self._carried = (job, store)
        self._remove_leftovers(operator.labels)

    def execute(self, job: Job, log: Log) -> None:  # noqa: ARG002 - DockerOperator logs by itself
        """Run the container to its end."""
        from docker.errors import APIError

        try:
            self.operator.run_container(self.context)
        except APIError as error:
            message = f"stage '{job.name}' could not be started: {error.explanation or error}"
            raise StageError(message, code="command-not-found") from error
        except DockerContainerFailedException as error:
            raise self._failure(job, error) from None

    def collect(self, job: Job, store: ArtifactStore) -> Mapping[str, Artifact]:
        """Store what was taken out of the container."""
        folder = Path(self._outputs.name)
        ports = [port for port in job.task.get("outputs", {}) if (folder / port).exists()]
        return {port: store.put(folder / port) for port in ports}

    def details(self) -> Mapping[str, Any]:
        """Name the container."""
        return self._details

    def kill(self) -> None:
        """Stop the container."""
        self.operator.on_kill()

    def close(self) -> None:
        """Remove the outputs' folder."""
        self.operator.__dict__.pop("_runner", None)
        self._outputs.cleanup()

    def put_in(self, client: Any, container: str) -> None:
        """Put code, inputs and documents into a container that has not started."""
        job, store = self._job()
        with tempfile.TemporaryFile(prefix="mline-in-") as archive:
            write_archive(job, store, archive)
            archive.seek(0)
            client.put_archive(container, "/", archive)

    def take_out(self, client: Any, container: str, status: int) -> None:
        """Take the outputs out of a container that has ended, before it is removed."""
        from docker.errors import NotFound

        job, _ = self._job()
        state = client.inspect_container(container)["State"]
        self._status = status
        self._details = {"container": container, "oom_killed": bool(state.get("OOMKilled"))}
        for port in job.task.get("outputs", {}):
            try:
                chunks, _ = client.get_archive(container, f"{ROOT}/out/{port}")
            except NotFound:
                continue
            extract_output(port, chunks, Path(self._outputs.name))

    def _job(self) -> tuple[Job, ArtifactStore]:
        if self._carried is None:
            raise RuntimeError("prepare comes first")
        return self._carried

    def _remove_leftovers(self, known: Mapping[str, str]) -> None:
        """Remove what a try left behind whose worker was killed: nobody else does."""
        client = self.operator.hook.api_client
        filters = {"label": [f"{key}={value}" for key, value in known.items() if key in _UNIQUE]}
        for found in client.containers(all=True, filters=filters):
            client.remove_container(found["Id"], force=True)

    def _failure(self, job: Job, error: DockerContainerFailedException) -> StageError:
        if self._details.get("oom_killed"):
            limit = job.task.get("resources", {}).get("memory", "the engine's limit")
            message = f"stage '{job.name}' was ended: it needed more memory than {limit}"
            return StageError(message, code="out-of-memory", exit_status=self._status)
        lines = [str(line) for line in error.logs or ()][-_LAST_LINES:]
        message = f"stage '{job.name}' failed with exit status {self._status}"
        message = "\n  ".join([message, *lines])
        return StageError(message, exit_status=self._status, last_lines=lines)


class _CarryingClient:
    """A client of the engine that brings a stage's artifacts along."""

    def __init__(self, client: Any, runner: DockerRunner) -> None:
        self._client = client
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def start(self, container: str) -> None:
        self._runner.put_in(self._client, container)
        self._client.start(container)

    def wait(self, container: str) -> Any:
        result = self._client.wait(container)
        self._runner.take_out(self._client, container, result["StatusCode"])
        return result


def make_operator(plan: Plan, task: Task, arguments: Arguments) -> DockerStageOperator:
    """Return the operator of a stage; Airflow's arguments and what the engine needs to know."""
    profile = plan["profile"]
    for key in _FROM_PROFILE:
        if key in profile:
            arguments[key] = profile[key]
    if resources := task.get("resources"):
        arguments.update(_limits(resources))
    operator = DockerStageOperator(**arguments, image=task.get("image", ""), **_FIXED)
    # Not by the constructor: it would be copied. The run's own labels are added when it starts.
    operator.__dict__["labels"] = labels(plan, task)
    return operator


def labels(plan: Plan, task: Task) -> dict[str, str]:
    """Return the labels that find a task's containers again, whatever happened to the worker."""
    return {
        **task.get("labels", {}),
        f"{LABEL}.experiment": plan["experiment"],
        f"{LABEL}.task": task["id"],
    }


_UNIQUE = tuple(f"{LABEL}.{name}" for name in ("experiment", "task", "run", "index"))


def _run_labels(job: Job) -> dict[str, str]:
    index = "" if job.index is None else str(job.index)
    return {f"{LABEL}.run": job.run, f"{LABEL}.index": index, f"{LABEL}.try": str(job.attempt)}


def _limits(resources: Mapping[str, Any]) -> Arguments:
    limits: Arguments = {}
    if "cpu" in resources:
        limits["cpus"] = cpu(str(resources["cpu"]))
    if "memory" in resources:
        limits["mem_limit"] = memory(str(resources["memory"]))
    if resources.get("gpu"):
        from docker.types import DeviceRequest

        limits["device_requests"] = [DeviceRequest(count=resources["gpu"], capabilities=[["gpu"]])]
    return limits
