"""What one service, profile or engine cannot do keeps the reaper from no other."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from servicebench import DockerBench, ServiceBench, free_port

from mline_airflow.cli import main
from mline_airflow.failures import MLineError
from mline_airflow.services.place import place_for
from mline_airflow.services.reap import reap
from mline_airflow.services.values import Instance


@pytest.fixture
def broken_engine() -> Iterator[str]:
    """The address of an engine that tells its version, and then answers every question wrongly."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"OK" if self.path == "/_ping" else b'{"message": "its disk is broken"}'
            self.send_response(200 if self.path == "/_ping" else 500)
            self.send_header("Api-Version", "1.41")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"tcp://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def project_of(tmp_path: Path, profiles: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "reaped"
    folder.mkdir()
    text = f"mline: 1\nproject: reaped\nprofiles: {json.dumps(profiles)}\n"
    (folder / "mline.yaml").write_text(text)
    monkeypatch.chdir(folder)
    return folder


def test_a_service_that_cannot_be_ended_keeps_no_other(
    process_bench: ServiceBench,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    project_of(tmp_path, {"local": {"runner": "process"}}, monkeypatch)
    for run in ("run-1", "run-2"):
        process_bench.port = free_port()
        process_bench.start(process_bench.plan(), run)
    first, _ = process_bench.instances()
    # A lock that nobody can take.
    lock = process_bench.services / ".locks" / first.slug
    lock.unlink()
    lock.mkdir()
    capsys.readouterr()
    assert main(["reap", "--all", "--json"]) == 1
    told = capsys.readouterr()
    assert [one.id for one in process_bench.instances()] == [first.id]
    assert len(json.loads(told.out)) == 1
    assert f"mline: {first} could not be ended: [Errno 21] Is a directory" in told.err
    assert "not all could be looked at or ended: 1 failed, as told above" in told.err


def unused(bench: ServiceBench) -> Instance:
    """Start a service that nobody has a lease of."""
    bench.start(bench.plan())
    [instance] = bench.instances()
    bench.place.renew(instance, "run-1", 0)
    return instance


def profiles_with(broken: str, bench: DockerBench) -> Any:
    return {
        "broken": {"docker": {"url": broken}},
        "wrong": {"docker": {"url": bench.engine.host, "network": "host"}},
        "here": {"docker": {"url": bench.engine.host}, "store": bench.store.url},
        "nowhere": {"runner": "process", "store": "nowhere://store"},
    }


def test_an_engine_that_answers_wrongly_keeps_no_other(
    docker_bench: DockerBench,
    broken_engine: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    project_of(tmp_path, profiles_with(broken_engine, docker_bench), monkeypatch)
    instance = unused(docker_bench)
    capsys.readouterr()
    assert main(["reap"]) == 1
    told = capsys.readouterr()
    assert f"{instance}: nobody has renewed its lease" in told.out
    assert docker_bench.instances() == []
    why = "the Docker Engine: its disk is broken"
    assert f"services with `runner: docker` could not be looked for: {why}" in told.err
    assert f"leftovers of stages could not be looked for: {why}" in told.err
    assert f"empty networks could not be removed: {why}" in told.err


def test_the_reaper_of_airflow_fails_when_it_has_done_the_rest(
    docker_bench: DockerBench,
    broken_engine: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from mline_airflow.services.reaper_dag import ReapOperator

    profiles = profiles_with(broken_engine, docker_bench)
    folder = project_of(tmp_path, profiles, monkeypatch)
    unused(docker_bench)
    operator = ReapOperator(task_id="reap", file=str(folder / "dag.py"))
    execute: Any = ReapOperator.execute
    with pytest.raises(MLineError, match="4 failed, as told above"):
        # Without Airflow's guard against operators that call each other.
        execute.__wrapped__(operator, {})
    assert docker_bench.instances() == []
    assert (
        "profile 'nowhere': the store nowhere://store cannot be opened" in capsys.readouterr().out
    )


def test_the_reaper_waits_for_no_service_that_is_being_started(service_bench: ServiceBench) -> None:
    service_bench.start(service_bench.plan())
    [instance] = service_bench.instances()
    lines: list[str] = []

    def reaped() -> list[str]:
        found: list[str] = []
        how: dict[str, Any] = {"everything": True, "dry_run": True, "log": lines.append}

        def look() -> None:
            found.extend(one.instance.id for one in reap([service_bench.make_place()], **how))

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        thread.join(30)
        assert not thread.is_alive()
        return [one for one in found if one == instance.id]

    with service_bench.place.lock(instance.slug):
        assert reaped() == []
    assert f"{instance} is being started or ended: left for the next time" in lines
    assert reaped() == [instance.id]


@pytest.mark.parametrize("is_leased", [True, False])
def test_a_service_between_its_creation_and_its_start_is_reaped_by_its_lease(
    docker_bench: DockerBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_leased: bool
) -> None:
    # Of another machine, whose locks are other files.
    there = place_for("docker", docker_bench.profile, tmp_path / "there")
    client: Any = docker_bench.place.client  # type: ignore[attr-defined]
    start, reasons = client.start, []

    def and_reap_before(container: str) -> None:
        [instance] = docker_bench.instances()
        assert not instance.alive
        if not is_leased:
            there.renew(instance, "run-1", 0)
        reasons.extend(one.reason for one in reap([there]) if one.instance.id == instance.id)
        if is_leased:
            start(container)
        else:
            assert docker_bench.instances() == []

    monkeypatch.setattr(client, "start", and_reap_before)
    if is_leased:
        docker_bench.start(docker_bench.plan())
        assert [one.alive for one in docker_bench.instances()] == [True]
        assert reasons == []
    else:
        with pytest.raises(MLineError):
            docker_bench.start(docker_bench.plan())
        assert reasons == ["nobody has renewed its lease"]


def test_every_run_that_goes_on_keeps_its_lease_of_a_shared_service(
    service_bench: ServiceBench,
) -> None:
    plan = service_bench.plan(scope="experiment")
    for run in ("run-1", "run-2", "run-3"):
        service_bench.start(plan, run)
    states = {"run-1": "running", "run-2": "over", "run-3": "running"}
    before = time.time()
    reaped = reap(
        [service_bench.place], lambda _, run, __: states.get(run, "unknown"), lease=3600.0
    )
    assert [one for one in reaped if one.instance.store == service_bench.store.url] == []
    [instance] = service_bench.instances()
    for run, state in states.items():
        assert (instance.users[run] > before + 3000) is (state == "running"), run
