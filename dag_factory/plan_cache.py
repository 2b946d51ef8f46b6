"""Plans on disk by the content that they came from: shared by processes, safe to delete.

An entry is named by the experiment's text and place, the profile and this compiler; inside are the
plan and what else it depended on (libraries, other experiments, code that was looked at), each with
a digest or the fact that it was there. An entry that is unreadable or out of date is not there.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

import msgspec

from mline_airflow import __version__

from .files import fingerprint
from .plan import PLAN_VERSION, Plan

_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder().decode


class PlanCache:
    """A folder of compiled plans."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._checked: dict[tuple[str, str], tuple[tuple[int, int], bool]] = {}

    def key(self, text: str, *surroundings: str) -> str:
        """Return the name of the entry for a text in its surroundings."""
        parts = "\0".join((compiler(), *surroundings, text))
        return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()

    def _path(self, key: str) -> str:
        return f"{self.folder}/{key[:1]}/{key[1:]}.json"

    def get(self, key: str, root: Path) -> Plan | None:
        """Return the plan when nothing that it depended on has changed."""
        try:
            with open(self._path(key), "rb") as file:  # noqa: PTH123 - once a DAG, and half the cost
                entry = _DECODE(file.read())
        except (OSError, ValueError):
            return None
        try:
            current = all(
                self._is_current(root, path, known) for path, known in entry["asked"].items()
            )
            plan: Plan = entry["plan"]
        except (KeyError, TypeError, AttributeError):
            return None
        return plan if current else None

    def _is_current(self, root: Path, relative: str, known: str) -> bool:
        path = os.path.join(root, relative)  # noqa: PTH118 - this runs once a dependency of a DAG
        try:
            status = os.stat(path)  # noqa: PTH116
        except OSError:
            return known == ""
        stamp = (status.st_mtime_ns, status.st_size)
        checked = self._checked.get((path, known))
        if checked is None or checked[0] != stamp:
            checked = (stamp, fingerprint(Path(path), known) == known)
            self._checked[path, known] = checked
        return checked[1]

    def put(self, key: str, plan: Plan, asked: Mapping[str, str], root: Path) -> None:
        """Keep a plan; a folder that cannot be written to keeps nothing, and that is no error."""
        entry = {
            "plan": plan,
            "asked": {os.path.relpath(path, root): known for path, known in asked.items()},
        }
        path = self._path(key)
        draft = f"{path}.{os.getpid()}.{threading.get_ident()}.tmp"
        with suppress(OSError, UnicodeEncodeError):  # half of a surrogate pair is no UTF-8
            try:
                _write(draft, _ENCODE(entry))
                os.replace(draft, path)  # noqa: PTH105 - once a new plan, strings cost less
            except OSError:
                Path(draft).unlink(missing_ok=True)


def _write(path: str, data: bytes) -> None:
    try:
        file = open(path, "wb")  # noqa: PTH123, SIM115
    except FileNotFoundError:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        file = open(path, "wb")  # noqa: PTH123, SIM115
    with file:
        file.write(data)


@cache
def compiler() -> str:
    """Return what names this compiler: its version, and its own files while it is developed."""
    here = Path(__file__).parent
    stamps = [
        f"{file.name}:{file.stat().st_mtime_ns}"
        for folder in (here, here / "rules", here.parent / "schemas", here.parent / "schemas/types")
        if folder.is_dir()
        for file in sorted(folder.iterdir())
        if file.suffix in {".py", ".json", ".yaml"}
    ]
    return f"{__version__} {PLAN_VERSION} {' '.join(stamps)}"
