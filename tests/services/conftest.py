"""What the tests of services share: a project with one service, and where it runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from servicebench import DockerBench, ProcessBench, ServiceBench


@pytest.fixture
def process_bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServiceBench]:
    monkeypatch.setenv("MLINE_SERVICES_FOLDER", str(tmp_path / "services"))
    bench = ProcessBench(tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def docker_bench(
    docker_engine: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DockerBench]:
    monkeypatch.setenv("MLINE_SERVICES_FOLDER", str(tmp_path / "services"))
    bench = DockerBench(tmp_path, docker_engine)
    yield bench
    bench.close()


@pytest.fixture(params=["process", "docker"])
def service_bench(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ServiceBench]:
    """One suite for both places: each test that takes it runs once with each."""
    monkeypatch.setenv("MLINE_SERVICES_FOLDER", str(tmp_path / "services"))
    if request.param == "process":
        bench: ServiceBench = ProcessBench(tmp_path)
    else:
        bench = DockerBench(tmp_path, request.getfixturevalue("docker_engine"))
    yield bench
    bench.close()
