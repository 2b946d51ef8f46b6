"""The workspace of this Airflow: opened once, again when the folder moves."""

from __future__ import annotations

import threading
from pathlib import Path

from ..errors import Refusal
from ..settings import place, server_folder
from .working_copy import WorkingCopy

_lock = threading.Lock()
_open: dict[Path, WorkingCopy] = {}


def workspace() -> WorkingCopy:
    """Return the workspace. Raises Refusal when there is none."""
    where = place()
    try:
        root = where.folder.resolve(strict=True)
    except OSError as error:
        raise Refusal(
            503,
            "workspace",
            f"the folder of the experiments, {where.folder}, is not there for the API server: "
            f"{error.strerror}",
        ) from error
    with _lock:
        found = _open.get(root)
        if found is None:
            found = _open[root] = WorkingCopy.open(root, server_folder() / "git")
        return found
