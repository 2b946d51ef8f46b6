"""What a local run is told and what it tells: options, events, results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..dag_factory.plan import Task
from ..records import Record
from ..runners.runner import Runner
from ..stages.protocol import CacheMode

Status = Literal["success", "failed", "cancelled"]
EventKind = Literal["started", "log", "ended", "cached", "skipped", "failed", "not_run", "note"]


@dataclass(frozen=True, slots=True)
class Node:
    """A task, or one instance of it in a sweep."""

    task: str
    index: int | None = None


@dataclass(frozen=True)
class Event:
    """Something that happened. `name` is what a person calls it: `fit[depth=4]`."""

    kind: EventKind
    task: str
    index: int | None = None
    name: str = ""
    text: str = ""
    record: Record | None = None
    error: BaseException | None = None


@dataclass(frozen=True)
class RunResult:
    """What came of a run. `gate` is None when the gate was not reached, or there is none."""

    experiment: str
    run: str
    status: Status
    records: Mapping[Node, Record]
    metrics: Mapping[str, float | None]
    gate: bool | None
    errors: Mapping[Node, BaseException]
    not_run: tuple[Node, ...] = ()
    skipped: Mapping[Node, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """How to run. `stage` and `from_stage` narrow a run; what is left out is read from records."""

    params: Mapping[str, Any] = field(default_factory=dict)
    stage: str | None = None
    from_stage: str | None = None
    cache: CacheMode | None = None
    """None: as the stages say. False: neither read nor write. "refresh": run and write."""
    parallel: int = 4
    run: str | None = None
    user: str | None = None
    release: str | None = None
    make_runner: Callable[[Task], Runner] | None = None
    secret: Callable[[str], str] | None = None
    storage_options: Callable[[str], Mapping[str, Any]] = field(default=lambda _: {})
    trial: bool = False
    """A run of a test: recorded, but not what a later run or another experiment reads from."""
    only: frozenset[str] | None = None
    """The ids of the tasks to run, when neither a stage nor all is meant."""
