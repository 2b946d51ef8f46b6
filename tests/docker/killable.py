"""A worker that a test can kill, and how to wait for what comes of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

LIMIT = 60.0

WORKER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from workbench import Workbench
from mline_airflow.runners.docker_runner import DockerRunner
from mline_airflow.runners.docker_settings import DockerSettings
bench = Workbench(Path(sys.argv[2]), lambda: DockerRunner(DockerSettings(url=sys.argv[3])))
bench.defaults = {"runner": "docker", "image": sys.argv[4]}
bench.task("s", {"run": "sleep 600"})
bench.run("s")
"""


def until(condition: Callable[[], Any]) -> Any:
    """Wait until something is so, and return it."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("it never came")
