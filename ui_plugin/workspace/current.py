"""The workspace of this Airflow: opened once, again when the folder moves."""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from pathlib import Path

from mline_airflow.provider_settings import option

from ..errors import Refusal
from ..settings import Place, place, server_folder
from .exchange import Exchange
from .git import GitError
from .remote import Remote, UnreachableError
from .working_copy import WorkingCopy

_REFRESH_SECONDS = 10.0
_log = logging.getLogger(__name__)
_lock = threading.Lock()
_open: dict[Path, WorkingCopy] = {}
_refreshed: dict[Path, float] = {}


def workspace() -> WorkingCopy:
    """Return the workspace. Raises Refusal when there is none."""
    where = place()
    with _lock:
        root = _root(where)
        found = _open.get(root)
        if found is None:
            found = WorkingCopy.open(root, server_folder() / "git")
            found = dataclasses.replace(found, remote=_remote(where, found))
            _open[root] = found
    if where.repository:
        _refresh(found)
    return found


def _root(where: Place) -> Path:
    """Return the folder; a clone of the server's own is made when it is not there yet."""
    folder = where.folder
    if where.repository or where.connection:
        remote = _remote_of_bundle(where)
        if not (folder / ".git").exists():
            try:
                remote.clone(folder)
            except GitError as error:
                raise Refusal(
                    503, "workspace", f"{remote.shown} cannot be cloned: {remote.words(error)}"
                ) from None
        folder = folder / where.subdir
    try:
        return folder.resolve(strict=True)
    except OSError as error:
        raise Refusal(
            503,
            "workspace",
            f"the folder of the experiments, {folder}, is not there for the API server: "
            f"{error.strerror}",
        ) from error


def _remote_of_bundle(where: Place) -> Remote:
    """Return the repository of a Git bundle: Airflow's configuration names it, a local one too."""
    url = where.repository
    if not url:
        from airflow.providers.git.hooks.git import GitHook

        url = str(GitHook(where.connection).repo_url or "")
    return Remote(url, where.branch, where.connection, local=True)


def _remote(where: Place, here: WorkingCopy) -> Remote | None:
    """Return where saves are pushed to.

    The working copy's own configuration may name a repository elsewhere, and none on this machine:
    that one's hooks would run here.
    """
    if where.repository or where.connection:
        return _remote_of_bundle(where)
    wanted = option("workspace_remote")
    branch = here.git.branch()
    if here.own_history or branch is None or wanted == "off":
        return None
    url = (
        wanted or here.git.setting("remote.origin.pushurl") or here.git.setting("remote.origin.url")
    )
    if not url:
        return None
    name = branch.removeprefix("refs/heads/")
    return Remote(url, name, option("workspace_connection"), local=bool(wanted))


def _refresh(here: WorkingCopy) -> None:
    """Take in what others have pushed to a Git bundle's repository, behind the user's back."""
    now = time.monotonic()
    with _lock:
        if now - _refreshed.get(here.root, -_REFRESH_SECONDS) < _REFRESH_SECONDS:
            return
        _refreshed[here.root] = now
    threading.Thread(target=_take_in, args=(here,), name="mline-fetch", daemon=True).start()


def _take_in(here: WorkingCopy) -> None:
    assert here.remote is not None  # noqa: S101 - a clone has one
    try:
        with here.locked():
            Exchange(here, here.remote).take_in()
    except (GitError, Refusal, UnreachableError) as error:
        _log.warning("%s: %s", here.remote.shown, error)
