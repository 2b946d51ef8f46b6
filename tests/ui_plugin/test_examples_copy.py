"""The quickstart's editable copy of the examples."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from mline_airflow.quickstart.examples import editable


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    done = subprocess.run(
        ["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    made = tmp_path / "checkout" / "examples"
    (made / "a" / "__pycache__").mkdir(parents=True)
    (made / "a" / "a.mline.yaml").write_text("one\ntwo\nthree\nfour\nfive\n")
    (made / "a" / "__pycache__" / "x.pyc").write_text("")
    return made


def test_the_copy_is_a_working_copy_and_the_checkout_stays(examples: Path, tmp_path: Path) -> None:
    copy = editable(examples, tmp_path / "state" / "workspace")
    assert (copy / "a" / "a.mline.yaml").read_text() == "one\ntwo\nthree\nfour\nfive\n"
    assert not (copy / "a" / "__pycache__").exists()
    assert git(copy, "status", "--porcelain") == ""
    assert git(copy, "branch", "--show-current") == "main"
    assert sorted(path.name for path in examples.iterdir()) == ["a"]


def test_newer_examples_are_merged_with_what_was_saved(examples: Path, tmp_path: Path) -> None:
    copy = editable(examples, tmp_path / "copy")
    (copy / "a" / "a.mline.yaml").write_text("mine\ntwo\nthree\nfour\nfive\n")
    git(copy, "commit", "-qam", "Save")
    (copy / "mine.mline.yaml").write_text("not committed")
    (examples / "a" / "a.mline.yaml").write_text("theirs\ntwo\nthree\nfour\nFIVE\n")
    (examples / "b.mline.yaml").write_text("new")
    assert editable(examples, copy) == copy
    assert (copy / "a" / "a.mline.yaml").read_text() == "mine\ntwo\nthree\nfour\nFIVE\n"
    assert (copy / "b.mline.yaml").read_text() == "new"
    assert (copy / "mine.mline.yaml").read_text() == "not committed"
    assert git(copy, "status", "--porcelain") == ""
    head = git(copy, "rev-parse", "HEAD")
    editable(examples, copy)
    assert git(copy, "rev-parse", "HEAD") == head


def test_an_example_that_one_side_removed_stops_nothing(examples: Path, tmp_path: Path) -> None:
    copy = editable(examples, tmp_path / "copy")
    (copy / "a" / "a.mline.yaml").write_text("mine\n")
    git(copy, "commit", "-qam", "Save")
    (examples / "a" / "a.mline.yaml").unlink()
    editable(examples, copy)
    assert (copy / "a" / "a.mline.yaml").read_text() == "mine\n"
    assert git(copy, "status", "--porcelain") == ""
