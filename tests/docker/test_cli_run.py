"""`mline run` with containers, which needs no Airflow and leaves nothing in the engine."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from docker_engine import DockerEngine

ROOT = Path(__file__).resolve().parents[2]
RUN = [sys.executable, "-m", "mline_airflow.cli", "run"]


@pytest.fixture
def environment(tmp_path: Path, docker_engine: DockerEngine) -> dict[str, str]:
    """Return the variables of a user of this engine."""
    more = {"DOCKER_HOST": docker_engine.host, "MLINE_SERVICES_FOLDER": str(tmp_path / "services")}
    return os.environ | more


def run(folder: Path, environment: dict[str, str], *words: str) -> Any:
    """Run an experiment and return what it printed as JSON."""
    command = [*RUN, *words, "--json", "--store", folder.parent / "store"]
    done = subprocess.run(
        command, cwd=folder, env=environment, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.timeout(600)
def test_an_example_gives_the_same_digests_in_containers_and_processes(
    tmp_path: Path, docker_engine: DockerEngine, environment: dict[str, str]
) -> None:
    project = tmp_path / "project"
    shutil.copytree(ROOT / "examples", project, ignore=shutil.ignore_patterns(".mline"))
    settings = project / "mline.yaml"
    text, changed = re.subn(
        r"image: mline-examples\S*",
        f"image: {docker_engine.image('sklearn')}",
        settings.read_text(),
    )
    assert changed == 1
    settings.write_text(text)
    found = {}
    for profile in ("docker", "local"):
        told = run(project, environment, "iris", "--profile", profile)
        assert (told["status"], told["errors"]) == ("success", {})
        assert not any("cached" in row for row in told["stages"])
        found[profile] = sorted((one["entity"], one["digest"]) for one in told["artifacts"])
    assert found["docker"] == found["local"]
    assert len(found["local"]) > 2


SERVED = """\
mline: 1
experiment: boxed_service
services:
  web:
    image: mline-test/python:1
    command: [python3, -m, http.server, '8000']
    files: [{word: found}]
    offers: {http: 8000}
    ready: {http: /word, within: 60s}
stages:
  ask:
    uses: web
    image: mline-test/python:1
    gives: {word: TextFile}
    env: {URL: $services.web.url}
    run: |
      python3 -c "
      import os, urllib.request
      print(urllib.request.urlopen(os.environ['URL'] + '/word').read().decode())" > $OUT_WORD
  read:
    image: mline-test/busybox:1
    takes: {word: ask.word}
    run: grep found "$IN_WORD"
"""
PROFILES = "mline: 1\nproject: boxes\nprofiles: {boxes: {runner: docker}}\n"


@pytest.mark.timeout(300)
def test_a_stage_uses_a_service_and_both_are_gone_afterwards(
    tmp_path: Path, docker_engine: DockerEngine, client: Any, environment: dict[str, str]
) -> None:
    for image in ("busybox", "python"):
        docker_engine.image(image)
    project = tmp_path / "project"
    project.mkdir()
    (project / "mline.yaml").write_text(PROFILES)
    (project / "boxed_service.mline.yaml").write_text(SERVED)
    told = run(project, environment, "boxed_service", "--profile", "boxes")
    assert {row["name"]: row["state"] for row in told["stages"]} == {
        "ask": "success",
        "read": "success",
    }
    theirs = {"label": [f"mline.run={told['run']}"]}
    assert client.containers(all=True, filters=theirs) == []
    assert client.networks(filters=theirs) == []


DEAF = """\
mline: 1
experiment: deaf
defaults: {{image: mline-test/busybox:1}}
stages:
  {stages}
"""
STAGE = "{}: {{run: \"trap '' TERM INT; echo begun; while :; do sleep 0.2; done\"}}"
NAMES = ("one", "two", "three")


@pytest.mark.timeout(180)
def test_a_second_ctrl_c_leaves_no_stage_running(
    tmp_path: Path, docker_engine: DockerEngine, client: Any, environment: dict[str, str]
) -> None:
    docker_engine.image("busybox")
    (tmp_path / "mline.yaml").write_text(PROFILES)
    stages = "\n  ".join(STAGE.format(name) for name in NAMES)
    (tmp_path / "deaf.mline.yaml").write_text(DEAF.format(stages=stages))
    events = client.events(filters={"event": ["kill", "die"]}, decode=True)
    with subprocess.Popen(
        [*RUN, "deaf", "--profile", "boxes", "--store", tmp_path / "store"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        # However it goes, the test ends.
        giving_up = threading.Timer(90, lambda: (process.kill(), events.close()))
        giving_up.start()
        assert process.stdout is not None
        begun = 0
        while begun < len(NAMES):
            line = process.stdout.readline()
            assert line, "it ended too soon"
            begun += line.rstrip().endswith("begun")
        process.send_signal(signal.SIGINT)
        told = []
        for event in events:
            if event["Actor"]["Attributes"].get("mline.experiment") != "deaf":
                continue
            if not told:
                process.send_signal(signal.SIGINT)
            told.append(event["Actor"]["Attributes"].get("signal", event["Action"]))
            if told.count("die") == len(NAMES):
                break
        events.close()
        process.stdout.read()
        giving_up.cancel()
        assert process.wait() == 130
    # Each was asked before the first had ended: nobody waits for five seconds three times.
    assert told[: told.index("9")].count("15") >= len(NAMES)
