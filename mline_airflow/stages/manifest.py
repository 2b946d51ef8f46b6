"""What is put into a stage, file by file: the same list before a run and in its record."""

from __future__ import annotations

import hashlib
from typing import Any

from .injection import SHIM
from .job import SCRIPT, Job

OURS = "mline"


def manifest_of(job: Job) -> list[dict[str, Any]]:
    """Return every file that is put in, with path, sha256 in hex, size, and where it is from.

    `params.json` and `stage.json` are not in it: they hold what only the run knows, and may hold
    secrets, of which not even a hash is to be kept.
    """
    files = [(one.path, one.sha256, one.size) for one in job.code.entries if one.is_file]
    if job.shim is not None:
        files.append((SHIM, job.shim.hex, job.shim.size))
    origins = dict(job.code.origins)
    script = job.documents().get(SCRIPT)
    if script is not None:
        files.append((SCRIPT, hashlib.sha256(script).hexdigest(), len(script)))
        origins[SCRIPT] = f"{job.plan['path']} (run)"
    return [
        {"path": path, "sha256": sha256, "size": size, "from": origins.get(path, OURS)}
        for path, sha256, size in sorted(files)
    ]
