"""Services of a run without Airflow."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from servicebench import free_port, wait_for

from mline_airflow.artifacts import Artifact, ArtifactStore
from mline_airflow.dag_factory.project import Project
from mline_airflow.failures import MLineError
from mline_airflow.local.run import run_experiment
from mline_airflow.local.values import Node
from mline_airflow.records import Records
from mline_airflow.services.local import LocalServices
from mline_airflow.services.process import ProcessPlace
from mline_airflow.services.values import Exit, Instance

TEXT = """
mline: 1
experiment: served
defaults: {{runner: process}}
services:
  web:
    command: [python3, -m, http.server, --bind, 127.0.0.1, '{port}']
    files: [{{word: found}}]
    offers: {{http: {port}}}
    ready: {{http: /word, within: 30s}}
stages:
  ask:
    uses: web
    gives: {{word: TextFile}}
    env: {{URL: $services.web.url}}
    run: |
      {first}
      python3 -c "
      import os, urllib.request
      print(urllib.request.urlopen(os.environ['URL'] + '/word').read().decode())" > $OUT_WORD
"""


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MLINE_SERVICES_FOLDER", str(tmp_path / "services"))
    return tmp_path / "services"


def write(folder: Path, first: str = "true") -> Any:
    path = folder / "served.mline.yaml"
    path.write_text(TEXT.format(port=free_port(), first=first))
    compiled = Project.open(folder).plan(path)
    assert compiled.plan is not None, compiled.diagnostics
    return compiled.plan


def test_a_local_run_starts_and_stops_its_services(tmp_path: Path, services: Path) -> None:
    store = ArtifactStore(str(tmp_path / "store"))
    result = run_experiment(write(tmp_path), tmp_path, store)
    assert result.status == "success", result.errors
    word = Artifact.from_json(result.records[Node("ask")]["outputs"]["word"])
    assert store.read(word) == b"found\n"
    assert result.records[Node("web__stop")]["exit"]["reason"] == "stopped"
    assert ProcessPlace(services).find() == []


def test_a_failing_stage_of_a_local_run_leaves_no_service(tmp_path: Path, services: Path) -> None:
    store = ArtifactStore(str(tmp_path / "store"))
    result = run_experiment(write(tmp_path, "exit 5"), tmp_path, store)
    assert result.status == "failed"
    assert "exit status 5" in str(result.errors[Node("ask")])
    assert ProcessPlace(services).find() == []


def test_a_service_that_cannot_be_ended_takes_nobody_the_result_of_the_run(
    tmp_path: Path, services: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> Exit:
        raise MLineError("it cannot be ended")

    plan, store, events = write(tmp_path), ArtifactStore(str(tmp_path / "store")), []
    with monkeypatch.context() as patched:
        patched.setattr(ProcessPlace, "end", refuse)
        result = run_experiment(plan, tmp_path, store, None, events.append)
    assert result.status == "failed"
    assert list(result.errors) == [Node("web__stop")]
    assert Node("ask") in result.records
    assert [one["status"] for one in Records(store).runs("served")] == ["failed"]
    [note] = [event.text for event in events if event.kind == "note"]
    assert note == "a service may still run, which `mline reap` ends: it cannot be ended"
    place = ProcessPlace(services)
    [left] = place.find()
    place.end(left)
    place.remove(left)


def test_ctrl_c_ends_the_services_of_a_local_run(tmp_path: Path, services: Path) -> None:
    mark = tmp_path / "mark"
    write(tmp_path, f"touch {mark}; while :; do sleep 0.1; done")
    command = [sys.executable, "-m", "mline_airflow.cli", "run", "served", "--json"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as run:
        wait_for(mark.exists, 60, "the stage runs")
        [one] = ProcessPlace(services).find()
        assert one.alive
        os.kill(run.pid, signal.SIGINT)
        run.wait(60)
    assert ProcessPlace(services).find() == []


LIBRARY = """
mline: 1
library: lab
version: 1.0.0
types:
  Ask:
    is: Stage
    needs: http
    gives: {word: TextFile}
    image: python:3
    run: |
      python3 -c "
      import os, urllib.request
      print(urllib.request.urlopen(os.environ['HTTP_URL'] + '/word').read().decode())" > $OUT_WORD
"""


def test_a_component_finds_what_it_needs_whatever_the_service_is_called(
    tmp_path: Path, services: Path
) -> None:
    (tmp_path / "lab.types.mline.yaml").write_text(LIBRARY)
    path = tmp_path / "served.mline.yaml"
    head = TEXT.partition("stages:")[0].format(port=free_port())
    head = head.replace("experiment: served", "experiment: served\nuse: [./lab.types.mline.yaml]")
    path.write_text(f"{head}stages:\n  ask: {{is: Ask, uses: [web]}}\n")
    compiled = Project.open(tmp_path).plan(path)
    assert compiled.plan is not None, compiled.diagnostics
    store = ArtifactStore(str(tmp_path / "store"))
    result = run_experiment(compiled.plan, tmp_path, store)
    assert result.status == "success", result.errors
    word = Artifact.from_json(result.records[Node("ask")]["outputs"]["word"])
    assert store.read(word) == b"found\n"
    assert ProcessPlace(services).find() == []


TWO = """
mline: 1
experiment: two
defaults: {{runner: process}}
services:
  first:
    command: [python3, -m, http.server, --bind, 127.0.0.1, '{one}']
    secrets: {{KEY: variable.key}}
    offers: {{http: {one}}}
    scope: experiment
  second:
    command: [python3, -m, http.server, --bind, 127.0.0.1, '{two}']
    offers: {{http: {two}}}
stages:
  ask: {{uses: [first, second], command: ['true']}}
"""


def test_a_stop_that_fails_keeps_no_other_service(
    tmp_path: Path, services: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "two.mline.yaml"
    path.write_text(TWO.format(one=free_port(), two=free_port()))
    compiled = Project.open(tmp_path).plan(path)
    assert compiled.plan is not None, compiled.diagnostics
    store = ArtifactStore(str(tmp_path / "store"))
    local = LocalServices(
        compiled.plan,
        tmp_path,
        store,
        run="run-1",
        params={},
        secret=lambda _: "open-sesame",
        lease=60,
    )
    for service in ("first", "second"):
        task = next(one for one in compiled.plan["tasks"] if one["id"] == f"{service}__start")
        local.start(task, lambda _: None)
    place = ProcessPlace(services)
    assert sorted(one.service for one in place.find()) == ["first", "second"]
    end = ProcessPlace.end

    def end_but_first(self: ProcessPlace, instance: Instance) -> Exit:
        if instance.service == "first":
            raise MLineError("the first one cannot be ended")
        return end(self, instance)

    with monkeypatch.context() as patched:
        patched.setattr(ProcessPlace, "end", end_but_first)
        with pytest.raises(MLineError, match="the first one"):
            local.close()
    [left] = place.find()
    assert left.service == "first"
    place.end(left)
    place.remove(left)
