"""A folder that this machine and the engine's share, instead of archives."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from mline_airflow.artifacts import ArtifactStore
from mline_airflow.stages.job import Job
from mline_airflow.stages.references import ROOT
from mline_airflow.stages.workspace import lay_out, remove_tree


def lay_out_shared(job: Job, store: ArtifactStore, shared: Path) -> Path:
    """Make the stage's folders below a folder that its container sees as well."""
    folder = Path(tempfile.mkdtemp(prefix="mline-stage-", dir=shared))
    folder.chmod(0o755)
    lay_out(job, store, folder, ROOT)
    # The container's user is not this process's.
    for name in ("code", "out", "adapted/in", "adapted/out"):
        if (folder / name).is_dir():
            (folder / name).chmod(0o777)
    return folder


def remove_shared(folder: Path) -> None:
    """Remove them again, whoever wrote there."""
    try:
        remove_tree(folder)
    except PermissionError:
        # What another user's stage wrote; the folder's name says what it was.
        shutil.rmtree(folder, ignore_errors=True)
