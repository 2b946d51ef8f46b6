"""The same tests under the newest pre-release of Airflow 3.4, with its importer interface.

It has an environment of its own in the cache folder, because two Airflows cannot share one; what
runs there is this folder's tests, which then use the importer in place of the bundles.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from airflow_home import cache_folder

ROOT = Path(__file__).parents[2]
RELEASE = "apache-airflow>=3.4.0b2,<3.5"
PACKAGES = (
    "apache-airflow-providers-docker",
    "apache-airflow-providers-git",
    "pytest",
    "pytest-timeout",
)
CHOSEN = (
    "test_bundles.py",
    "test_runs.py",
    "test_scheduler.py::test_a_triggered_run_passes_its_conf_to_the_stages",
    "test_scheduler.py::test_the_instances_of_a_sweep_have_the_names_of_their_values",
    "test_scheduler.py::test_a_run_waits_for_an_entity_that_nothing_has_given_yet",
    "test_scheduler.py::test_a_renewed_entity_starts_the_experiments_that_wait_for_it",
    "test_scheduler.py::test_a_commit_pushed_meanwhile_does_not_change_a_run",
)


@pytest.fixture(scope="module")
def python() -> str:
    """Return the Python of an environment with Airflow 3.4, made at the first call."""
    uv = shutil.which("uv") or str(Path(sys.executable).parent / "uv")
    if not Path(uv).exists():
        pytest.skip("making the environment needs uv")
    folder = cache_folder() / "airflow-3.4"
    found = folder / "venv" / "bin" / "python"
    with (cache_folder() / "airflow-3.4.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            run(uv, "venv", "--quiet", "--python", sys.executable, str(folder / "venv"))
            install = (uv, "pip", "install", "--quiet", "--python", str(found))
            run(*install, "--prerelease=allow", RELEASE, *PACKAGES, cwd=folder)
            (folder / "ready").touch()
        # The project itself each time: its dependencies and entry points may have changed.
        install = (uv, "pip", "install", "--quiet", "--python", str(found))
        run(*install, "--prerelease=allow", "--editable", str(ROOT), cwd=folder)
    return str(found)


def run(*command: str, cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(900)
@pytest.mark.skipif(version("apache-airflow") >= "3.4", reason="this is 3.4 already")
def test_experiments_are_imported_and_run_by_airflow_3_4(python: str, tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "PYTEST"))}
    folder = Path(__file__).parent
    done = subprocess.run(
        [
            *(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-header"),
            *("--basetemp", str(tmp_path / "base")),
            *(str(folder / name) for name in CHOSEN),
        ],
        cwd=ROOT,
        env={**environment, "AIRFLOW_HOME": str(tmp_path / "home")},
        text=True,
        capture_output=True,
        check=False,
    )
    sys.stdout.write(done.stdout)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
