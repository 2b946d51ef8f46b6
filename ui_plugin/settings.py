"""The options of `[mline]` that are about the editor, and the workspace that they mean."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from airflow.configuration import AIRFLOW_HOME
from airflow.sdk.configuration import conf

from mline_airflow.provider_settings import option

from .errors import Refusal

_FOLDER_BUNDLES = ("MLineDagBundle", "LocalDagBundle")
_GIT_BUNDLES = ("MLineGitDagBundle", "GitDagBundle")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the workspace is. With a `repository` the API server keeps a clone of its own."""

    bundle: str
    """The DAG bundle that shows it, empty when `[mline] workspace` names a folder of no bundle."""
    folder: Path
    repository: str = ""
    branch: str = ""
    subdir: str = ""
    connection: str = ""


def server_folder() -> Path:
    """Return the folder in which this API server keeps what is its own."""
    return Path(AIRFLOW_HOME, "mline")


def number(name: str, default: float) -> float:
    """Return an option that is a number."""
    return float(option(name) or default)


@cache
def place() -> Place:
    """Return the workspace of Airflow's configuration, which stays while the process lives.

    Raises Refusal when there is none; the text says what to set.
    """
    wanted = option("workspace")
    bundles = _bundles()
    for bundle in bundles:
        if wanted and not _is_wanted(wanted, bundle):
            continue
        kind = str(bundle.get("classpath", "")).rpartition(".")[2]
        # Without a name it is the first that is MLine's own, or any when there is no such one.
        if wanted or kind.startswith("MLine") or bundle is bundles[-1]:
            return _place_of(bundle, kind)
    if wanted and Path(wanted).expanduser().is_absolute():
        return Place("", Path(wanted).expanduser())
    names = ", ".join(str(bundle.get("name")) for bundle in bundles) or "none"
    raise Refusal(
        503,
        "workspace",
        f"[mline] workspace is '{wanted}', which is neither a DAG bundle ({names}) nor the "
        "absolute path of a folder",
    )


def _is_wanted(wanted: str, bundle: dict[str, Any]) -> bool:
    path = (bundle.get("kwargs") or {}).get("path")
    same = path and Path(path).expanduser() == Path(wanted).expanduser()
    return bool(bundle.get("name") == wanted or same)


def _bundles() -> list[dict[str, Any]]:
    text = conf.get("dag_processor", "dag_bundle_config_list", fallback="") or "[]"
    try:
        found = json.loads(text)
    except ValueError:
        return []
    return [one for one in found if isinstance(one, dict)]


def _place_of(bundle: dict[str, Any], kind: str) -> Place:
    name, kwargs = str(bundle.get("name")), bundle.get("kwargs") or {}
    if kind in _GIT_BUNDLES:
        key = hashlib.sha256(json.dumps(kwargs, sort_keys=True).encode()).hexdigest()[:8]
        return Place(
            name,
            server_folder() / "workspace" / f"{name}-{key}",
            repository=str(kwargs.get("repo_url") or ""),
            branch=str(kwargs.get("tracking_ref") or "main"),
            subdir=str(kwargs.get("subdir") or ""),
            connection=str(kwargs.get("git_conn_id") or ""),
        )
    if kind in _FOLDER_BUNDLES:
        path = kwargs.get("path") or conf.get("core", "dags_folder")
        return Place(name, Path(path).expanduser())
    raise Refusal(
        503,
        "workspace",
        f"the DAG bundle '{name}' is neither a folder nor a Git repository; name another one in "
        "[mline] workspace",
    )
