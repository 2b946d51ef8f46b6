"""Remove what no record names any more."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from ..failures import ArtifactMissingError
from .artifact import Artifact, object_key
from .local import DRAFTS
from .objects import ArtifactStore


class Collected(NamedTuple):
    """What a collection removed, or would remove."""

    objects: int
    bytes: int
    drafts: int
    kept: int


GRACE = timedelta(days=7)


def collect_garbage(
    store: ArtifactStore,
    named: Iterable[Artifact],
    *,
    grace: timedelta = GRACE,
    dry_run: bool = False,
) -> Collected:
    """Remove every object that none of `named` needs and that is older than `grace`.

    Young objects stay, because a stage that is ending stores its outputs before its record; `put`
    of known content makes it young again. Objects are listed before `named` is read (pass an
    iterator over the records), so a record that appears meanwhile finds its artifacts. When a
    record cannot be read, the error of the iterator ends the collection before anything is removed.
    """
    limit = time.time() - grace.total_seconds()
    listed = [found for kind in ("files", "folders") for found in store.files.walk(kind)]
    marked = _mark(store, named)
    removed = size = 0
    for found in listed:
        if found.key in marked or found.modified >= limit:
            continue
        removed += 1
        size += found.size
        if not dry_run:
            store.files.remove(found.key)
    drafts = [found for found in store.files.walk(DRAFTS) if found.modified < limit]
    if not dry_run:
        for found in drafts:
            store.files.remove(found.key)
        _forget_hits(store, limit)
    return Collected(removed, size, len(drafts), len(listed) - removed)


def _mark(store: ArtifactStore, named: Iterable[Artifact]) -> set[str]:
    marked: set[str] = set()
    for artifact in named:
        if artifact.key in marked:
            continue
        marked.add(artifact.key)
        if artifact.kind == "folder":
            try:
                entries = store.entries(artifact)
            except ArtifactMissingError:
                continue  # it was lost before; nothing of it can be kept
            marked.update(object_key("file", e.sha256) for e in entries if e.is_file)
    return marked


def _forget_hits(store: ArtifactStore, limit: float) -> None:
    """Remove old entries of the cache whose outputs are gone."""
    for found in list(store.files.walk("cache")):
        if found.modified >= limit:
            continue
        try:
            outputs = json.loads(store.files.read(found.key))["outputs"].values()
            whole = all(store.has(Artifact.from_json(output)) for output in outputs)
        except (FileNotFoundError, ValueError, KeyError):
            whole = False
        if not whole:
            store.files.remove(found.key)
