"""`mline reap`, as a person runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mline_airflow.cli import main

if TYPE_CHECKING:
    from servicebench import ServiceBench


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "mline.yaml").write_text(
        "mline: 1\nproject: empty\nprofiles: {local: {runner: process}}\n"
    )
    monkeypatch.chdir(folder)


def test_reap_lists_what_it_ended_and_leaves_what_is_used(
    process_bench: ServiceBench, capsys: pytest.CaptureFixture[str]
) -> None:
    process_bench.start(process_bench.plan())
    assert main(["reap"]) == 0
    assert len(process_bench.instances()) == 1
    assert main(["reap", "--all", "--dry-run"]) == 0
    assert len(process_bench.instances()) == 1
    capsys.readouterr()
    assert main(["reap", "--all", "--json"]) == 0
    [row] = json.loads(capsys.readouterr().out)
    assert (row["experiment"], row["run"], row["service"]) == ("exp", "run-1", "web")
    assert process_bench.instances() == []


def test_a_service_ends_by_itself_when_its_lease_has(process_bench: ServiceBench) -> None:
    from servicebench import wait_for

    process_bench.start(process_bench.plan(), lease=0.5)
    wait_for(lambda: process_bench.instances()[0].exit)
    assert str(process_bench.instances()[0].exit).startswith("was ended because nobody")


def test_a_port_that_is_taken_is_told_with_who_has_it(process_bench: ServiceBench) -> None:
    from mline_airflow.services.values import ServiceError

    plan = process_bench.plan()
    process_bench.start(plan, "run-1")
    with pytest.raises(ServiceError, match=r"port \d+ \('http'\) is taken .* service 'web' of exp"):
        process_bench.start(plan, "run-2")
    assert len(process_bench.instances()) == 1


def test_reap_ends_a_container_without_a_lease_and_keeps_its_log(
    docker_engine: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from servicebench import DockerBench

    monkeypatch.setenv("MLINE_SERVICES_FOLDER", str(tmp_path / "services"))
    # The profile's runner is another one: an experiment may say `runner: docker` for a service.
    profile = {"runner": "process", "docker": {"url": docker_engine.host}}
    text = f"mline: 1\nproject: empty\nprofiles: {json.dumps({'here': profile})}\n"
    Path("mline.yaml").write_text(text)
    bench = DockerBench(tmp_path, docker_engine)
    try:
        started = bench.start(bench.plan())["service"]
        assert main(["reap"]) == 0
        [instance] = bench.instances()
        bench.place.renew(instance, "run-1", 0)
        capsys.readouterr()
        assert main(["reap", "--json"]) == 0
        told = capsys.readouterr()
        rows = [one for one in json.loads(told.out) if one["where"] == started["where"]]
        assert [one["reason"] for one in rows] == ["nobody has renewed its lease"]
        assert bench.instances() == []
        assert "its log is kept: sha256:" in told.err
    finally:
        bench.close()
