"""What a service's container gets of its profile, and how its end is told."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "services"))

from servicebench import DockerBench

from mline_airflow.services.place import place_for
from mline_airflow.services.values import ServiceError

if TYPE_CHECKING:
    from docker_engine import DockerEngine


@pytest.fixture
def bench(
    tmp_path: Path, docker_engine: DockerEngine, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DockerBench]:
    monkeypatch.setenv("MLINE_SERVICES_FOLDER", str(tmp_path / "services"))
    made = DockerBench(tmp_path, docker_engine)
    yield made
    made.close()


def test_a_service_that_needs_too_much_memory_is_told(bench: DockerBench) -> None:
    greedy = "import time; block = b'x' * (200 << 20); time.sleep(60)"
    plan = bench.plan(
        command=[bench.python, "-c", greedy],
        resources={"memory": "48Mi"},
        ready=[{"log": "x", "within": 30.0}],
    )
    with pytest.raises(ServiceError, match="was ended: it needed more memory than it may have"):
        bench.start(plan)
    assert bench.instances() == []


def test_a_service_has_no_privileges_and_what_its_profile_says(
    bench: DockerBench, client: Any
) -> None:
    more = {"extra_hosts": {"warehouse": "10.0.0.7"}, "dns": ["10.0.0.2"], "shm_size": "256Mi"}
    settings = {"docker": {**bench.profile["docker"], **more}}
    bench.place = place_for("docker", settings, bench.services)
    own = {"labels": {"team": "flowers", "mline.service": "other"}, "entrypoint": ["env", "A=b"]}
    bench.start(bench.plan(resources={"memory": "256Mi", "cpu": "0.5"}, **own))
    [instance] = bench.instances()
    told = client.inspect_container(instance.where.split()[-1])
    host = told["HostConfig"]
    assert not host["Privileged"]
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert told["Mounts"] == []
    assert host["ExtraHosts"] == ["warehouse:10.0.0.7"]
    assert (host["Dns"], host["ShmSize"]) == (["10.0.0.2"], 256 << 20)
    assert (host["Memory"], host["MemorySwap"], host["NanoCpus"]) == (
        256 << 20,
        256 << 20,
        5 * 10**8,
    )
    ports = [one["HostIp"] for found in host["PortBindings"].values() for one in found]
    assert ports == ["127.0.0.1"]
    assert told["Config"]["Entrypoint"] == ["env", "A=b"]
    labels = told["Config"]["Labels"]
    assert (labels["team"], labels["mline.service"]) == ("flowers", "web")
    [network] = told["NetworkSettings"]["Networks"]
    assert network.startswith("mline-exp-")
