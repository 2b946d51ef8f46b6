"""The wheel: one top-level name, everything inside, and it works where nothing else is."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FOLDERS = {
    "mline_airflow": "mline_airflow",
    "dag_factory": "mline_airflow/dag_factory",
    "schemas": "mline_airflow/schemas",
    "ui_plugin": "mline_airflow/ui_plugin",
    "examples": "mline_airflow/examples",
}
"""Folder of the checkout -> where it is installed."""

NOT_PYTHON = ("ui_plugin/core/", "ui_plugin/editor/", "ui_plugin/web/")
"""What is built into the static files of the plugin is not installed as source."""


def contents(root: Path, project_files: tuple[str, ...]) -> Iterator[str]:
    """Yield the files of the checkout that belong into the wheel."""
    for name in project_files:
        path = root / name
        if name.partition("/")[0] not in FOLDERS or name.startswith(NOT_PYTHON):
            continue
        if path.is_file() and not path.is_symlink():
            yield name


def installed_as(name: str) -> str:
    """Return the path in the wheel of a file of the checkout."""
    folder, _, rest = name.partition("/")
    return f"{FOLDERS[folder]}/{rest}"


@pytest.fixture(scope="session")
def names(wheel: Path) -> set[str]:
    """Return the names of the files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the interpreter of an environment with the wheel, what it requires, no more."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run(["uv", "venv", "--quiet", "--python", sys.executable, folder], check=True)
    python = folder / "bin" / "python"
    subprocess.run(["uv", "pip", "install", "--quiet", "--python", python, wheel], check=True)
    return python


def run(python: Path, *words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the installed `mline` in a folder that is not the checkout."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    command = [python.with_name("mline"), *words]
    return subprocess.run(command, cwd=cwd, env=kept, capture_output=True, text=True, check=False)


def test_the_wheel_has_one_top_level_name(names: set[str]) -> None:
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"mline_airflow"}


def test_the_wheel_holds_every_file_of_the_installed_folders(
    root: Path, project_files: tuple[str, ...], names: set[str]
) -> None:
    wanted = {installed_as(name) for name in contents(root, project_files)}
    assert sorted(wanted - names) == []


def test_the_wheel_holds_nothing_else(
    root: Path, project_files: tuple[str, ...], names: set[str]
) -> None:
    wanted = {installed_as(name) for name in contents(root, project_files)}
    static = "mline_airflow/ui_plugin/static/"
    more = {n for n in names if ".dist-info/" not in n and not n.startswith(static)}
    assert sorted(more - wanted) == []


def test_the_wheel_carries_the_built_editor(root: Path, names: set[str]) -> None:
    folder = root / "ui_plugin" / "static"
    built = [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()]
    assert "index.html" in built, "the editor is not built: make web"
    assert sorted({f"mline_airflow/ui_plugin/static/{name}" for name in built} - names) == []


def test_the_wheel_carries_the_licence(names: set[str]) -> None:
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_setup_cfg_lists_every_package(root: Path, project_files: tuple[str, ...]) -> None:
    config = configparser.ConfigParser()
    config.read(root / "setup.cfg")
    listed = config["options"]["packages"].split()
    found = {
        Path(installed_as(name)).parent.as_posix().replace("/", ".")
        for name in contents(root, project_files)
        if name.endswith("/__init__.py") and "/templates/" not in name and "/types/" not in name
    }
    assert sorted(listed) == sorted(found)


def test_the_lock_file_has_what_setup_cfg_requires(root: Path) -> None:
    config = configparser.ConfigParser()
    config.read(root / "setup.cfg")
    wanted = [config["options"]["install_requires"], *config["options.extras_require"].values()]
    lines = (root / "requirements.lock").read_text("utf-8").splitlines()
    locked = dict(m.groups() for line in lines if (m := re.match(r"([a-z0-9-]+)==(\S+)", line)))
    for text in "\n".join(wanted).split("\n"):
        if text.strip():
            needed = Requirement(text)
            version = locked.get(canonicalize_name(needed.name))
            assert version, f"{needed.name} is not locked: make lock"
            assert needed.specifier.contains(version, prereleases=True), f"{needed}: make lock"


def test_the_installed_command_explains_itself(installed: Path, tmp_path: Path) -> None:
    done = run(installed, "--help", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "mline check" in done.stdout


def test_the_installed_command_checks_an_experiment(
    installed: Path, root: Path, tmp_path: Path
) -> None:
    done = run(installed, "check", root / "examples" / "iris", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_installed_command_finds_a_mistake(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "wrong.mline.yaml").write_text(
        "mline: 1\nexperiment: wrong\nstages:\n  fit:\n    takes: {data: nothing}\n"
        "    command: [fit]\n"
    )
    done = run(installed, "check", cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "wrong.mline.yaml:5:" in done.stdout
    assert "'nothing'" in done.stdout


def test_the_command_line_does_not_import_airflow(root: Path, tmp_path: Path) -> None:
    program = (
        "import sys; from mline_airflow.cli import main; "
        "status = main(['check', sys.argv[1]]); "
        "print(sorted({m.partition('.')[0] for m in sys.modules} & "
        "{'airflow', 'pandas', 'numpy', 'docker', 'kubernetes'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, root / "examples" / "iris"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines()[-1:] == ["[]"], done.stdout + done.stderr
