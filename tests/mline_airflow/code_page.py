"""The project that the examples of docs/code.md are."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/code.md"
_FILE = re.compile(r'^```\w+ title="([^"]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)
_CONSOLE = re.compile(r"^```console\n\$ ([^\n]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def write_project(folder: Path) -> None:
    """Write every file of the page."""
    for name, text in _FILE.findall(PAGE.read_text("utf-8")):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def commands() -> list[tuple[str, str]]:
    """Return every command of the page, and what it prints."""
    return _CONSOLE.findall(PAGE.read_text("utf-8"))


def experiments() -> list[str]:
    """Return the ids of its experiments."""
    names = [name for name, _ in _FILE.findall(PAGE.read_text("utf-8"))]
    suffix = ".mline.yaml"
    return [n.removesuffix(suffix) for n in names if n.endswith(suffix) and ".types." not in n]
