"""Which engines publish their ports where this process finds them."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "services"))

from servicebench import DockerBench

from mline_airflow.runners.docker_client import connect
from mline_airflow.runners.docker_settings import DockerSettings
from mline_airflow.services import docker_here
from mline_airflow.services.values import ServiceError

if TYPE_CHECKING:
    from docker_engine import DockerEngine


def test_a_socket_leads_to_this_machine(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert docker_here.is_here(client)
    # In a container with an engine of its own, too.
    monkeypatch.setattr(docker_here, "_in_container", lambda: True)
    assert docker_here.is_here(client)


def test_an_address_of_loopback_is_this_machine_and_another_is_not(
    docker_engine: DockerEngine,
) -> None:
    if docker_engine.tcp is None or docker_engine.certificates is None:
        pytest.skip("another engine has no certificates of ours")
    ca, cert, key = (str(docker_engine.certificates / f"{n}.pem") for n in ("ca", "cert", "key"))
    remote = connect(DockerSettings(url=docker_engine.tcp, ca=ca, cert=cert, key=key))
    assert docker_here.is_here(remote)
    remote.base_url = "https://engines.example:2376"
    assert not docker_here.is_here(remote)
    remote.close()


def test_a_worker_in_a_container_finds_the_services_of_its_host_ready(
    docker_engine: DockerEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLINE_SERVICES_FOLDER", str(tmp_path / "services"))
    monkeypatch.setattr(docker_here, "_in_container", lambda: True)
    monkeypatch.setattr(socket, "gethostname", lambda: "0123456789ab")
    bench = DockerBench(tmp_path, docker_engine)
    try:
        record = bench.start(bench.plan(ready=[{"endpoint": "http", "within": 20.0}]))
        assert record["status"] == "success"
        [instance] = bench.instances()
        assert bench.place.reach(instance, "http") is None
        asked = bench.plan(ready=[{"endpoint": "http", "http": "/", "within": 1.0}])
        with pytest.raises(ServiceError, match="this worker cannot reach the engine's ports"):
            bench.start(asked, "run-2")
    finally:
        bench.close()
