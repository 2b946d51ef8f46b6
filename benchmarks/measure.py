"""Run what is compared in turns, and take medians; environments that the peers need."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mline-tests"


class Samples(NamedTuple):
    """What one way took in each round."""

    values: list[float]

    @property
    def median(self) -> float:
        """The middle of the rounds."""
        return statistics.median(self.values)

    @property
    def noise(self) -> float:
        """Half the spread of the rounds, as a part of the median."""
        return (max(self.values) - min(self.values)) / 2 / self.median if self.median else 0.0

    def __truediv__(self, other: Samples) -> float:
        """Return the ratio of the medians."""
        return self.median / other.median


class Report:
    """Prints a line for each ratio as it is measured and remembers which bars were missed."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.missed = 0

    def ratio(self, name: str, value: float, *, bar: float | None = None, note: str = "") -> None:
        """Print `ratio NAME VALUE`, and whether it is within its bar."""
        verdict = ""
        if bar is not None:
            verdict = f"  (bar {bar:g}: {'held' if value <= bar else 'MISSED'})"
            self.missed += value > bar
        self.line(f"ratio {name} {value:.2f}{verdict}{f'  # {note}' if note else ''}")

    def value(self, name: str, value: float, unit: str, note: str = "") -> None:
        """Print `value NAME VALUE UNIT`: what is no ratio."""
        self.line(f"value {name} {value:.3g} {unit}{f'  # {note}' if note else ''}")

    def line(self, text: str) -> None:
        """Print a line and keep it."""
        self.lines.append(text)
        print(text, flush=True)


def interleaved(
    rounds: int, ways: Mapping[str, Callable[[], float]], *, any_order: bool = False
) -> dict[str, Samples]:
    """Measure every way once a round, so that what disturbs the machine disturbs all of them.

    With `any_order` each round has another one: a way also pays for what the one before it left,
    such as memory to be freed or a disk that still writes.
    """
    found: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds):
        names = list(ways)
        if any_order:
            random.Random(turn).shuffle(names)
        for name in names:
            found[name].append(ways[name]())
    return {name: Samples(values) for name, values in found.items()}


@contextmanager
def work_folder() -> Iterator[Path]:
    """Give a folder that is removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="mline-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def environment(home: Path, *paths: Path) -> dict[str, str]:
    """Return the environment of a measured process; peers are told not to report their use."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "MLINE", "PYTHON"))}
    return kept | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "DO_NOT_TRACK": "1",
        "SCARF_NO_ANALYTICS": "1",
        "PYTHONPATH": os.pathsep.join(map(str, (HERE, *paths))),
    }


def run_json(python: Path, arguments: list[str], settings: dict[str, str]) -> dict[str, Any]:
    """Run a measuring program and return the JSON of its last line."""
    done = subprocess.run(
        [str(python), *arguments], env=settings, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def cpu_seconds(
    command: list[str], settings: dict[str, str], *, ok: tuple[int, ...] = (0,)
) -> float:
    """Return the processor time of a command and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in ok:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout.decode(errors='replace')}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def this_python() -> Path:
    """Return the interpreter of this project's environment."""
    return Path(sys.executable)


def dag_factory() -> Path:
    """Return a folder with dag-factory 1.1.0; it runs on what this environment has."""
    return _target("dag-factory==1.1.0", "--no-deps")


def check_jsonschema() -> Path:
    """Return a folder with check-jsonschema and what it needs."""
    return _target("check-jsonschema==0.39.0")


def _target(requirement: str, *options: str) -> Path:
    folder = CACHE / requirement.replace("==", "-") / "site"
    if not folder.is_dir():
        new = folder.with_name("site.new")
        shutil.rmtree(new, ignore_errors=True)
        _uv(
            "pip",
            "install",
            "--quiet",
            "--python",
            sys.executable,
            "--target",
            str(new),
            *options,
            requirement,
        )
        new.rename(folder)
    return folder


def airflow_3_4() -> Path:
    """Return the interpreter of an environment with Airflow 3.4; the tests have the same one."""
    folder = CACHE / "airflow-3.4"
    python = folder / "venv" / "bin" / "python"
    install = ("pip", "install", "--quiet", "--python", str(python), "--prerelease", "allow")
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _uv("venv", "--quiet", "--python", sys.executable, str(folder / "venv"))
        providers = [f"apache-airflow-providers-{name}" for name in ("docker", "git")]
        _uv(*install, "apache-airflow>=3.4.0b2,<3.5", *providers, "pytest", "pytest-timeout")
        (folder / "ready").touch()
    _uv(*install, "--editable", str(ROOT))
    return python


def _uv(*arguments: str) -> None:
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([str(uv) if uv.exists() else "uv", *arguments], check=True)
