"""Plans on disk: found again while nothing changed, made anew when anything did."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mline_airflow.dag_factory import project as project_module
from mline_airflow.dag_factory.plan import Plan, plan_digest
from mline_airflow.dag_factory.project import Project

LIBRARY = "mline: 1\nlibrary: lab\ntypes:\n  Reading: {is: CsvTable}\n"
MAKER = (
    "mline: 1\nexperiment: maker\nentities: {out: CsvTable}\n"
    "stages:\n  a: {run: echo, gives: {x: out}}\n"
)
TAKER = (
    "mline: 1\nexperiment: taker\nuse: [lab]\nentities:\n  given: {is: CsvTable, from: maker.out}\n"
    "  table: {is: Reading, at: 'https://example.org/t.csv'}\nstages:\n"
    "  a: {code: ./src, call: 'work:run', takes: {x: given, y: table}}\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "src").mkdir(parents=True)
    (root / "mline.yaml").write_text(
        "profiles: {local: {runner: process}, other: {runner: process}}\n"
    )
    (root / "lab.types.mline.yaml").write_text(LIBRARY)
    (root / "maker.mline.yaml").write_text(MAKER)
    (root / "taker.mline.yaml").write_text(TAKER)
    (root / "src" / "work.py").write_text("def run(x, y): ...\n")
    return root


class Counter:
    """Counts how often a plan is made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made = 0
        real = project_module.make_plan

        def counted(*args: object, **options: object) -> Plan:
            self.made += 1
            return real(*args, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(project_module, "make_plan", counted)


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch) -> Counter:
    return Counter(monkeypatch)


def compile_taker(folder: Path, profile: str | None = None) -> Plan | None:
    """Compile with a project that remembers nothing but what is on disk."""
    project = Project.open(folder, cache=folder.parent / "cache")
    return project.plan(folder / "taker.mline.yaml", profile).plan


def entries(folder: Path) -> list[Path]:
    return sorted((folder.parent / "cache").rglob("*.json"))


def test_the_second_time_nothing_is_made(folder: Path, counter: Counter) -> None:
    first = compile_taker(folder)
    assert first is not None
    assert compile_taker(folder) == first
    assert counter.made == 1
    assert len(entries(folder)) == 1


def test_a_plan_from_the_cache_has_the_same_digest(folder: Path) -> None:
    first, second = compile_taker(folder), compile_taker(folder)
    assert first is not None
    assert second is not None
    assert plan_digest(first) == plan_digest(second)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("taker.mline.yaml", "maker.out}", "maker.out, title: Other}"),
        ("lab.types.mline.yaml", "is: CsvTable", "is: CsvTable, doc: changed"),
        ("maker.mline.yaml", "run: echo", "run: other"),
        ("src/work.py", "...", "pass"),
        ("mline.yaml", "{runner: process},", "{runner: process, retries: 3},"),
    ],
)
def test_a_change_of_anything_that_it_depends_on_makes_it_anew(
    folder: Path, counter: Counter, name: str, old: str, new: str
) -> None:
    compile_taker(folder)
    path = folder / name
    changed = path.read_text().replace(old, new, 1)
    assert changed != path.read_text()
    path.write_text(changed)
    assert compile_taker(folder) is not None
    assert counter.made == 2


def test_a_change_that_breaks_it_is_seen(folder: Path) -> None:
    assert compile_taker(folder) is not None
    (folder / "src" / "work.py").write_text("def other(): ...\n")
    assert compile_taker(folder) is None


def test_code_that_is_gone_is_seen(folder: Path) -> None:
    assert compile_taker(folder) is not None
    (folder / "src" / "work.py").unlink()
    (folder / "src").rmdir()
    assert compile_taker(folder) is None


def test_an_experiment_that_is_gone_is_seen(folder: Path) -> None:
    assert compile_taker(folder) is not None
    (folder / "maker.mline.yaml").unlink()
    assert compile_taker(folder) is None


def test_a_file_that_is_touched_only_is_not_compiled_again(folder: Path, counter: Counter) -> None:
    compile_taker(folder)
    for path in folder.rglob("*.*"):
        os.utime(path, (1, 1))
    compile_taker(folder)
    assert counter.made == 1


def test_every_profile_has_its_own_plan(folder: Path, counter: Counter) -> None:
    local, other = compile_taker(folder, "local"), compile_taker(folder, "other")
    assert local is not None
    assert other is not None
    assert (local["profile"]["name"], other["profile"]["name"]) == ("local", "other")
    assert counter.made == 2


@pytest.mark.parametrize(
    "garbage", ["", "{", "[]", "null", '{"plan": {}}', '{"asked": []}', "\x00"]
)
def test_an_entry_that_is_damaged_is_not_there(
    folder: Path, counter: Counter, garbage: str
) -> None:
    first = compile_taker(folder)
    (entry,) = entries(folder)
    entry.write_text(garbage)
    assert compile_taker(folder) == first
    assert counter.made == 2
    assert json.loads(entry.read_text())["plan"] == first


def test_a_folder_that_cannot_be_written_to_is_no_error(folder: Path) -> None:
    (folder.parent / "cache").write_text("a file where the folder should be")
    assert compile_taker(folder) is not None
    assert compile_taker(folder) is not None


def test_unsaved_text_neither_reads_nor_writes_the_cache(folder: Path, counter: Counter) -> None:
    project = Project.open(folder, cache=folder.parent / "cache")
    text = (folder / "taker.mline.yaml").read_text()
    assert project.plan(folder / "taker.mline.yaml", text=text).plan is not None
    assert entries(folder) == []
    assert counter.made == 1


def test_an_experiment_with_errors_is_not_kept(folder: Path) -> None:
    (folder / "taker.mline.yaml").write_text(TAKER.replace("CsvTable", "CsvTabel"))
    assert compile_taker(folder) is None
    assert entries(folder) == []


def test_two_processes_share_a_cache(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from mline_airflow.dag_factory.project import Project\n"
        "from mline_airflow.dag_factory.plan import plan_digest\n"
        "folder = Path(sys.argv[1])\n"
        "for _ in range(20):\n"
        "    project = Project.open(folder, cache=folder.parent / 'cache')\n"
        "    plan = project.plan(folder / 'taker.mline.yaml').plan\n"
        "    assert plan is not None\n"
        "print(plan_digest(plan))\n"
    )
    command = [sys.executable, "-c", code, str(folder)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=60)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert said[0] == said[1] != ""
    assert len(entries(folder)) == 1
    assert not list((folder.parent / "cache").rglob("*.tmp"))
