"""Copies of outputs where an entity's `at` says: a place in the project, or a URL."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..artifacts import Artifact, ArtifactStore
from ..failures import NotAllowedError
from .inputs import REMOTE_PROTOCOLS, checked_protocol, inside_project
from .workspace import remove_tree


def publish(
    store: ArtifactStore,
    artifact: Artifact,
    place: str,
    *,
    root: Path,
    experiment_path: str,
    options: Mapping[str, Any],
    protocols: frozenset[str] = REMOTE_PROTOCOLS,
) -> None:
    """Copy an artifact to `place`; what was there before is replaced when the copy is whole."""
    if "://" in place:
        _to_url(store, artifact, place, options, protocols)
        return
    target = inside_project(root, experiment_path, place, "entity")
    if target == root.resolve():
        raise NotAllowedError(f"'{place}' is the project's own folder")
    target.parent.mkdir(parents=True, exist_ok=True)
    old = target.with_name(f".{target.name}.{secrets.token_hex(4)}.old")
    new = old.with_suffix(".new")
    store.get(artifact, new)
    if target.is_dir() or (target.exists() and artifact.kind == "folder"):
        target.rename(old)
    new.replace(target)
    if old.is_dir():
        remove_tree(old)
    else:
        old.unlink(missing_ok=True)


def _to_url(
    store: ArtifactStore,
    artifact: Artifact,
    url: str,
    options: Mapping[str, Any],
    protocols: frozenset[str],
) -> None:
    import tempfile

    from fsspec.core import url_to_fs

    checked_protocol(url, protocols, url)
    fs, path = url_to_fs(url, **options)
    with tempfile.TemporaryDirectory(prefix="mline-output-") as folder:
        local = Path(folder, "output")
        store.get(artifact, local)
        if artifact.kind == "folder" and fs.exists(path):
            fs.rm(path, recursive=True)
        fs.makedirs(path.rpartition("/")[0], exist_ok=True)
        fs.put(str(local), path, recursive=artifact.kind == "folder")
