"""What every test shares: a clean environment, and folders that are its own."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "engines"))

from docker_engine import docker_engine

__all__ = ["docker_engine"]

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure() -> None:
    """Keep the user's own settings away from every test; put this environment's commands first."""
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for name in [n for n in os.environ if n.startswith(("MLINE_", "AIRFLOW__MLINE__"))]:
        del os.environ[name]
    # What a shell starts in the background ignores interrupts, and so would all that tests start.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # Importing Airflow writes its configuration: not into the user's home.
    home = tempfile.mkdtemp(prefix="mline-airflow-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ["AIRFLOW_HOME"] = home


_WITH_AIRFLOW = ("airflow", "browser", "ui_plugin")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave what starts an Airflow for the end: it runs until the session ends, and takes time."""
    items.sort(
        key=lambda item: item.path.relative_to(Path(__file__).parent).parts[0] in _WITH_AIRFLOW
    )


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the folder of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def cache_folder() -> Path:
    """Return the folder for downloads and environments that outlive a test run."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "mline-tests"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def project_files() -> tuple[str, ...]:
    """Return the files of the checkout that Git has, or would take, relative to its folder."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(name for name in listed.split("\0") if name and os.path.lexists(ROOT / name))


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory, project_files: tuple[str, ...]) -> Path:
    """Return a wheel of the project, built from a copy without what a build leaves behind.

    The editor's bundle is what is built: it comes along.
    """
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    static = (ROOT / "ui_plugin" / "static").rglob("*")
    bundle = [path.relative_to(ROOT).as_posix() for path in static if path.is_file()]
    for name in [*project_files, *bundle]:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, source / name, follow_symlinks=False)
    # As a checkout has it in which the examples ran.
    for name in ("examples/.mline/store/x", "examples/iris/src/__pycache__/x.pyc"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).touch()
    subprocess.run(
        ["uv", "build", "--quiet", "--wheel", "--no-build-isolation", "--out-dir", folder, source],
        check=True,
        env={**os.environ, "VIRTUAL_ENV": sys.prefix},
    )
    (built,) = folder.glob("*.whl")
    return built
