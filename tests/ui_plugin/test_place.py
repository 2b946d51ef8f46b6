"""Which folder is the workspace, by Airflow's configuration, and where its saves are pushed to."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from airflow_home import wait_for

from mline_airflow.ui_plugin import settings
from mline_airflow.ui_plugin.errors import Refusal
from mline_airflow.ui_plugin.workspace import current
from mline_airflow.ui_plugin.workspace.commits import Author
from mline_airflow.ui_plugin.workspace.working_copy import WorkingCopy

Configure = Callable[..., WorkingCopy]
FOLDER = "mline_airflow.bundles.MLineDagBundle"
GIT = "mline_airflow.bundles.MLineGitDagBundle"
PLAIN = "airflow.dag_processing.bundles.local.LocalDagBundle"


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    command = ["git", *who, *arguments]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Return what opens the workspace of some bundles and options."""
    monkeypatch.setattr(settings, "AIRFLOW_HOME", str(tmp_path / "home"))

    def configure(*bundles: tuple[str, str, dict[str, Any]], **options: str) -> WorkingCopy:
        listed = [{"name": n, "classpath": c, "kwargs": k} for n, c, k in bundles]
        monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST", json.dumps(listed))
        for name, value in options.items():
            monkeypatch.setenv(f"AIRFLOW__MLINE__{name.upper()}", value)
        settings.place.cache_clear()
        current._open.clear()
        current._refreshed.clear()
        return current.workspace()

    yield configure
    settings.place.cache_clear()
    current._open.clear()


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """Return a repository with one experiment in a folder."""
    made, work = tmp_path / "bare.git", tmp_path / "first"
    git(tmp_path, "init", "-q", "--bare", "-b", "main", str(made))
    work.mkdir()
    git(work, "init", "-q", "-b", "main")
    (work / "lab").mkdir()
    (work / "lab" / "a.mline.yaml").write_text("mline: 1\n")
    git(work, "add", ".")
    git(work, "commit", "-q", "-m", "Begin")
    git(work, "remote", "add", "origin", str(made))
    git(work, "push", "-q", "origin", "main")
    return made


def folder(tmp_path: Path, name: str) -> Path:
    made = tmp_path / name
    made.mkdir()
    return made


def test_the_first_bundle_of_mline_is_the_workspace(configured: Configure, tmp_path: Path) -> None:
    plain, ours = folder(tmp_path, "plain"), folder(tmp_path, "ours")
    bundles = (("dags", PLAIN, {"path": str(plain)}), ("lab", FOLDER, {"path": str(ours)}))
    assert configured(*bundles).root == ours
    assert settings.place().bundle == "lab"
    assert configured(*bundles, workspace="dags").root == plain
    assert configured(*bundles, workspace=str(plain)).root == plain
    assert settings.place().bundle == "dags"
    other = folder(tmp_path, "other")
    assert configured(*bundles, workspace=str(other)).root == other
    assert settings.place().bundle == ""


def test_what_is_no_workspace_is_said(configured: Configure, tmp_path: Path) -> None:
    bundle = ("lab", FOLDER, {"path": str(tmp_path / "absent")})
    with pytest.raises(Refusal, match="is not there"):
        configured(bundle)
    with pytest.raises(Refusal, match=r"neither a DAG bundle \(lab\) nor"):
        configured(bundle, workspace="lba")
    with pytest.raises(Refusal, match="neither a folder nor a Git repository"):
        configured(("s3", "x.S3DagBundle", {}), workspace="s3")


def test_a_git_bundles_workspace_is_a_clone_that_follows(
    configured: Configure, bare: Path, tmp_path: Path
) -> None:
    kwargs = {"repo_url": str(bare), "tracking_ref": "main", "subdir": "lab"}
    here = configured(("lab", GIT, kwargs))
    assert here.root.is_relative_to(tmp_path / "home")
    assert list(here.paths()) == ["a.mline.yaml"]
    base = here.file("a.mline.yaml").revision
    files = {"a.mline.yaml": b"mline: 1\n# saved\n"}
    saved = here.save(files, {"a.mline.yaml": base}, Author("Ada"), "Save")
    assert saved.pushed is True
    assert git(bare, "show", "main:lab/a.mline.yaml") == "mline: 1\n# saved"
    other = tmp_path / "other"
    git(tmp_path, "clone", "-q", str(bare), str(other))
    (other / "lab" / "b.mline.yaml").write_text("mline: 1\n")
    git(other, "add", ".")
    git(other, "commit", "-q", "-m", "Others")
    git(other, "push", "-q")

    def follows() -> bool:
        current._refreshed.clear()
        return "b.mline.yaml" in list(current.workspace().paths())

    wait_for(follows, 30, "the clone has what others have pushed")


def test_a_repository_that_is_not_there_is_said(configured: Configure, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="cannot be cloned"):
        configured(("lab", GIT, {"repo_url": str(tmp_path / "no.git"), "tracking_ref": "main"}))


def test_a_repository_of_this_machine_is_pushed_to_only_when_airflow_names_it(
    configured: Configure, bare: Path, tmp_path: Path
) -> None:
    work = tmp_path / "first"
    hook = bare / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    bundle = ("lab", FOLDER, {"path": str(work / "lab")})

    def save(here: WorkingCopy, text: bytes) -> bool | None:
        base = here.file("a.mline.yaml").revision
        files = {"a.mline.yaml": text}
        return here.save(files, {"a.mline.yaml": base}, Author("Ada"), "Save").pushed

    assert save(configured(bundle), b"one") is False
    assert not (tmp_path / "ran").exists()
    assert save(configured(bundle, workspace_remote="off"), b"two") is None
    assert save(configured(bundle, workspace_remote=str(bare)), b"three") is True
    assert (tmp_path / "ran").exists()
    assert git(bare, "rev-list", "--count", "main") == "4"
