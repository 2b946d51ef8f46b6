"""The names of artifacts: what they are, and where they lie in a store."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .tree import Entry, encode

Kind = Literal["file", "folder"]
PREFIX = "sha256:"


@dataclass(frozen=True, slots=True)
class Artifact:
    """The name of immutable content. `size` is in bytes, `files` how many it has."""

    digest: str
    size: int
    kind: Kind
    files: int = 1

    @property
    def hex(self) -> str:
        """The digest without its algorithm."""
        return self.digest.removeprefix(PREFIX)

    @property
    def key(self) -> str:
        """Where it lies in a store."""
        return object_key(self.kind, self.hex)

    def as_json(self) -> dict[str, Any]:
        """Return it as records hold it."""
        return {"digest": self.digest, "size": self.size, "kind": self.kind, "files": self.files}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Artifact:
        """Read it from a record."""
        return cls(data["digest"], data["size"], data["kind"], data["files"])


def object_key(kind: Kind, sha256: str) -> str:
    """Return the key of an object; a folder's object is its manifest."""
    return f"{kind}s/{sha256[:2]}/{sha256}"


def folder_artifact(entries: Iterable[Entry]) -> Artifact:
    """Return the artifact of a folder with these entries."""
    listed = list(entries)
    files = [entry for entry in listed if entry.is_file]
    digest = PREFIX + hashlib.sha256(encode(listed)).hexdigest()
    return Artifact(digest, sum(entry.size for entry in files), "folder", len(files))
