"""An image as it was published beside the container that a stage gets of it."""

from __future__ import annotations

from typing import Any

from mline_airflow.stages.job import Job
from mline_airflow.stages.references import ROOT

from .docker_image import Image
from .docker_settings import DockerSettings
from .docker_spec import environment, start_of, with_entrypoint
from .lines import Masker

Config = dict[str, dict[str, Any]]
"""`published` and `as_run`, each with entrypoint, command, user, working_dir and variables.

Variables are names: a value may be a secret, an image's own too.
"""


def compare(job: Job, image: Image, settings: DockerSettings) -> Config:
    """Return what the image's maker has set, and what holds in the stage's container."""
    job = with_entrypoint(job, image)
    entrypoint, command = start_of(job)
    mask = Masker(job.masked)
    published = {
        "entrypoint": list(image.entrypoint),
        "command": list(image.command),
        "user": image.user,
        "working_dir": image.working_dir,
        "variables": sorted(image.environment),
    }
    as_run = {
        "entrypoint": list(image.entrypoint) if entrypoint is None else entrypoint,
        "command": [mask(word) for word in command],
        "user": settings.user or image.user,
        "working_dir": f"{ROOT}/code",
        "variables": sorted({*image.environment, *environment(job, image)}),
    }
    return {"published": published, "as_run": as_run}
