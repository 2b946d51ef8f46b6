"""Stages in containers of a real Docker Engine, run by Airflow through DockerOperator."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import pytest
from airflow_home import DagTester, Home, migrated

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


@pytest.fixture(scope="module")
def boxed(docker_engine: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DagTester]:
    folder = tmp_path_factory.mktemp("boxed")
    (folder / "project").mkdir()
    (folder / "home").mkdir()
    image = docker_engine.image("python")
    (folder / "project" / "boxed.mline.yaml").write_text(EXPERIMENT.format(image=image))
    home = Home(folder / "home", folder / "project", {"DOCKER_HOST": docker_engine.host})
    migrated(home.folder, home.python, version("apache-airflow"))
    tester = DagTester(home)
    yield tester
    tester.close()
    shutil.rmtree(folder / "home" / "store", ignore_errors=True)


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
