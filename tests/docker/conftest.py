"""What only containers can do or refuse: images, users, engines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "contract"))

from workbench import Workbench

from mline_airflow.runners.docker_runner import DockerRunner
from mline_airflow.runners.docker_settings import DockerSettings
from mline_airflow.runners.docker_spec import store_label

if TYPE_CHECKING:
    from docker_engine import DockerEngine


@pytest.fixture
def bench(tmp_path: Path, docker_engine: DockerEngine) -> Callable[..., Workbench]:
    """Return what makes a bench: of an image, with settings of a profile."""

    def make(image: str = "busybox", **more: Any) -> Workbench:
        settings = DockerSettings(**{"url": docker_engine.host, **more})
        made = Workbench(tmp_path, lambda: DockerRunner(settings))
        known = image if "/" in image else docker_engine.image(image)
        made.defaults = {"runner": "docker", "image": known}
        return made

    return make


@pytest.fixture
def client(docker_engine: DockerEngine) -> Iterator[Any]:
    """A client of the engine."""
    made = docker_engine.client()
    yield made
    made.close()


@pytest.fixture
def ours(tmp_path: Path) -> dict[str, list[str]]:
    """Return the filter that finds this test's containers and volumes."""
    key, value = store_label(str(tmp_path / "store"))
    return {"label": [f"{key}={value}"]}


@pytest.fixture(autouse=True)
def _nothing_is_left(client: Any, ours: dict[str, list[str]]) -> Iterator[None]:
    """Every test ends without containers and volumes of its stages."""
    yield
    assert client.containers(all=True, filters=ours) == []
    assert client.volumes(filters=ours)["Volumes"] in (None, [])
