"""What a service's container gets of its profile, and how its end is told."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "services"))

from servicebench import DockerBench

from mline_airflow.services.docker import DockerPlace
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


@pytest.fixture
def place(bench: DockerBench) -> DockerPlace:
    assert isinstance(bench.place, DockerPlace)
    return bench.place


def test_a_network_stays_while_a_container_of_it_is_about_to_start(
    bench: DockerBench, place: DockerPlace, client: Any
) -> None:
    network = place.networks.of("exp", "starting")
    config = client.create_networking_config({network: client.create_endpoint_config()})
    made = client.create_container(bench.image, ["true"], networking_config=config)["Id"]
    try:
        place.networks.drop("exp", "starting")
        client.start(made)
    finally:
        client.remove_container(made, force=True)
    place.networks.drop("exp", "starting")
    assert client.networks(ids=[network]) == []


def test_no_network_is_dropped_before_its_container_is_created(
    bench: DockerBench, place: DockerPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = place_for("docker", bench.profile, bench.services)
    assert isinstance(other, DockerPlace)
    stop = threading.Thread(target=other.networks.drop, args=("exp", "run-1"))
    create = place.client.create_container

    def slowly(**arguments: Any) -> Any:
        stop.start()
        stop.join(0.5)
        return create(**arguments)

    monkeypatch.setattr(place.client, "create_container", slowly)
    # It would make another network, and so hide that this one was dropped.
    monkeypatch.setattr(place, "create", place._create)
    assert bench.start(bench.plan())["status"] == "success"
    stop.join()


def test_a_network_that_another_machine_drops_is_made_again(
    bench: DockerBench, place: DockerPlace, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = place.client.start
    dropped: list[str] = []

    def start(container: str) -> None:
        if not dropped:
            dropped.append(place.networks.of("exp", "run-1"))
            client.remove_network(dropped[0])
        begin(container)

    monkeypatch.setattr(place.client, "start", start)
    assert bench.start(bench.plan())["status"] == "success"
    assert place.networks.of("exp", "run-1") not in dropped
    assert len(bench.instances()) == 1


def test_a_service_whose_engine_keeps_no_log_starts_and_stops(
    bench: DockerBench, place: DockerPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from docker.types import LogConfig

    make = place.client.create_host_config
    silent = LogConfig(type="none")
    monkeypatch.setattr(
        place.client, "create_host_config", lambda **more: make(**more, log_config=silent)
    )
    plan = bench.plan()
    bench.start(plan)
    told = "mline: the Docker Engine does not give its log: "
    assert [line for line in bench.lines if line.startswith(told)] == [bench.lines[1]]
    assert bench.kept_log(bench.stop(plan)).startswith(told)
    assert bench.instances() == []


def test_loopback_of_a_container_is_not_ready_for_those_beside_it(
    bench: DockerBench, place: DockerPlace
) -> None:
    place.loopback = False
    tcp = {"endpoint": "http", "tcp": True}
    own = [bench.python, "server.py", "127.0.0.1", str(bench.port)]
    listens = {"log": "^listening on", "within": 30.0}
    plan = bench.plan(command=own, ready=[listens, {**tcp, "within": 1.5}])
    with pytest.raises(ServiceError, match=f"nothing listens on port {bench.port}"):
        bench.start(plan)
    assert bench.instances() == []
    bench.start(bench.plan(ready=[{**tcp, "within": 30.0}]))
    [instance] = bench.instances()
    assert place.reach(instance, "http") is None


def test_a_service_gets_no_more_processors_than_the_engine_has(
    bench: DockerBench, client: Any
) -> None:
    bench.start(bench.plan(resources={"cpu": "4096"}))
    [instance] = bench.instances()
    host = client.inspect_container(instance.where.split()[-1])["HostConfig"]
    assert host["NanoCpus"] == client.info()["NCPU"] * 10**9


def test_a_gpu_that_the_engine_has_not_is_told(bench: DockerBench, client: Any) -> None:
    with pytest.raises(ServiceError) as caught:
        bench.start(bench.plan(resources={"gpu": 1}))
    assert caught.value.code == "no-gpu"
    told = "service 'web' wants a gpu, which the Docker Engine cannot give"
    assert told in str(caught.value)
    assert bench.instances() == []


@pytest.mark.parametrize(
    "text",
    [
        "'no JSON'",
        "'[]'",
        "'[' * 200_000",
        """'{"run": "x"}'""",
        """'{"run": "x", "expires": {}}'""",
        """'{"run": "x", "expires": 1' + '0' * 400 + '}'""",
    ],
)
def test_what_a_service_writes_among_its_leases_hides_none(bench: DockerBench, text: str) -> None:
    bench.start(bench.plan())
    [before] = bench.instances()
    script = f"open('/mline/users/own', 'w').write({text})"
    assert bench.place.execute(before, [bench.python, "-c", script], 10) == (0, "")
    [after] = bench.instances()
    assert after.users == before.users


def test_a_service_that_fills_the_place_of_its_leases_has_the_first_one(bench: DockerBench) -> None:
    bench.start(bench.plan())
    [before] = bench.instances()
    script = "open('/mline/users/own', 'w').truncate(8 << 30)"
    assert bench.place.execute(before, [bench.python, "-c", script], 10) == (0, "")
    [after] = bench.instances()
    assert list(after.users) == ["run-1"]


@pytest.mark.parametrize("offers", [None, "no JSON", "[1]"])
def test_a_container_that_has_the_label_of_a_service_hides_none(
    bench: DockerBench, offers: str | None
) -> None:
    bench.start(bench.plan())
    client = bench.engine.client()
    labels = {"mline.service": "web", **({} if offers is None else {"mline.offers": offers})}
    made = client.create_container(bench.image, ["true"], labels=labels)
    try:
        assert len(bench.instances()) == 1
    finally:
        client.remove_container(made["Id"])
        client.close()
