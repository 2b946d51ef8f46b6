"""The environment of a service that is a process, and of the commands that ask whether it is ready.

Never the worker's: that has connections and keys. What is secret is in no file: a process that has
not started the service itself reads it from the service's keeper, while that lives.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mline_airflow.runners.process import _INHERITED

from .pid import is_alive
from .process_state import processes_in
from .spec import Spec


def environment_for(spec: Spec, home: Path, host: str) -> dict[str, str]:
    """Return what a service that lies in `home` is started with."""
    return {**_basis(home, spec.python), **public_variables(spec, host), **spec.env, **_own(home)}


def environment_in(home: Path) -> dict[str, str]:
    """Return the environment of a service that somebody else has started.

    Where its keeper cannot be asked any more, or not by this system, its secrets are missing.
    """
    keeper = processes_in(home).get("keeper", (0, ""))
    with contextlib.suppress(OSError):
        data = Path(f"/proc/{keeper[0]}/environ").read_bytes()
        pairs = (item.partition(b"=") for item in data.split(b"\0") if item)
        found = {os.fsdecode(key): os.fsdecode(value) for key, _, value in pairs}
        # Looked at last: the number might have become another process's before it was read.
        if keeper[0] and is_alive(*keeper):
            return found
    return {**_basis(home), **_told(home), **_own(home)}


def public_variables(spec: Spec, host: str) -> dict[str, str]:
    """Return the variables of a service that hold no secret: a file may have them."""
    masked = [value for value in spec.masked if value]
    public = {
        name: value
        for name, value in spec.env.items()
        if not any(secret in value for secret in masked)
    }
    return {**port_variables(spec, host), **public}


def port_variables(spec: Spec, host: str) -> dict[str, str]:
    """Return where a service is to listen: `<ENDPOINT>_HOST`, `<ENDPOINT>_PORT`, and `PORT`."""
    offers = spec.service["offers"]
    variables = {f"{name.upper()}_HOST": host for name in offers}
    variables |= {f"{name.upper()}_PORT": str(offer["port"]) for name, offer in offers.items()}
    if len(offers) == 1:
        variables["PORT"] = str(next(iter(offers.values()))["port"])
    return variables


def _basis(home: Path, python: str | None = None) -> dict[str, str]:
    from mline_airflow.quickstart.state import MARK

    own = {k: v for k, v in os.environ.items() if k in _INHERITED or k.startswith("LC_")}
    if MARK in os.environ:
        own[MARK] = os.environ[MARK]  # a quickstart that ends takes its services along
    beside = str(Path(python or sys.executable).parent)
    own["PATH"] = os.pathsep.join([beside, own.get("PATH", os.defpath)])
    return {**own, "TMPDIR": str(home / "tmp"), "PYTHONUNBUFFERED": "1"}


def _own(home: Path) -> dict[str, str]:
    return {"MLINE_FILES": str(home / "files")}


def _told(home: Path) -> dict[str, str]:
    """Return what the service's own file has of its variables."""
    with contextlib.suppress(OSError, ValueError):
        told: Mapping[str, Any] = json.loads((home / "instance.json").read_text("utf-8"))
        return {str(name): str(value) for name, value in told.get("variables", {}).items()}
    return {}
