"""A real Airflow for tests: a home of its own, SQLite, nothing shared."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

EXPERIMENTS = Path(__file__).parent / "experiments"


def cache_folder() -> Path:
    """Return where what is costly to make is kept between runs of the tests."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base) / "mline-tests"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def wait_for(condition: Callable[[], Any], seconds: float = 60, what: str = "") -> Any:
    """Return the first true value of `condition`; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds} s: {what or condition}")
        time.sleep(0.1)
    return value


def last_json(text: str) -> Any:
    """Return the last line of JSON among the lines that a command printed."""
    for line in reversed(text.splitlines()):
        with contextlib.suppress(ValueError):
            return json.loads(line)
    pytest.fail(f"no JSON in {text!r}")


@dataclass
class Home:
    """An AIRFLOW_HOME with its configuration, all of it in environment variables."""

    folder: Path
    project: Path
    settings: dict[str, str] = field(default_factory=dict)
    python: str = sys.executable

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "_AIRFLOW"))}
        bundle = {
            "name": "experiments",
            "classpath": "mline_airflow.bundles.MLineDagBundle",
            "kwargs": {"path": str(self.project), "refresh_interval": 0},
        }
        settings = {
            "AIRFLOW_HOME": str(self.folder),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
            "AIRFLOW__CORE__PARALLELISM": "2",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self.folder}/airflow.db?timeout=60",
            "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps([bundle]),
            "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(self.folder / "bundles"),
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "1",
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
            "AIRFLOW__MLINE__ALLOW_PROCESS_RUNNER": "True",
            "AIRFLOW__MLINE__STORE": f"file://{self.folder}/store",
            "AIRFLOW__MLINE__SERVICES_FOLDER": f"{self.folder}/services",
        }
        return {**kept, **settings, **self.settings}

    def run(self, *arguments: str, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a command of Airflow to its end."""
        return subprocess.run(
            [self.python, "-m", "airflow", *arguments],
            env=self.environment,
            cwd=self.folder,
            text=True,
            capture_output=True,
            timeout=seconds,
            check=False,
        )

    def airflow(self, *arguments: str, seconds: float = 120) -> str:
        """Run a command of Airflow that must succeed; returns its standard output."""
        done = self.run(*arguments, seconds=seconds)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def json(self, *arguments: str) -> Any:
        """Return what a command prints as JSON."""
        return last_json(self.run(*arguments, "--output", "json").stdout)

    def process(self, *, files: int = 1) -> None:
        """Let the real DAG processor read every file of the bundle once."""
        self.airflow("dag-processor", "--num-runs", str(files))


def migrated(folder: Path, python: str, release: str) -> None:
    """Put a database of this Airflow into `folder`: made once, then copied."""
    kept = cache_folder() / f"airflow-{release}.db"
    with (cache_folder() / f"airflow-{release}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            Home(folder, folder, python=python).airflow("db", "migrate", seconds=300)
            shutil.copy(folder / "airflow.db", kept.with_suffix(".new"))
            kept.with_suffix(".new").replace(kept)
            return
    shutil.copy(kept, folder / "airflow.db")


class DagTester:
    """One process that runs DAG after DAG by `dag.test()`."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.log = (home.folder / "dag_tester.log").open("w")
        self._process = subprocess.Popen(
            [home.python, str(Path(__file__).parent / "dag_tester.py")],
            env=home.environment,
            cwd=home.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )

    def test(self, dag: str, **conf: Any) -> dict[str, Any]:
        """Run a DAG; returns its state, and state and record of every task instance."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"dag": dag, "conf": conf}) + "\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            if line.startswith("@answer "):
                answer: dict[str, Any] = json.loads(line.removeprefix("@answer "))
                assert "state" in answer, f"no DAG {dag}: {answer['errors']}"
                return answer
            self.log.write(line)
        pytest.fail(f"the process ended, see {self.log.name}")

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=60)
        self.log.close()
