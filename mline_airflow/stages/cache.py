"""The cache: an earlier record stands in for a stage that would do the same again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from ..artifacts import ArtifactStore
from ..failures import StoreError
from ..records import GOOD, Record, artifacts_of, json_text

KEY_VERSION = 1


def cache_key(what: Mapping[str, Any]) -> str:
    """Return the sha256 of everything that decides a stage's result, as canonical JSON."""
    text = json.dumps(
        {"key": KEY_VERSION, **what},
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
        allow_nan=False,
    )
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


class Cache:
    """The index `cache/<key>.json` of a store. Two writers of one key are both right."""

    def __init__(self, store: ArtifactStore) -> None:
        self.store = store

    def find(self, key: str) -> Record | None:
        """Return the record of a hit; a record whose artifacts are gone is none."""
        try:
            data = self.store.files.read(_place(key))
            record: Record = json.loads(data)
        except FileNotFoundError:
            return None
        except ValueError:
            return None  # damaged: the stage runs and writes it anew
        if record.get("status") != GOOD:
            return None
        outputs = [*artifacts_of({"outputs": record["outputs"]})]
        try:
            if not all(self.store.has(artifact) for artifact in outputs):
                return None
            for artifact in outputs:
                self.store.touch(artifact)
        except (FileNotFoundError, StoreError):
            return None
        return record

    def keep(self, key: str, record: Record) -> None:
        """Let a good record answer for its key."""
        self.store.files.write(_place(key), json_text(record).encode("utf-8"))


def _place(key: str) -> str:
    return f"cache/{key[:2]}/{key}.json"
