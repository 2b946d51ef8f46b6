"""Stages run on the Docker of Debian's present release and on that of the one before."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker_engine import RELEASES, DockerEngine, running_engine
from workbench import Workbench, gives, takes

from mline_airflow.runners.docker_client import api_version
from mline_airflow.runners.docker_runner import DockerRunner
from mline_airflow.runners.docker_settings import DockerSettings


@pytest.fixture(scope="module", params=RELEASES)
def engine(request: pytest.FixtureRequest) -> Iterator[DockerEngine]:
    """An engine of that release."""
    if os.environ.get("TEST_DOCKER_HOST"):
        pytest.skip("TEST_DOCKER_HOST names the only engine")
    with running_engine(f"debian-{request.param}") as started:
        yield started


def test_the_version_to_speak_is_the_engines_own(engine: DockerEngine) -> None:
    with contextlib.closing(engine.client()) as client:
        assert api_version(base_url=engine.host, timeout=60) == client.version()["ApiVersion"]


@pytest.mark.parametrize("read_only", [False, True], ids=["plain", "hardened"])
@pytest.mark.parametrize("image", ["python", "nonroot"])
def test_files_go_in_and_out(
    engine: DockerEngine, tmp_path: Path, image: str, *, read_only: bool
) -> None:
    settings = DockerSettings(url=engine.host, read_only=read_only)
    bench = Workbench(tmp_path, lambda: DockerRunner(settings))
    bench.defaults = {"runner": "docker", "image": engine.image(image)}
    bench.write("in/a b/ü", "A")
    bench.call(
        "s",
        "import shutil\ndef f(data, out): shutil.copytree(data, out); print('copied')\n",
        inputs={"data": takes("in", "core.Folder")},
        outputs={"out": gives("o", "core.Folder")},
    )
    record = bench.run("s")
    assert record["outputs"]["out"]["digest"] == record["inputs"]["data"]["digest"]
    assert "copied" in bench.lines
