"""What a stage's container is: its name, labels, command, environment and surroundings."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mline_airflow.artifacts import ArtifactStore
from mline_airflow.dag_factory.plan import Plan, Task
from mline_airflow.failures import MLineError
from mline_airflow.stages.job import SHELL, Job
from mline_airflow.stages.references import ROOT

from .docker_image import Image
from .docker_settings import DockerSettings

LABEL = "mline"
UNIQUE = tuple(f"{LABEL}.{name}" for name in ("store", "experiment", "run", "task", "index"))
"""The labels that no two stages which may run at once have in common."""
TRY, STORE = f"{LABEL}.try", f"{LABEL}.store"


def labels(plan: Plan, task: Task) -> dict[str, str]:
    """Return the labels of a task's containers that its plan knows."""
    return {
        **task.get("labels", {}),
        f"{LABEL}.experiment": plan["experiment"],
        f"{LABEL}.task": task["id"],
    }


def run_labels(job: Job, store: ArtifactStore) -> dict[str, str]:
    """Return the labels that tell one run, one instance, one try.

    The store stands for the installation: two of them may use one engine, and runs that are
    scheduled for the same time have the same id in both.
    """
    return {
        **dict([store_label(store.url)]),
        f"{LABEL}.run": job.run,
        f"{LABEL}.stage": job.name,
        f"{LABEL}.index": "" if job.index is None else str(job.index),
        TRY: str(job.attempt),
    }


def store_label(url: str) -> tuple[str, str]:
    """Return the label of all containers whose artifacts are in one store."""
    return STORE, hashlib.sha256(url.encode()).hexdigest()[:16]


def image_of(task: Task) -> str:
    """Return a stage's image; raises MLineError when it names none."""
    image = task.get("image")
    if not image:
        message = f"stage '{task.get('stage') or task['id']}' names no image, and its profile none"
        raise MLineError(message, code="no-image")
    return image


def container_name(job: Job, marks: Mapping[str, str]) -> str:
    """Return a name that says to a person what runs.

    It is the same for every try of one stage: the engine never has two of them at once.
    """
    words = [LABEL, job.plan["experiment"], job.task["id"]]
    if job.index is not None:
        words.append(str(job.index))
    unique = hashlib.sha256("\n".join(marks[name] for name in UNIQUE).encode()).hexdigest()
    return re.sub(r"[^a-zA-Z0-9_.-]", "-", "-".join([*words, unique[:12]]))


def with_entrypoint(job: Job, image: Image) -> Job:
    """Let the shim start a command as the image would: with its own entrypoint before it."""
    wraps = job.shim is not None and "command" in job.task.get("action", {})
    if not wraps or job.task.get("entrypoint") or not image.entrypoint:
        return job
    task: Task = {**job.task, "entrypoint": list(image.entrypoint)}
    return replace(job, task=task)


def start_of(job: Job) -> tuple[list[str] | None, list[str]]:
    """Return entrypoint and command; as in Compose, `command` alone leaves the image's own."""
    argv, action = job.argv(), job.task.get("action", {})
    if "command" in action and job.shim is None and not job.task.get("entrypoint"):
        return None, argv
    if "run" in action and argv[0] == SHELL:
        # Two streams would lose the order of what is printed to them.
        return [SHELL], ["-c", 'exec "$0" "$@" 2>&1', *argv]
    return argv[:1], argv[1:]


def environment(job: Job, image: Image) -> dict[str, str]:
    """Return the stage's variables; where the image looks for modules, Python still does."""
    variables = job.environment()
    own = image.environment.get("PYTHONPATH")
    if own and "PYTHONPATH" not in job.task.get("env", {}):
        variables["PYTHONPATH"] += f":{own}"
    return variables


def volume(marks: Mapping[str, str]) -> Any:
    """Return the mount of `/mline` as a volume of the container's own."""
    from docker.types import Mount

    return Mount(ROOT, None, type="volume", labels=dict(marks))


def bind(folder: str) -> Any:
    """Return the mount of `/mline` as a folder of the engine's machine."""
    from docker.types import Mount

    return Mount(ROOT, folder, type="bind")


def host_config(settings: DockerSettings, mount: Any | None) -> dict[str, Any]:
    """Return the container's surroundings, without its limits."""
    config: dict[str, Any] = {
        "mounts": None if mount is None else [mount],
        "dns": list(settings.dns) or None,
        "extra_hosts": dict(settings.extra_hosts) or None,
        "shm_size": settings.shm_size,
        "security_opt": ["no-new-privileges"],
    }
    if settings.read_only:
        config |= {"read_only": True, "tmpfs": {"/tmp": "exec,mode=1777"}}  # noqa: S108 - the container's
    return {key: value for key, value in config.items() if value is not None}
