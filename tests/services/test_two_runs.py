"""Two runs of an experiment at once, in containers: what they share, and what each has alone."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mline_airflow.artifacts import Artifact, ArtifactStore
from mline_airflow.dag_factory.model import Profile
from mline_airflow.dag_factory.project import Project
from mline_airflow.local.run import RunOptions, RunResult, run_experiment
from mline_airflow.local.values import Node
from mline_airflow.runners.docker_runner import DockerRunner
from mline_airflow.services.docker import DockerPlace

# Answers a run when as many have come as are to meet here, with all that came.
SERVER = """\
import http.server, os, signal
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
came = set()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.strip("/")
        if name != "health":
            came.add(name)
        ready = name == "health" or len(came) >= int(os.environ["MEET"])
        self.send_response(200 if ready else 503); self.end_headers()
        self.wfile.write(" ".join(sorted(came)).encode())
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
"""
ASK = """\
import os, time, urllib.error, urllib.request
def ask():
    url = f"{os.environ['MEETING_HTTP_URL']}/{os.environ['MLINE_RUN_ID']}"
    for _ in range(600):
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                return f"{os.environ['MEETING_HTTP_HOST']}: {response.read().decode()}"
        except urllib.error.HTTPError:
            time.sleep(0.1)
    raise TimeoutError(url)
"""
TEXT = """\
mline: 1
experiment: meet
defaults: {{image: {image}, timeout: 2m}}
services:
  meeting:
    image: {image}
    entrypoint: [env, 'MEET={meet}']
    command: [python3, server.py]
    files: [{{server.py: {server}}}]
    offers: {{http: 8000}}
    ready: {{http: /health, within: 60s}}
    scope: {scope}
stages:
  ask:
    uses: [meeting]
    cache: false
    gives: {{answer: TextFile}}
    code: [{{work.py: {ask}}}]
    call: work:ask
"""


@pytest.mark.parametrize(("scope", "meet"), [("run", 1), ("experiment", 2)])
def test_two_runs_at_once_have_what_the_scope_says_and_leave_nothing(
    docker_engine: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scope: str, meet: int
) -> None:
    monkeypatch.setenv("MLINE_SERVICES_FOLDER", str(tmp_path / "services"))
    profile = {"runner": "docker", "docker": {"url": docker_engine.host}}
    path = tmp_path / "meet.mline.yaml"
    path.write_text(
        TEXT.format(
            image=docker_engine.image("python"),
            scope=scope,
            meet=meet,
            server=json.dumps(SERVER),
            ask=json.dumps(ASK),
        )
    )
    project = Project.open(tmp_path)
    compiled = project.plan_of(path, project.analyze(path), Profile("docker", profile))
    plan = compiled.plan
    assert plan is not None, compiled.diagnostics
    store = ArtifactStore(str(tmp_path / "store"))

    def run(name: str) -> RunResult:
        options = RunOptions(run=name, make_runner=lambda _: DockerRunner.from_profile(profile))
        return run_experiment(plan, tmp_path, store, options)

    with ThreadPoolExecutor(2) as threads:
        results = dict(zip(("one", "two"), threads.map(run, ("one", "two")), strict=True))
    answers = {}
    for name, result in results.items():
        assert result.status == "success", result.errors
        told = Artifact.from_json(result.records[Node("ask")]["outputs"]["answer"])
        answers[name] = store.read(told).decode()
    instances = {r.records[Node("meeting__start")]["service"]["instance"] for r in results.values()}
    # Each finds it by its name; who is there follows from the scope.
    if scope == "run":
        assert answers == {"one": "meeting: one", "two": "meeting: two"}
        assert len(instances) == 2
    else:
        assert answers == {"one": "meeting: one two", "two": "meeting: one two"}
        assert len(instances) == 1
        exits = [r.records[Node("meeting__stop")]["exit"] for r in results.values()]
        assert sorted(one is None for one in exits) == [False, True]
    place = DockerPlace.of_profile(profile, tmp_path / "services")
    marked = {"label": ["mline.experiment=meet"]}
    assert place.client.containers(all=True, filters=marked) == []
    assert place.client.networks(filters=marked) == []
    place.client.close()
