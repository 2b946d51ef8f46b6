"""The engine of whoever names none: that of the `docker` command, by its contexts."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mline_airflow.dag_factory.emit import build_dag
from mline_airflow.dag_factory.project import Project
from mline_airflow.operators.tasks import Operators
from mline_airflow.runners.docker_client import EngineError, connect
from mline_airflow.runners.docker_settings import DockerSettings

if TYPE_CHECKING:
    from docker_engine import DockerEngine

VARIABLES = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")
Contexts = Callable[..., Path]


@pytest.fixture
def contexts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Contexts:
    """Return what gives the `docker` command a context, and makes one the current one."""
    folder = tmp_path / "config"
    folder.mkdir()
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))

    def add(name: str, host: str, current: str = "default") -> Path:
        (folder / "config.json").write_text(json.dumps({"currentContext": current}))
        place = folder / "contexts/meta" / hashlib.sha256(name.encode()).hexdigest()
        place.mkdir(parents=True)
        endpoints = {"docker": {"Host": host, "SkipTLSVerify": False}}
        told = {"Name": name, "Metadata": {}, "Endpoints": endpoints}
        (place / "meta.json").write_text(json.dumps(told))
        return place / "meta.json"

    return add


def _id(settings: DockerSettings) -> str:
    with contextlib.closing(connect(settings)) as client:
        return str(client.info()["ID"])


def test_certificates_of_the_environment_are_not_for_the_engine_of_a_context(
    contexts: Contexts, docker_engine: DockerEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contexts("theirs", docker_engine.host, "theirs")
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    monkeypatch.setenv("DOCKER_CERT_PATH", str(tmp_path / "of another engine"))
    known = _id(DockerSettings())
    project = tmp_path / "boxed"
    project.mkdir()
    (project / "mline.yaml").write_text(
        "mline: 1\nproject: p\nprofiles: {boxes: {runner: docker}}\n"
    )
    text = "mline: 1\nexperiment: e\nstages:\n  s: {image: 'x:1', command: ['true']}\n"
    (project / "e.mline.yaml").write_text(text)
    compiled = Project.open(project).plan(project / "e.mline.yaml")
    assert compiled.plan is not None, compiled.diagnostics
    operator = build_dag(compiled.plan, Operators(project)).task_dict["s"]
    with contextlib.closing(operator.runner({}).client) as client:
        assert client.info()["ID"] == known


def test_a_variable_names_the_context(
    contexts: Contexts, docker_engine: DockerEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    contexts("theirs", docker_engine.host)
    monkeypatch.setenv("DOCKER_CONTEXT", "theirs")
    assert _id(DockerSettings()) == _id(DockerSettings(url=docker_engine.host))


def test_a_context_that_cannot_be_had_is_told(
    contexts: Contexts, monkeypatch: pytest.MonkeyPatch
) -> None:
    contexts("broken", "tcp://far:2376", "broken").write_text("{")
    with pytest.raises(EngineError, match=r"the context 'broken' of .* cannot be read: .*corrupt"):
        connect(DockerSettings())
    monkeypatch.setenv("DOCKER_CONTEXT", "none")
    with pytest.raises(EngineError, match="the `docker` command has no context 'none'; `docker"):
        connect(DockerSettings())
