"""Stages in containers of a real Docker Engine, run by Airflow through DockerOperator."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from airflow_home import DagTester, Home, migrated

from mline_airflow.artifacts import Artifact, ArtifactStore

EXPERIMENT = """\
mline: 1
experiment: boxed
params: {{text: abc, status: 0}}
entities: {{length: {{is: Metric}}}}
defaults: {{runner: docker, image: '{image}'}}
stages:
  write:
    gives: {{text: TextFile, more: Folder}}
    code: {{note.txt: from the code}}
    with: {{text: $params.text, status: $params.status}}
    cache: false
    run: |
      printf '%s' "$PARAM_TEXT" > "$OUT_TEXT"
      mkdir "$OUT_MORE" && cp note.txt "$OUT_MORE/"
      echo "said by the container"
      exit "$PARAM_STATUS"
  count:
    takes: {{text: write.text}}
    gives: {{value: length}}
    code: {{counting.py: "def count(text):\\n    return len(text)\\n"}}
    call: counting:count
  show:
    takes: {{more: write.more}}
    gives: {{text: TextFile}}
    run: cat "$IN_MORE/note.txt" > "$OUT_TEXT"
"""

# Whatever shows one of these is no place for it.
SECRETS = {"PASSWORD": "open-sesame-1", "KEY": "open-sesame-2", "TOKEN": "open-sesame-3"}
SECRET = """\
mline: 1
experiment: secret
defaults: {{runner: docker, image: '{image}'}}
services:
  keeper:
    image: '{image}'
    secrets: {{TOKEN: variable.token}}
    command: [sh, -c, 'echo "has $TOKEN"; exec sleep 600']
    ready: {{log: has}}
stages:
  open:
    uses: [keeper]
    gives: {{digest: TextFile}}
    secrets:
      PASSWORD: connection.lab.password
      KEY: connection.lab.extra.key
      TOKEN: variable.token
    env: {{AGAIN: $secrets.PASSWORD}}
    run: |
      echo "it is $PASSWORD, $KEY and $TOKEN"
      printf '%s %s %s %s' "$PASSWORD" "$KEY" "$TOKEN" "$AGAIN" | sha256sum > "$OUT_DIGEST"
"""


@pytest.fixture(scope="module")
def boxed(docker_engine: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DagTester]:
    folder = tmp_path_factory.mktemp("boxed")
    (folder / "project").mkdir()
    (folder / "home").mkdir()
    image = docker_engine.image("python")
    (folder / "project" / "boxed.mline.yaml").write_text(EXPERIMENT.format(image=image))
    (folder / "project" / "secret.mline.yaml").write_text(SECRET.format(image=image))
    settings = {
        "DOCKER_HOST": docker_engine.host,
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
        **secret_backend(folder / "backend"),
    }
    home = Home(folder / "home", folder / "project", settings)
    migrated(home.folder, home.python, version("apache-airflow"))
    tester = DagTester(home)
    yield tester
    tester.close()
    shutil.rmtree(folder / "home" / "store", ignore_errors=True)


def secret_backend(folder: Path) -> dict[str, str]:
    """Make a secret backend of Airflow's own; the variables that configure it."""
    folder.mkdir()
    lab = {"conn_type": "http", "password": SECRETS["PASSWORD"], "extra": {"key": SECRETS["KEY"]}}
    (folder / "connections.json").write_text(json.dumps({"lab": lab}))
    (folder / "variables.json").write_text(json.dumps({"token": SECRETS["TOKEN"]}))
    kinds = ("connections", "variables")
    files = {f"{kind}_file_path": str(folder / f"{kind}.json") for kind in kinds}
    return {
        "AIRFLOW__SECRETS__BACKEND": "airflow.secrets.local_filesystem.LocalFilesystemBackend",
        "AIRFLOW__SECRETS__BACKEND_KWARGS": json.dumps(files),
    }


def test_secrets_come_from_a_backend_into_the_container_and_are_seen_nowhere_else(
    boxed: DagTester,
) -> None:
    answer = boxed.test("secret")
    assert answer["state"] == "success", answer["errors"]
    store = ArtifactStore(f"file://{boxed.home.folder}/store")
    digest = store.read(Artifact.from_json(answer["records"]["open/-1"]["outputs"]["digest"]))
    told = " ".join([*SECRETS.values(), SECRETS["PASSWORD"]])
    assert digest.split()[0].decode() == hashlib.sha256(told.encode()).hexdigest()
    kept = store.read(Artifact.from_json(answer["records"]["keeper__stop/-1"]["log"]))
    assert kept == b"has ***\n"
    boxed.log.flush()
    seen = {
        str(path.relative_to(boxed.home.folder))
        for path in boxed.home.folder.rglob("*")
        if path.is_file() and b"open-sesame" in path.read_bytes()
    }
    # Logs, records, artifacts, XCom and the rest of the database are all below.
    assert seen == set()
    logs = [path.read_text("utf-8", "replace") for path in boxed.home.folder.rglob("*.log")]
    assert any("it is ***, *** and ***" in text for text in logs)


def test_artifacts_travel_into_containers_and_out_of_them(
    boxed: DagTester, docker_engine: Any
) -> None:
    answer = boxed.test("boxed", text="hello")
    assert answer["state"] == "success", answer["errors"]
    counted = answer["records"]["count/-1"]
    assert counted["metrics"] == {"length": 5}
    assert counted["runner"] == "docker"
    assert counted["image_digest"].startswith("sha256:")
    assert answer["records"]["show/-1"]["outputs"]["text"]["size"] == len("from the code")
    client = docker_engine.client()
    try:
        found = client.containers(all=True, filters={"label": ["mline.experiment=boxed"]})
    finally:
        client.close()
    assert found == []


def test_a_container_that_fails_fails_its_stage(boxed: DagTester) -> None:
    answer = boxed.test("boxed", status=3)
    assert answer["state"] == "failed"
    assert answer["tasks"]["write/-1"]["state"] == "failed"
