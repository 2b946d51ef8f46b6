"""The examples of docs/code.md run, and print what the page says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from code_page import commands, experiments, write_project
from test_cli_docs import matches


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("code")
    write_project(folder)
    return folder


def test_every_experiment_of_the_page_is_run_by_it() -> None:
    run = {command.split()[2] for command, _ in commands() if command.startswith("mline run")}
    assert run == set(experiments())


@pytest.mark.parametrize(
    ("command", "expected"), commands(), ids=[command for command, _ in commands()]
)
def test_a_command_of_the_page_prints_what_it_says(
    project: Path, command: str, expected: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mline_airflow.cli", *command.split()[1:]],
        cwd=project,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert matches(expected, done.stdout + done.stderr), done.stdout + done.stderr
