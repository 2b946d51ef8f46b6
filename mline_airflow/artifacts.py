"""Content-addressed artifacts: the names that the rest of MLine uses."""

from __future__ import annotations

from .store.artifact import Artifact, Kind, folder_artifact
from .store.collect import Collected, collect_garbage
from .store.objects import ArtifactStore
from .store.tree import Entry

__all__ = [
    "Artifact",
    "ArtifactStore",
    "Collected",
    "Entry",
    "Kind",
    "collect_garbage",
    "folder_artifact",
]
