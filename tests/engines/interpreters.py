"""Other Pythons of this machine: what runs in images has to run on any from 3.8 on."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

VERSIONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13")


def interpreter(version: str) -> Path:
    """Return the interpreter of a version; leave the test out, and say so, when there is none."""
    found = _find(version)
    if found is None:
        pytest.skip(f"there is no Python {version} here")
    return found


@functools.cache
def _find(version: str) -> Path | None:
    if version == "{}.{}".format(*sys.version_info):
        return Path(sys.executable)
    return next((path for path in _candidates(f"python{version}") if _runs(path)), None)


def _candidates(name: str) -> Iterator[Path]:
    """Yield programs of that name: on the path, and those that pyenv keeps behind its shims."""
    for entry in os.environ["PATH"].split(os.pathsep):
        folder = Path(entry)
        if folder.name == "shims":
            yield from sorted((folder.parent / "versions").glob(f"*/bin/{name}"))
        elif (folder / name).is_file():
            yield folder / name


def _runs(path: Path) -> bool:
    return subprocess.run([path, "-V"], capture_output=True, check=False).returncode == 0
