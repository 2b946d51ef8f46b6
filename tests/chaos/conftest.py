"""An engine of its own, for it is killed; and an Airflow whose processes are killed."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker_engine import DockerEngine, running_engine

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "airflow"), str(HERE.parent / "contract")]


class BreakableEngine:
    """An engine whose daemon can be killed, beside the one that all other tests share."""

    def __init__(self, engine: DockerEngine) -> None:
        self.engine = engine
        self._environment = {**os.environ, "TEST_ENGINE": engine.name}

    def crash(self) -> None:
        """Kill the daemon; its containers know nothing of that."""
        self._run("crash")

    def revive(self) -> None:
        """Start it again; it ends what still runs."""
        self._run("revive")

    def _run(self, word: str) -> None:
        script = HERE.parent / "engines" / "docker.sh"
        subprocess.run([script, word], env=self._environment, check=True, capture_output=True)


@pytest.fixture(scope="module")
def breakable(request: pytest.FixtureRequest) -> Iterator[BreakableEngine]:
    """Return an engine of the module's own, which is called as its `ENGINE` says."""
    if os.environ.get("TEST_DOCKER_HOST"):
        pytest.skip("TEST_DOCKER_HOST names an engine that is not ours to kill")
    with running_engine(request.module.ENGINE) as engine:
        yield BreakableEngine(engine)
    gc.collect()  # sockets of connections that failed, which Docker's SDK leaves lying
