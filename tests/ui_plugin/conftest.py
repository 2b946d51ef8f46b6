"""One running Airflow for all tests of the plugin."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "airflow"))

from editor_airflow import Client, EditorAirflow


@pytest.fixture(scope="session")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EditorAirflow]:
    """An API server with the plugin, a DAG processor, and a workspace in Git."""
    settings = {"AIRFLOW__MLINE__API_RATE": "0"}
    with EditorAirflow(tmp_path_factory.mktemp("editor") / "airflow", settings=settings) as one:
        yield one


@pytest.fixture
def user(airflow: EditorAirflow) -> Client:
    return airflow.client("user")


@pytest.fixture
def viewer(airflow: EditorAirflow) -> Client:
    return airflow.client("viewer")


@pytest.fixture
def nobody(airflow: EditorAirflow) -> Client:
    return airflow.client("")
