"""The Python that stages of this machine find, and what is installed beside it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import subprocess
import sys
from functools import cache

from mline_airflow.failures import StageError

_LIMIT = 60.0
_ASKED = "import json,platform,sys;print(json.dumps([platform.python_version(),sys.path[1:]]))"


@cache
def digest_of(python: str) -> str:
    """Return a digest of the Python and of the packages that a stage will find.

    The names of the packages' metadata folders hold name and version; reading them is quick.
    Raises StageError for what is no Python.
    """
    if python == sys.executable:
        version, paths = platform.python_version(), tuple(sys.path)
    else:
        version, paths = _ask(python)
    packages = set()
    for path in paths:
        with contextlib.suppress(OSError):
            packages |= {e.name for e in os.scandir(path or ".") if e.name.endswith(".dist-info")}
    text = "\n".join([version, platform.machine(), platform.system(), *sorted(packages)])
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _ask(python: str) -> tuple[str, tuple[str, ...]]:
    """Return the version of another Python, and where it looks for packages."""
    import json

    command = [python, "-c", _ASKED]
    try:
        told = subprocess.run(command, capture_output=True, check=True, text=True, timeout=_LIMIT)
        version, paths = json.loads(told.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        message = (
            f"the profile's `python` '{python}' is no Python that stages can run with: "
            f"{_reason(error)}; name another one, or none for the one that runs MLine"
        )
        raise StageError(message, code="command-not-found") from error
    return version, tuple(paths)


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.TimeoutExpired):
        return f"it did not answer within {error.timeout:g} s"
    if isinstance(error, subprocess.CalledProcessError):
        return (error.stderr or "").strip().rpartition("\n")[2] or "it failed"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "it did not answer as a Python does"
