"""Fixtures of a real Airflow."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from airflow_home import EXPERIMENTS, DagTester, Home, migrated
from airflow_live import Live


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An Airflow with an empty project, for commands in processes of their own."""
    (tmp_path / "home").mkdir()
    (tmp_path / "project").mkdir()
    made = Home(tmp_path / "home", tmp_path / "project")
    migrated(made.folder, made.python, version("apache-airflow"))
    return made


@pytest.fixture(scope="session")
def tester(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DagTester]:
    """The experiments of this folder, in an Airflow for `dag.test()`."""
    folder = tmp_path_factory.mktemp("tester")
    shutil.copytree(EXPERIMENTS, folder / "project")
    (folder / "home").mkdir()
    home = Home(folder / "home", folder / "project")
    migrated(home.folder, home.python, version("apache-airflow"))
    made = DagTester(home)
    yield made
    made.close()


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A running Airflow with the experiments of this folder; nothing of it outlives the tests."""
    airflow = Live(tmp_path_factory.mktemp("live"))
    try:
        airflow.start()
        yield airflow
    finally:
        airflow.processes.stop()
