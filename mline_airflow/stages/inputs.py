"""Find what a task takes: records of other tasks, files of the project, URLs, other experiments."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from ..artifacts import Artifact, ArtifactStore, Entry
from ..dag_factory.plan import Input, Source
from ..failures import ArtifactMissingError, InputError, NotAllowedError
from ..records import Record, Records

All = Literal["all"]
RecordOf = Callable[[str, "int | All | None"], Any]
"""`record_of(task, index)`: a record; a list of them in order of instances for "all"."""

REMOTE_PROTOCOLS = frozenset(
    [
        "s3",
        "s3a",
        "gs",
        "gcs",
        "az",
        "abfs",
        "abfss",
        "adl",
        "hdfs",
        "webhdfs",
        "http",
        "https",
        "ftp",
        "sftp",
        "hf",
        "oci",
        "memory",
    ]
)
"""Protocols that an experiment may read from. None of them reads the files of this machine."""

_NAME_LENGTH = 200


@dataclass(frozen=True)
class Found:
    """What a source gives: an artifact, and what is known of it."""

    artifact: Artifact
    value: float | None = None
    each: tuple[str, ...] | None = None
    """For all instances of a sweep: the entry of each in the folder, in order."""
    items: tuple[Found, ...] | None = None
    """For a port that takes a list: what is in it; the entries of the folder are `0`, `1`, …."""


@dataclass(frozen=True)
class InputSources:
    """Where a task looks for its inputs."""

    store: ArtifactStore
    root: Path
    experiment_path: str
    record_of: RecordOf
    asset: Callable[[str], tuple[Record, str] | None] | None = None
    protocols: frozenset[str] = REMOTE_PROTOCOLS
    storage_options: Callable[[str], Mapping[str, Any]] = field(default=lambda _: {})

    def take(self, declared: Input, index_of: Callable[[Source], int | None]) -> Found:
        """Return what goes into a port; `index_of` says which instance of a source is meant."""
        if "items" not in declared:
            source = declared["source"]
            return self.find(source, index_of(source), declared["entity"])
        items = tuple(self.take(item, index_of) for item in declared["items"])
        entries: list[Entry] = []
        for position, item in enumerate(items):
            entries += self._below(str(position), item.artifact)
        return Found(self.store.compose(entries), items=items)

    def find(self, source: Source, index: int | None, entity: str) -> Found:
        """Return what a source gives to instance `index`; raises InputError when there is nothing.

        `index` is None when the task, or the task that it reads from, is not in a sweep.
        """
        if "task" in source:
            return self._from_task(source, index, entity)
        if "asset" in source:
            return self._from_asset(source["asset"], entity)
        return Found(self._from_file(source["file"], entity))

    def _from_task(self, source: Source, index: int | None, entity: str) -> Found:
        task, port = source["task"], source["port"]
        if source.get("each"):
            return self._each(task, port, entity)
        instance = source.get("instance", index)
        record = self.record_of(task, instance)
        return _output(record, port, entity, task)

    def _each(self, task: str, port: str, entity: str) -> Found:
        """Lay the outputs of all instances side by side, each under the name of its instance."""
        records = self.record_of(task, "all")
        if not records or any(record is None for record in records):
            raise InputError(f"'{entity}' needs all instances of '{task}', and some gave nothing")
        entries: list[Entry] = []
        names: list[str] = []
        for position, record in enumerate(records):
            artifact = _output(record, port, entity, task).artifact
            name = entry_name(record.get("instance"), position)
            names.append(name)
            entries += self._below(name, artifact)
        return Found(self.store.compose(entries), each=tuple(names))

    def _below(self, name: str, artifact: Artifact) -> list[Entry]:
        if artifact.kind == "file":
            return [Entry("file", name, artifact.size, artifact.hex)]
        inner = self.store.entries(artifact)
        if not inner:
            return [Entry("folder", name)]
        return [entry._replace(path=f"{name}/{entry.path}") for entry in inner]

    def _from_asset(self, asset: str, entity: str) -> Found:
        look_up = self.asset or Records(self.store).asset
        found = look_up(asset)
        if found is None:
            raise InputError(f"'{entity}' comes from '{asset}', which no run has given yet")
        record, port = found
        return _output(record, port, entity, str(record["task"]))

    def _from_file(self, reference: str, entity: str) -> Artifact:
        if "://" in reference or "::" in reference:
            return self._from_url(reference, entity)
        path = inside_project(self.root, self.experiment_path, reference, f"'{entity}'")
        try:
            return self.store.put(path, expect_known=True)
        except ArtifactMissingError as error:
            raise InputError(f"'{entity}': there is no file or folder '{reference}'") from error

    def _from_url(self, url: str, entity: str) -> Artifact:
        from fsspec.core import url_to_fs

        protocol = checked_protocol(url, self.protocols, entity)
        options = dict(self.storage_options(url))
        try:
            fs, path = url_to_fs(url, **options)
        except ImportError as error:
            raise InputError(
                f"'{entity}': reading {protocol}:// needs a package: {error}"
            ) from error
        with tempfile.TemporaryDirectory(prefix="mline-input-") as folder:
            target = Path(folder, "input")
            try:
                fs.get(path, str(target), recursive=fs.isdir(path))
            except FileNotFoundError as error:
                raise InputError(f"'{entity}': there is nothing at {url}") from error
            if not target.exists():
                raise InputError(f"'{entity}': there is nothing at {url}")
            return self.store.put(target, expect_known=True)


def inside_project(root: Path, experiment_path: str, reference: str, what: str) -> Path:
    """Return the real path of `reference`, read from the experiment's folder.

    Neither `..` nor a symbolic link leads out of the project: who may write an experiment may not
    read the machine that runs it.
    """
    if Path(reference).is_absolute():
        raise NotAllowedError(f"{what}: '{reference}' is absolute; name a path inside the project")
    real_root = root.resolve()
    path = (root / experiment_path).parent / reference
    real = path.resolve()
    if not real.is_relative_to(real_root):
        raise NotAllowedError(f"{what}: '{reference}' leads out of the project's folder")
    return real


def checked_protocol(url: str, allowed: frozenset[str], entity: str) -> str:
    """Return a URL's protocol if an experiment may use it."""
    protocol = url.partition("://")[0].lower()
    if "::" in url or protocol not in allowed:
        names = ", ".join(sorted(allowed))
        raise NotAllowedError(
            f"'{entity}': {url!r} is not allowed here; use a path or one of {names}"
        )
    return protocol


def entry_name(instance: str | None, position: int) -> str:
    """Return the file name of an instance's entry: its name (`depth=4`) where that can be one."""
    quoted = quote(instance or "", safe="=,+-_. ()")
    usable = quoted.strip(". ") and len(quoted) <= _NAME_LENGTH and not quoted.startswith(".")
    return quoted if usable else str(position)


def _output(record: Any, port: str, entity: str, task: str) -> Found:
    if not record:
        raise InputError(f"'{entity}' comes from '{task}', which has no record yet")
    outputs = record.get("outputs", {})
    if port not in outputs:
        raise InputError(f"'{entity}': the record of '{task}' has no output '{port}'")
    return Found(Artifact.from_json(outputs[port]), outputs[port].get("value"))
