"""The examples of docs/command-line.md print what the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/command-line.md"
ANY = "…"


def examples() -> list[tuple[str, str]]:
    """Return every command of the page and what it prints."""
    found = []
    for block in re.findall(
        r"^```console\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    ):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


def matches(expected: str, printed: str) -> bool:
    """Compare; a line `…` stands for any lines, `…` in a line for any text."""
    pattern = re.escape(expected.rstrip())
    pattern = re.sub(rf"(^|\n){ANY}(?=\n|$)", r"(?:\1[^\0]*?)", pattern.replace("\\\n", "\n"))
    return re.fullmatch(pattern.replace(ANY, "[^\n]*"), printed.rstrip()) is not None


def test_examples_of_the_page_print_what_it_says(tmp_path: Path) -> None:
    program = tmp_path / "bin/mline"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m mline_airflow.cli "$@"\n', "utf-8")
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "NO_COLOR": "1"}
    folder = tmp_path
    commands = examples()
    assert len(commands) > 15
    for command, expected in commands:
        if command.startswith("cd "):
            folder /= command.removeprefix("cd ")
            continue
        done = subprocess.run(
            ["sh", "-c", f"({command}) 2>&1"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert matches(expected, done.stdout), (
            f"$ {command}\n{done.stdout}\n--- expected\n{expected}"
        )


def test_page_tells_of_every_command() -> None:
    from mline_airflow.cli.commands import mline

    text = PAGE.read_text("utf-8")
    for name in mline.list_commands(None):  # type: ignore[arg-type]
        assert re.search(rf"^## {name}$", text, re.MULTILINE) or f"`mline {name} " in text
