"""Every experiment of a bundle is one DAG; a wrong one is one import error, in our words."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from airflow_home import Home

ONE = """\
mline: 1
experiment: {name}
stages:
  only:
    runner: process
    gives: {{text: TextFile}}
    run: echo {name} > "$OUT_TEXT"
"""


def write(home: Home, name: str, text: str = "") -> Path:
    path = home.project / f"{name}.mline.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text or ONE.format(name=path.name.removesuffix(".mline.yaml")))
    return path


def dags(home: Home) -> list[str]:
    return sorted(dag["dag_id"] for dag in home.json("dags", "list"))


def import_errors(home: Home) -> dict[str, str]:
    found = home.json("dags", "list-import-errors")
    return {entry["filepath"]: entry["error"] for entry in found}


def test_every_experiment_is_a_dag_and_a_wrong_one_is_one_clear_import_error(home: Home) -> None:
    write(home, "good")
    write(home, "below/also_good")
    write(home, "wrong", ONE.format(name="wrong") + "stagez: {}\nunknown_too: 1\n")
    home.process()
    assert dags(home) == ["also_good", "good"]
    ((place, text),) = import_errors(home).items()
    assert place.endswith("wrong.mline.yaml.py")
    lines = text.strip().splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        "wrong.mline.yaml:8:1",
        "wrong.mline.yaml:9:1",
    ]
    assert "stagez" in lines[0]
    assert "Traceback" not in text


def test_two_experiments_with_one_id_are_told_apart(home: Home) -> None:
    write(home, "a", ONE.format(name="same"))
    write(home, "b", ONE.format(name="same"))
    home.process()
    assert dags(home) == ["same"]
    (text,) = import_errors(home).values()
    assert text.startswith("b.mline.yaml:2:13: ")
    assert "a.mline.yaml" in text
    assert "same" in text


def test_the_code_tab_shows_the_yaml(home: Home) -> None:
    yaml = ONE.format(name="shown") + '# """ and \\ survive\n'
    write(home, "shown", yaml)
    home.process()
    shown = home.airflow("dags", "show-dependencies") and home.json("dags", "list")
    assert "mline.yaml" in str(shown)


def git(folder: Path, *arguments: str) -> str:
    name = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    done = subprocess.run(
        ["git", *name, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_a_git_repository_is_a_bundle_with_commits_as_versions(home: Home, tmp_path: Path) -> None:
    pytest.importorskip("airflow.providers.git")
    repository = home.project
    git(repository, "init", "-q", "-b", "main")
    write(home, "lab/first")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "one")
    git(repository, "rev-parse", "HEAD")
    import json

    home.settings["AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"] = json.dumps(
        [
            {
                "name": "experiments",
                "classpath": "mline_airflow.bundles.MLineGitDagBundle",
                "kwargs": {
                    "repo_url": f"file://{repository}",
                    "tracking_ref": "main",
                    "subdir": "lab",
                    "refresh_interval": 0,
                },
            }
        ]
    )
    home.process()
    assert dags(home) == ["first"]
    write(home, "lab/second")
    git(repository, "rm", "-q", "lab/first.mline.yaml")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "two")
    home.process()
    assert dags(home) == ["second"]
