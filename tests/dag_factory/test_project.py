"""Projects: what belongs to one, which profile counts, what is read and when again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mline_airflow.dag_factory.project import Project

EXPERIMENT = "mline: 1\nexperiment: {id}\nstages:\n  a: {{run: echo, image: alpine}}\n"


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def experiment(root: Path, name: str, id_: str) -> Path:
    path = root / f"{name}.mline.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(EXPERIMENT.format(id=id_), "utf-8")
    return path


def test_the_nearest_folder_above_with_a_project_file_is_the_project(tmp_path: Path) -> None:
    (tmp_path / "mline.yaml").write_text("project: outer\n")
    path = experiment(tmp_path / "deep" / "er", "a", "a")
    assert Project.open(path).root == tmp_path
    assert Project.open(path).name == "outer"
    (tmp_path / "deep" / "mline.yaml").write_text("")
    assert Project.open(path).root == tmp_path / "deep"
    assert Project.open(path).name == "deep"


def test_without_a_project_file_the_folder_is_the_project(tmp_path: Path) -> None:
    path = experiment(tmp_path / "lone", "a", "a")
    project = Project.open(path)
    assert (project.root, project.name) == (tmp_path / "lone", "lone")
    assert list(project.profiles) == ["default"]


def test_hidden_and_foreign_folders_are_not_searched(tmp_path: Path) -> None:
    for folder in ("", "sub", ".hidden", "node_modules", "venv", ".venv", ".mline", "__pycache__"):
        experiment(tmp_path / folder, "x", f"x_{len(folder)}")
    found = [p.relative_to(tmp_path).as_posix() for p in Project(tmp_path).experiments()]
    assert found == ["sub/x.mline.yaml", "x.mline.yaml"]


def test_libraries_and_the_project_file_are_no_experiments(tmp_path: Path) -> None:
    experiment(tmp_path, "a", "a")
    (tmp_path / "lab.types.mline.yaml").write_text("mline: 1\nlibrary: lab\n")
    (tmp_path / "mline.yaml").write_text("")
    project = Project(tmp_path)
    assert [p.name for p in project.experiments()] == ["a.mline.yaml"]
    assert [p.name for p in project.libraries()] == ["lab.types.mline.yaml"]


def test_the_profile_is_the_one_asked_for_else_the_environments_else_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mline.yaml").write_text("profiles: {one: {}, two: {runner: process}, three: {}}\n")
    project = Project(tmp_path)
    assert project.profile().name == "one"
    monkeypatch.setenv("MLINE_PROFILE", "two")
    assert project.profile().name == "two"
    assert project.profile("three").name == "three"
    with pytest.raises(KeyError):
        project.profile("four")


def test_a_file_is_read_again_when_it_changes_and_only_then(tmp_path: Path) -> None:
    path = experiment(tmp_path, "a", "one")
    project = Project(tmp_path)
    first = project.analyze(path)
    assert project.analyze(path).source is first.source
    path.write_text(EXPERIMENT.format(id="other"), "utf-8")
    again = project.analyze(path)
    assert "other" in again.source.text


def test_a_library_that_changes_changes_what_uses_it(tmp_path: Path) -> None:
    library = tmp_path / "lab.types.mline.yaml"
    library.write_text("mline: 1\nlibrary: lab\ntypes:\n  Reading: {is: CsvTable}\n")
    path = tmp_path / "a.mline.yaml"
    path.write_text(
        "mline: 1\nexperiment: a\nuse: [lab]\n"
        "entities:\n  r: {is: Reading, at: 'https://example.org/r'}\n"
        "stages:\n  a: {run: echo, image: alpine, takes: {x: r}}\n"
    )
    project = Project(tmp_path)
    assert project.plan(path).plan is not None
    library.write_text("mline: 1\nlibrary: lab\ntypes:\n  Writing: {is: CsvTable}\n")
    assert [d.code for d in project.plan(path).diagnostics] == ["unknown-type"]


def test_unsaved_text_is_analyzed_in_place_of_the_file(tmp_path: Path) -> None:
    path = experiment(tmp_path, "a", "a")
    project = Project(tmp_path)
    assert project.analyze(path, "mline: 1\nbanana: 2\n").diagnostics
    assert project.analyze(path).diagnostics == ()


def test_a_text_without_a_file_is_analyzed_too(tmp_path: Path) -> None:
    project = Project(tmp_path)
    analysis = project.analyze(tmp_path / "new.mline.yaml", EXPERIMENT.format(id="new"))
    assert analysis.diagnostics == ()


def test_a_file_that_is_not_there_is_an_exception_and_no_finding(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nothing"):
        Project(tmp_path).plan(tmp_path / "nothing.mline.yaml")


def test_shown_paths_are_relative_to_the_base(tmp_path: Path) -> None:
    path = experiment(tmp_path / "sub", "a", "A")
    assert str(Project(tmp_path).analyze(path).diagnostics[0]).startswith("sub/a.mline.yaml:2:13-")
    project = Project(tmp_path, base=tmp_path / "sub")
    assert str(project.analyze(path).diagnostics[0]).startswith("a.mline.yaml:2:13-")


def test_what_a_link_leads_to_outside_is_not_read(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    write(outside, secret="x = 1")
    root = tmp_path / "project"
    root.mkdir()
    (root / "link").symlink_to(outside)
    path = root / "a.mline.yaml"
    path.write_text(
        "mline: 1\nexperiment: a\nstages:\n  a: {code: ./link/secret, run: echo, image: alpine}\n"
    )
    assert [d.code for d in Project(root).analyze(path).diagnostics] == ["path-outside"]


def test_an_experiment_has_the_same_plan_wherever_the_project_lies(tmp_path: Path) -> None:
    plans = []
    for name in ("here", "there"):
        root = tmp_path / name / "same"
        path = experiment(root / "sub", "a", "a")
        (root / "mline.yaml").write_text("project: p\n")
        plans.append(Project.open(path).plan(path).plan)
    assert plans[0] == plans[1]
    assert plans[0] is not None
    assert plans[0]["path"] == "sub/a.mline.yaml"
    assert os.fspath(tmp_path) not in repr(plans[0])


def test_every_experiment_of_one_id_but_the_first_is_a_duplicate(tmp_path: Path) -> None:
    for name in "abc":
        experiment(tmp_path, name, "same")
    found = Project(tmp_path).duplicates()
    assert [d.source.path for d in found] == ["b.mline.yaml", "c.mline.yaml"]
    assert all(d.code == "duplicate-experiment" for d in found)


def test_a_comment_allows_on_its_line_and_on_the_next_only(tmp_path: Path) -> None:
    head = "mline: 1\nexperiment: a\nparams:\n"
    tail = "stages:\n  a: {run: echo, image: alpine}\n"
    for params, codes in (
        ("  x: 1 # mline: allow unused-param\n", []),
        ("  # mline: allow missing-seed, unused-param\n  x: 1\n", []),
        ("  # mline: allow unused-param\n  x: 1\n  y: 1\n", ["unused-param"]),
        ("  x: 1 # mline: allow unused\n", ["unused-param"]),
        ("  x-y: 1 # mline: allow invalid-id\n", ["invalid-id"]),
    ):
        analysis = Project(tmp_path).analyze(tmp_path / "a.mline.yaml", head + params + tail)
        assert [d.code for d in analysis.diagnostics] == codes, params
