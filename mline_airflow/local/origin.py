"""Where a run comes from: its id, the user, the commit."""

from __future__ import annotations

import getpass
import os
import secrets
import subprocess
from datetime import UTC, datetime
from pathlib import Path


def new_run_id() -> str:
    """Return an id that sorts by time and is a valid run id of Airflow, too."""
    return f"local__{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}_{secrets.token_hex(3)}"


def user_name() -> str | None:
    """Return who runs this, None where the system does not know."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None


def git_commit(root: Path) -> str | None:
    """Return the Git commit of a project, with `+` when files differ from it; None without Git."""

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            check=True,
            text=True,
            # Asking must not take the lock that somebody's `git add` waits for.
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
            timeout=10,
        )
        return done.stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "--", ".") else "")
    except (OSError, subprocess.SubprocessError):
        return None
