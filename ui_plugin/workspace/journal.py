"""What a save is about to do, written down first: a killed server leaves all of it, or nothing."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

_FILE = "pending.json"


@dataclass(frozen=True, slots=True)
class Pending:
    """A save whose commit is made and whose files and reference may not be in place yet."""

    old: str | None
    """The commit that the branch was at."""
    new: str
    before: dict[str, str | None]
    """Path in the workspace -> revision, None when there was no file."""
    after: dict[str, str | None]


def write(folder: Path, pending: Pending) -> None:
    """Write it down, durably."""
    temporary = folder / f"{_FILE}.new"
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(
            {
                "old": pending.old,
                "new": pending.new,
                "before": pending.before,
                "after": pending.after,
            },
            file,
        )
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / _FILE)


def read(folder: Path) -> Pending | None:
    """Return what was being done, if anything was."""
    try:
        text = (folder / _FILE).read_text("utf-8")
    except FileNotFoundError:
        return None
    try:
        found = json.loads(text)
        return Pending(found["old"], found["new"], found["before"], found["after"])
    except (ValueError, KeyError, TypeError):
        forget(folder)
        return None


def forget(folder: Path) -> None:
    """Remove it: all is in place."""
    with contextlib.suppress(FileNotFoundError):
        (folder / _FILE).unlink()
