"""The folder of DAG files that the bundles keep: exact, atomic, in step."""

from __future__ import annotations

import ast
import os
import stat
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mline_airflow.bundles.folder import DagFolder, dag_file_text, source_of
from mline_airflow.dag_file import Refused, load_all

ONE = "mline: 1\nexperiment: {}\nstages:\n  only: {{runner: process, run: 'true'}}\n"


@pytest.fixture
def folder(tmp_path: Path) -> DagFolder:
    (tmp_path / "project").mkdir()
    return DagFolder(tmp_path / "project", tmp_path / "dags")


def write(folder: DagFolder, name: str, text: str = "") -> Path:
    path = folder.source / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text or ONE.format(path.name.partition(".")[0]))
    # Older than the time in which a file may change without its time stamp telling.
    os.utime(path, ns=(1, 1))
    return path


def shown(folder: DagFolder) -> dict[str, str]:
    files = sorted(folder.target.rglob("*.py"))
    return {p.relative_to(folder.target).as_posix(): p.read_text("utf-8") for p in files}


def test_each_experiment_has_one_file_and_nothing_else_has(folder: DagFolder) -> None:
    write(folder, "a.mline.yaml")
    write(folder, "below/b.mline.yaml")
    write(folder, "lab.types.mline.yaml", "mline: 1\nlibrary: lab\nversion: 1.0.0\ntypes: {}\n")
    write(folder, ".hidden/c.mline.yaml")
    folder.update()
    assert list(shown(folder)) == ["a.mline.yaml.py", "below/b.mline.yaml.py"]
    for name in shown(folder):
        assert source_of(folder.target / name) == folder.source / name.removesuffix(".py")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.mline.yaml", ONE.format("a") + "    # services\n"),
        ("lab.types.mline.yaml", "mline: 1\nlibrary: lab\nversion: 1.0.0\ntypes: {} # image\n"),
        ("mline.yaml", "mline: 1\nproject: p\nprofiles: {boxes: {runner: docker}}\n"),
    ],
)
def test_the_reaper_is_shown_where_something_may_be_left(
    folder: DagFolder, name: str, text: str
) -> None:
    write(folder, "a.mline.yaml")
    folder.update()
    assert list(shown(folder)) == ["a.mline.yaml.py"]
    write(folder, name, text)
    folder.update()
    assert list(shown(folder)) == ["a.mline.yaml.py", "mline_reaper.py"]


def test_only_what_changed_is_written_again(folder: DagFolder) -> None:
    write(folder, "a.mline.yaml")
    changed = write(folder, "b.mline.yaml")
    folder.update()
    before = {p: p.stat().st_ino for p in folder.target.glob("*.py")}
    changed.write_text(ONE.format("b") + "title: New\n")
    folder.update()
    after = {p: p.stat().st_ino for p in folder.target.glob("*.py")}
    differing = [p.name for p in after if before[p] != after[p]]
    assert differing == ["b.mline.yaml.py"]


def test_what_is_gone_is_removed(folder: DagFolder) -> None:
    path = write(folder, "a.mline.yaml")
    folder.update()
    path.unlink()
    folder.update()
    assert shown(folder) == {}


def test_a_worker_finds_the_folder_in_step_without_reading_the_experiments(
    folder: DagFolder,
) -> None:
    path = write(folder, "a.mline.yaml")
    folder.update()
    assert folder.is_current()
    path.write_text(ONE.format("a") + "title: T\n")
    assert not folder.is_current()
    folder.update()
    # It changed a moment ago: it might change once more within the same time stamp.
    assert not folder.is_current()


def test_what_an_experiment_depends_on_is_in_its_text(folder: DagFolder) -> None:
    library = "mline: 1\nlibrary: lab\nversion: 1.0.0\ntypes: {}\n"
    write(folder, "lab.types.mline.yaml", library)
    write(folder, "giver.mline.yaml")
    write(folder, "other.mline.yaml")
    write(
        folder,
        "taker.mline.yaml",
        ONE.format("taker") + "entities: {x: {is: Table, from: giver.x}}\n",
    )
    folder.update()
    first = shown(folder)
    write(folder, "giver.mline.yaml", ONE.format("giver") + "title: New\n")
    folder.update()
    second = shown(folder)
    changed = [name for name in first if first[name] != second[name]]
    assert changed == ["giver.mline.yaml.py", "taker.mline.yaml.py"]
    write(folder, "lab.types.mline.yaml", library + "doc: New\n")
    folder.update()
    assert all(second[name] != text for name, text in shown(folder).items())


def test_nobody_else_may_write_where_airflow_reads_code(folder: DagFolder) -> None:
    folder.target.mkdir(mode=0o777)
    folder.target.chmod(0o777)
    write(folder, "a.mline.yaml")
    folder.update()
    for path in (folder.target, *folder.target.rglob("*")):
        assert not path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH)


@example("''' and \"\"\" and \\")
@example('"')
@example("\\")
@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\0")))
def test_any_text_survives_in_a_dag_file(text: str) -> None:
    made = dag_file_text("a.mline.yaml", text, "digest")
    kept = ast.get_docstring(ast.parse(made), clean=False)
    assert kept == f"\n{text.removesuffix(chr(10))}\n"
    assert "airflow" in made
    assert "dag" in made


def test_one_line_shows_every_experiment_below_a_dag_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.mline.yaml").write_text(ONE.format(name))
    (tmp_path / "wrong.mline.yaml").write_text(ONE.format("wrong") + "oops: 1\n")
    namespace: dict[str, object] = {}
    load_all(namespace, str(tmp_path / "all.py"))
    refused = namespace.pop("mline_problems")
    assert sorted(namespace) == ["one", "two"]
    assert isinstance(refused, Refused)
    with pytest.raises(Exception, match="oops") as raised:
        refused.validate()
    told = f"{type(raised.value).__name__}: {raised.value}"
    assert told.startswith("wrong.mline.yaml:5:1: ")

    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "two")
    only: dict[str, object] = {}
    load_all(only, str(tmp_path / "all.py"))
    assert list(only) == ["two"]
