"""Building DAGs: MLine beside Python by hand, dag-factory, and Airflow 3.4's own importer.

What is timed is said in `build.py`: a process for each measurement, one DAG after another, the
imports before the clock starts. `cold` has an empty folder of compiled plans and fills it;
`unchanged` finds there what the cold run left.
"""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import corpus
from measure import (
    Report,
    Samples,
    airflow_3_4,
    dag_factory,
    environment,
    interleaved,
    run_json,
    this_python,
)

SLICES = 5


class Builder:
    """Runs `build.py` in an environment."""

    def __init__(self, python: Path, folder: Path, *paths: Path) -> None:
        self.python, self.folder = python, folder
        self.home = folder / f"home-{python.parent.parent.name}"
        self.environment = environment(self.home, *paths)

    def build(self, way: str, notation: str, *options: str) -> dict[str, Any]:
        """Build the corpus once; raises SystemExit when the DAGs are not the same DAGs."""
        result = run_json(
            self.python,
            [str(Path(__file__).with_name("build.py")), way, str(self.folder / notation), *options],
            self.environment,
        )
        if not result["same"]:
            raise SystemExit(f"{way} built other DAGs")
        return result

    def seconds(self, way: str, notation: str, *, cold: bool = False) -> Callable[[], float]:
        """Return a measurement of one way."""

        def measure() -> float:
            if cold:
                shutil.rmtree(self.home / "mline", ignore_errors=True)
            return float(self.build(way, notation)["seconds"])

        return measure


def _noise(*samples: Samples) -> str:
    return f"noise ±{max(s.noise for s in samples):.0%}"


def run(report: Report, folder: Path, count: int, rounds: int) -> None:
    """Measure in this environment's Airflow."""
    for notation in ("mline", "hand", "dag-factory"):
        corpus.write(folder, count, notation)
    here = Builder(this_python(), folder)
    peer = Builder(this_python(), folder, dag_factory())
    found = interleaved(
        rounds,
        {
            "hand": here.seconds("hand", "hand"),
            "precompiled": here.seconds("hand-precompiled", "hand"),
            "cold": here.seconds("mline", "mline", cold=True),
            "unchanged": here.seconds("mline", "mline"),
            "dag-factory": peer.seconds("dag-factory", "dag-factory"),
        },
    )
    for name, samples in found.items():
        report.value(f"build/{name}", samples.median / count * 1e3, "ms a DAG", _noise(samples))
    by_hand = found["precompiled"]
    report.ratio(
        "compile/hand-written",
        found["cold"] / by_hand,
        bar=2.0,
        note="cold, beside precompiled Python",
    )
    report.ratio(
        "compile/hand-written-source",
        found["cold"] / found["hand"],
        note="beside Python that is compiled too",
    )
    report.ratio(
        "unchanged/hand-written", found["unchanged"] / by_hand, bar=1.2, note="plans from the cache"
    )
    report.ratio(
        "compile/dag-factory", found["cold"] / found["dag-factory"], note="dag-factory 1.1.0"
    )


def run_3_4(report: Report, folder: Path, count: int, rounds: int) -> None:
    """Measure in an environment of Airflow 3.4, beside its own YAML importer."""
    for notation in ("mline", "hand", "airflow"):
        corpus.write(folder, count, notation)
    there = Builder(airflow_3_4(), folder)
    found = interleaved(
        rounds,
        {
            "precompiled": there.seconds("hand-precompiled", "hand"),
            "compiler": there.seconds("mline", "mline", cold=True),
            "importer": there.seconds("mline-importer", "mline", cold=True),
            "unchanged": there.seconds("mline-importer", "mline"),
            "airflow": there.seconds("airflow", "airflow"),
        },
    )
    for name, samples in found.items():
        report.value(f"3.4/{name}", samples.median / count * 1e3, "ms a DAG", _noise(samples))
    report.ratio("3.4/compile/hand-written", found["compiler"] / found["precompiled"], note="cold")
    report.ratio("3.4/compile/airflow-yaml", found["compiler"] / found["airflow"])
    report.ratio("3.4/importer/airflow-yaml", found["importer"] / found["airflow"], note="cold")
    report.ratio("3.4/importer-unchanged/airflow-yaml", found["unchanged"] / found["airflow"])


def run_memory(report: Report, folder: Path, count: int) -> None:
    """Measure what a DAG weighs that is kept."""
    for notation in ("mline", "hand"):
        corpus.write(folder, count, notation)
    here = Builder(this_python(), folder)
    shutil.rmtree(here.home / "mline", ignore_errors=True)
    ours = here.build("mline", "mline", "--keep", "--warm")["bytes"]
    theirs = here.build("hand", "hand", "--keep", "--warm")["bytes"]
    report.value("memory", ours / count / 1024, "KiB an experiment", f"{count} DAGs kept")
    report.ratio("memory/hand-written", ours / theirs)


def run_growth(report: Report, folder: Path, counts: list[int]) -> None:
    """Measure how the cost of one experiment changes with the number of experiments.

    A large project is built in slices, between which the smallest one is built: the machine may
    become slower or quicker in the minutes that this takes.
    """
    first, *larger = counts
    small = folder / str(first)
    corpus.write(small, first, "mline")
    for count in larger:
        place = folder / str(count)
        corpus.write(place, count, "mline")
        here = Builder(this_python(), place)
        step = max(count // SLICES, first)
        large_costs, small_costs = [], [_cost(small, first)]
        for begin in range(0, count, step):
            options = ("--warm", "--slice", str(begin), str(begin + step))
            large_costs.append(float(here.build("mline", "mline", *options)["seconds"]))
            small_costs += [_cost(small, first), _cost(small, first)]
        cost = sum(large_costs) / count
        report.value(f"growth/{count}", cost * 1e3, "ms an experiment", "cold")
        bar = 1.3 if count == larger[-1] else None
        ratio = cost / statistics.mean(small_costs)
        report.ratio(f"growth/{count}-to-{first}", ratio, bar=bar, note="1 is linear")
        refresh = interleaved(
            3 if count < 5000 else 1,
            {
                "first": lambda: _refresh(small, first),
                "large": lambda place=place, count=count: _refresh(place, count),
            },
        )
        took = refresh["large"].median * 1e3
        report.value(f"growth/{count}/refresh", took, "ms an experiment", "the bundle's first look")
        ratio = refresh["large"] / refresh["first"]
        report.ratio(f"growth/{count}-to-{first}/refresh", ratio, note="1 is linear")
        shutil.rmtree(place)


def _cost(place: Path, count: int) -> float:
    """Return the cost of building one experiment of a project, cold."""
    here = Builder(this_python(), place)
    shutil.rmtree(here.home / "mline", ignore_errors=True)
    return float(here.build("mline", "mline", "--warm")["seconds"]) / count


def _refresh(place: Path, count: int) -> float:
    """Return the cost of the bundle's first look, for one experiment."""
    program = str(Path(__file__).with_name("refresh.py"))
    settings = environment(place / "home")
    return (
        float(run_json(this_python(), [program, str(place / "mline")], settings)["seconds"]) / count
    )


def run_large(report: Report, folder: Path, stages: int) -> None:
    """Measure one experiment with very many stages, beside the same DAG by hand."""
    for size in (stages // 10, stages):
        for notation, text, suffix in (
            ("mline", _chain(size), ".mline.yaml"),
            ("hand", _chain_by_hand(size), ".py"),
        ):
            place = folder / str(size) / notation
            place.mkdir(parents=True)
            (place / f"chain{suffix}").write_text(text)
    small, large = (Builder(this_python(), folder / str(size)) for size in (stages // 10, stages))
    found = interleaved(
        3,
        {
            "small": small.seconds("mline", "mline", cold=True),
            "large": large.seconds("mline", "mline", cold=True),
            "unchanged": large.seconds("mline", "mline"),
            "hand": large.seconds("hand", "hand"),
        },
    )
    report.value(
        f"large/{stages}", found["large"].median, "s", f"one experiment of {stages} stages, cold"
    )
    report.ratio(f"large/{stages}/hand-written", found["large"] / found["hand"])
    report.ratio(f"large/{stages}/unchanged", found["unchanged"] / found["hand"])
    report.ratio(
        f"large/{stages}-to-{stages // 10}",
        found["large"] / found["small"] / 10,
        note="a stage; 1 is linear, a first use's cost weighs on the small one",
    )


def _chain(stages: int) -> str:
    """Return an experiment in which every stage takes from one before it and one far before it."""
    lines = [
        "mline: 1",
        "experiment: chain",
        "use: [tabular]",
        "defaults: {image: 'lab:1', runner: docker}",
        "params: {depth: 3}",
        "stages:",
        "  s0: {gives: {data: CsvTable}, command: [make]}",
    ]
    lines += [
        f"  s{n}: {{takes: {{data: s{n - 1}.data, old: s{n // 2}.data}}, gives: {{data: CsvTable}},"
        f" with: {{depth: $params.depth}}, command: [step, $in.data, $out.data]}}"
        for n in range(1, stages)
    ]
    return "\n".join(lines) + "\n"


def _chain_by_hand(stages: int) -> str:
    lines = [
        "from airflow.providers.docker.operators.docker import DockerOperator",
        "from airflow.sdk import DAG, Param",
        "with DAG('chain', schedule=None, params={'depth': Param(3, type='integer')}) as dag:",
    ]
    for n in range(stages):
        lines.append(
            f"    s{n} = DockerOperator(task_id='s{n}', image='lab:1', "
            f"command=['step', '/data/s{max(n - 1, 0)}'], "
            "environment={'PARAM_DEPTH': '{{ params.depth }}'}, "
            "mount_tmp_dir=False, auto_remove='force')"
        )
        if n:
            lines.append(f"    [{', '.join(dict.fromkeys((f's{n - 1}', f's{n // 2}')))}] >> s{n}")
    return "\n".join(lines) + "\n"
