"""Which file holds which experiment: right after every change, and each file read about once."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from mline_airflow.dag_factory.experiment_ids import ExperimentIds
from mline_airflow.dag_factory.project import Project
from mline_airflow.dag_factory.sources import Sources

OLD = 1_000_000_000
"""Long ago: a file that has just been written is read again in any case."""


def write(path: Path, name: str, *, seconds: int = OLD) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"mline: 1\nexperiment: {name}\nstages: {{a: {{run: echo, image: alpine}}}}\n")
    os.utime(path, (seconds, seconds))
    return path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    counted: Counter[str] = Counter()
    read = Sources.read

    def counting(self: Sources, path: Path) -> object:
        counted[path.name] += 1
        return read(self, path)

    monkeypatch.setattr(Sources, "read", counting)
    return counted


def test_asking_for_every_experiment_reads_each_a_few_times(
    tmp_path: Path, reads: Counter[str]
) -> None:
    paths = [write(tmp_path / f"e{n}.mline.yaml", f"e{n}") for n in range(60)]
    Project(tmp_path).ids()
    for path in paths:  # as Airflow does, where each import opens the project anew
        assert Project(tmp_path).duplicate(path) is None
    assert max(reads.values()) <= 2
    assert reads.total() <= 2 * len(paths)


def test_without_a_first_look_at_all_it_is_taken_once(tmp_path: Path, reads: Counter[str]) -> None:
    paths = [write(tmp_path / f"e{n}.mline.yaml", f"e{n}") for n in range(60)]
    for path in paths:
        assert Project(tmp_path).duplicate(path) is None
    assert reads.total() <= 3 * len(paths)


def test_taking_from_other_experiments_does_not_read_all_of_them(
    tmp_path: Path, reads: Counter[str]
) -> None:
    for n in range(40):
        write(tmp_path / f"other{n}.mline.yaml", f"other{n}")
    giver = write(tmp_path / "giver.mline.yaml", "giver")
    giver.write_text(
        "mline: 1\nexperiment: giver\nentities: {out: {is: CsvTable}}\n"
        "stages: {a: {gives: {o: out}, run: echo, image: alpine}}\n"
    )
    text = (
        "mline: 1\nexperiment: taker{n}\nentities: {{got: {{is: CsvTable, from: giver.out}}}}\n"
        "stages: {{a: {{takes: {{x: got}}, run: echo, image: alpine}}}}\n"
    )
    takers = [tmp_path / f"taker{n}.mline.yaml" for n in range(40)]
    for n, path in enumerate(takers):
        path.write_text(text.format(n=n))
        os.utime(path, (OLD, OLD))
    for path in takers:
        assert Project(tmp_path).plan(path).plan is not None
    assert sum(count for name, count in reads.items() if name.startswith("other")) <= 40 * 2


def test_of_two_experiments_with_one_id_the_later_is_found_whatever_came_first(
    tmp_path: Path,
) -> None:
    later = write(tmp_path / "b.mline.yaml", "one")
    assert Project(tmp_path).duplicate(later) is None
    earlier = write(tmp_path / "a.mline.yaml", "one")
    Project(tmp_path).ids()  # what listing the files does
    found = Project(tmp_path).duplicate(later)
    assert found is not None
    assert found.message == "the experiment 'one' is already in 'a.mline.yaml'; ids become DAG ids"
    assert Project(tmp_path).duplicate(earlier) is None
    write(earlier, "two", seconds=OLD + 5)
    assert Project(tmp_path).duplicate(later) is None
    assert Project(tmp_path).duplicate(earlier) is None


def test_an_experiment_that_takes_the_id_of_another_is_found_at_once(tmp_path: Path) -> None:
    write(tmp_path / "a.mline.yaml", "one")
    later = write(tmp_path / "b.mline.yaml", "two")
    Project(tmp_path).ids()
    write(later, "one", seconds=OLD + 5)
    assert Project(tmp_path).duplicate(later) is not None


def test_a_first_that_is_removed_lets_the_second_be(tmp_path: Path) -> None:
    first = write(tmp_path / "a.mline.yaml", "one")
    second = write(tmp_path / "b.mline.yaml", "one")
    assert Project(tmp_path).duplicate(second) is not None
    first.unlink()
    assert Project(tmp_path).duplicate(second) is None
    assert Project(tmp_path).ids() == {"one": [second]}


def test_an_edit_within_one_tick_of_the_clock_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.mline.yaml"
    for name in ("one", "two", "six"):
        path.write_text(f"experiment: {name}\n")
        assert list(Project(tmp_path).ids()) == [name]


def test_a_text_that_is_not_saved_counts_in_its_own_project_only(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mline.yaml", "one")
    editing = Project(tmp_path)
    editing.sources.put(path, "mline: 1\nexperiment: other\n")
    assert ExperimentIds(editing.sources, editing.experiments).having("other") == [path]
    assert Project(tmp_path).ids() == {"one": [path]}
    editing.sources.put(path, None)
    assert editing.ids() == {"one": [path]}
