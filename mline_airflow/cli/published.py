"""What the Docker Engine at hand knows of a stage's image."""

from __future__ import annotations

import contextlib
from typing import Any

from mline_airflow.dag_factory.plan import Plan
from mline_airflow.stages.job import Job

_SECONDS = 5.0


def image_config(plan: Plan, job: Job) -> dict[str, Any] | None:
    """Return the image's settings and the container's; None when there is nobody to ask.

    Nothing is pulled for it: to look at a plan changes nothing.
    """
    if job.task.get("runner") != "docker" or not job.task.get("image"):
        return None
    try:
        from ..runners.docker_client import connect
        from ..runners.docker_config import compare
        from ..runners.docker_image import inspect
        from ..runners.docker_settings import DockerSettings
    except ImportError:
        return None  # there is no SDK
    from ..failures import MLineError

    settings = DockerSettings.from_profile(plan["profile"])
    # An engine that is away is no reason not to show the plan.
    with contextlib.suppress(MLineError, ImportError):
        client = connect(settings, _SECONDS)
        try:
            image = inspect(client, job.task["image"])
        finally:
            client.close()
        return None if image is None else compare(job, image, settings)
    return None
