"""What README.md shows is true."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from mline_airflow.dag_factory.project import Project


def block(readme: str, language: str) -> str:
    """Return the first block of code in a language."""
    found = re.search(rf"```{language}\n(.*?)```", readme, re.DOTALL)
    assert found, language
    return found[1]


@pytest.fixture
def readme(root: Path) -> str:
    return (root / "README.md").read_text("utf-8")


@pytest.fixture
def project(root: Path, tmp_path: Path) -> Project:
    """A project with the code and the data that the experiment in README.md names."""
    for name in ("src", "data"):
        shutil.copytree(root / "examples" / "iris" / name, tmp_path / name)
    return Project.open(tmp_path)


def test_the_experiment_of_the_readme_has_no_problems(readme: str, project: Project) -> None:
    (project.root / "iris.mline.yaml").write_text(block(readme, "yaml"))
    analysis = project.analyze(project.root / "iris.mline.yaml")
    assert [str(found) for found in analysis.diagnostics] == []


def test_the_mistake_of_the_readme_is_found_as_it_says(readme: str, project: Project) -> None:
    text = block(readme, "yaml").replace("split.test", "split.train")
    (project.root / "iris.mline.yaml").write_text(text)
    (found,) = project.analyze(project.root / "iris.mline.yaml").diagnostics
    line, column = found.source.position(found.span.start)
    said = f"{found.source.path}:{line}:{column}: {found.severity} {found.code}: {found.message}"
    assert said == block(readme, "text").strip()


def test_the_commands_of_the_readme_exist(readme: str, root: Path) -> None:
    verbs = set(re.findall(r"^(\w+):.*## ", (root / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make (\w+)", readme)) <= verbs
    commands = set(re.findall(r"^\$ (?:\.venv/bin/)?mline (\w+)", readme, re.MULTILINE))
    assert commands
    for command in commands:
        assert (root / "mline_airflow" / "cli" / f"{command}_command.py").is_file(), command


@pytest.mark.parametrize(
    "page", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "benchmarks/README.md"]
)
def test_links_lead_somewhere(page: str, root: Path) -> None:
    text = (root / page).read_text("utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert [link for link in links if not (root / page).parent.joinpath(link).exists()] == []


def test_the_architecture_names_files_that_exist(root: Path) -> None:
    text = (root / "ARCHITECTURE.md").read_text("utf-8")
    rows = re.findall(r"^\| `(dag_factory|mline_airflow|schemas)/` \| (.*) \|$", text, re.MULTILINE)
    assert len(rows) == 3
    for folder, row in rows:
        for name in re.findall(r"`([a-z_]+)[*/]?`", row):
            assert list((root / folder).glob(f"{name}*")), f"{folder}/{name}"
