"""Docker Engines to measure on, and small helpers around them."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from measure import ROOT

sys.path[:0] = [str(ROOT / "tests" / name) for name in ("engines", "contract", "airflow")]

IMAGE = "busybox"


class Engine(NamedTuple):
    """A running engine: its address, its version as `26.1`, and the image that is measured with."""

    host: str
    version: str
    image: str


def engines() -> Iterator[Engine]:
    """Start the engine of each release in turn; an engine that was named is the only one."""
    from docker_engine import RELEASES

    if os.environ.get("TEST_DOCKER_HOST"):
        names = ["docker"]
    else:
        names = [f"debian-{release}" for release in RELEASES]
    for name in names:
        with _engine(name) as engine:
            yield engine


@contextlib.contextmanager
def _engine(name: str) -> Iterator[Engine]:
    from docker_engine import running_engine

    os.environ["CI"] = "true"  # an engine that cannot start is an error here
    with running_engine(name) as engine:
        os.environ["DOCKER_HOST"] = engine.host
        with contextlib.closing(engine.client()) as client:
            version = ".".join(client.version()["Version"].split(".")[:2])
        yield Engine(engine.host, version, engine.image(IMAGE))


def timed(action: Callable[[], object]) -> float:
    """Return the seconds that an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def docker(*arguments: str) -> str:
    """Run Docker's own program and return what it printed."""
    done = subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def workbench(folder: Path, engine: Engine) -> Any:
    """Return what runs stages without Airflow, with a store of its own below `folder`."""
    from workbench import Workbench

    from mline_airflow.runners.docker_runner import DockerRunner
    from mline_airflow.runners.docker_settings import DockerSettings

    place = Path(tempfile.mkdtemp(dir=folder))
    bench = Workbench(place, lambda: DockerRunner(DockerSettings(url=engine.host)))
    bench.defaults = {"runner": "docker", "image": engine.image}
    return bench
