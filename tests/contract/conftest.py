"""One suite for all runners: each test here runs once with every runner that is at hand."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from interpreters import interpreter

sys.path.insert(0, str(Path(__file__).parent))

from workbench import Workbench

from mline_airflow.runners.docker_runner import DockerRunner
from mline_airflow.runners.docker_settings import DockerSettings
from mline_airflow.runners.process import ProcessRunner
from mline_airflow.runners.runner import Runner

ARCHIVE = "docker-archive"
"""Files sent to the engine, also to one that would rather have a folder mounted."""
RUNNERS = ("process", "docker", ARCHIVE)
HARDENED = "docker-hardened"
"""A user who is not root, and files of the image that nobody may change: the same contract."""
OLDEST = "process-3.8"
"""The oldest Python that a stage may have, with nothing installed: the same contract."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test with every runner; the lines of the contract in a hardened container, too."""
    if "bench" in metafunc.fixturenames:
        is_contract = metafunc.module.__name__.endswith("test_stage_contract")
        more = (HARDENED, OLDEST) if is_contract else ()
        metafunc.parametrize("bench", (*RUNNERS, *more), indirect=True)


@pytest.fixture
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Workbench:
    if request.param == "process":
        return Workbench(tmp_path, ProcessRunner)
    if request.param == OLDEST:
        oldest = str(interpreter("3.8"))
        return Workbench(tmp_path, lambda: ProcessRunner(oldest))
    if request.param == ARCHIVE:
        return docker_bench(request, tmp_path, files="archive")
    if request.param == HARDENED:
        return docker_bench(request, tmp_path, "nonroot", read_only=True)
    return docker_bench(request, tmp_path)


def docker_bench(
    request: pytest.FixtureRequest, folder: Path, image: str = "python", **more: object
) -> Workbench:
    """Return a bench whose stages are containers; `more` are settings of the profile."""
    engine = request.getfixturevalue("docker_engine")
    settings = DockerSettings(**{"url": engine.host, **more})
    make: Callable[[], Runner] = lambda: DockerRunner(settings)  # noqa: E731
    bench = Workbench(folder, make)
    bench.defaults = {"runner": "docker", "image": engine.image(image)}
    return bench
