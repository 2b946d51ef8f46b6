"""An experiment whose names are looked up: what the rules read and the planner writes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from .expression import Node as Expression
from .library import Adapter, Type
from .model import Entity, Experiment, Service, Setting, Stage, Sweep, Word
from .network import Network
from .plan import Point
from .text import Span


class Ref(NamedTuple):
    """A looked-up reference. `node` is its id in the network, `type` its qualified type."""

    text: str
    span: Span
    kind: Literal["output", "file", "asset"]
    node: str
    type: str
    stage: str = ""
    port: str = ""
    each: bool = False
    instance: str = ""
    target: str = ""
    """The file's path or URL, or the asset's `experiment.entity`."""


@dataclass(slots=True, eq=False)
class Taken:
    """One input port, filled."""

    port: str
    type: str
    refs: tuple[Ref, ...]
    many: bool
    span: Span
    adapt: str = ""
    chains: tuple[tuple[Adapter, ...], ...] = ()
    """Of each reference, the adapters to insert, in order."""


@dataclass(slots=True, eq=False)
class Given:
    """One output port."""

    port: str
    type: str
    node: str
    span: Span
    relations: Mapping[str, tuple[str, ...]]
    entity: Entity | None = None
    adapt: str = ""


class MetricRef(NamedTuple):
    """A metric that a condition reads."""

    name: str
    ref: Ref


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """A checked expression."""

    word: Word
    expression: Expression
    metrics: tuple[MetricRef, ...]


@dataclass(slots=True, eq=False)
class ResolvedSweep:
    """A sweep with its points and the stages that run once a point."""

    sweep: Sweep
    points: list[Point]
    region: tuple[str, ...] = ()
    goal: Literal["max", "min", ""] = ""
    metric: Ref | None = None
    metric_name: str = ""


@dataclass(slots=True, eq=False)
class ResolvedStage:
    """A stage with its type, ports, services, conditions and settings merged."""

    stage: Stage
    type: Type
    takes: dict[str, Taken] = field(default_factory=dict)
    gives: dict[str, Given] = field(default_factory=dict)
    settings: dict[str, Setting] = field(default_factory=dict)
    origin: dict[str, str] = field(default_factory=dict)
    """Setting -> the library it comes from; absent when the experiment wrote it."""
    params: dict[str, Any] = field(default_factory=dict)
    uses: tuple[str, ...] = ()
    needs: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Protocol that the type needs -> service and endpoint."""
    after: tuple[str, ...] = ()
    when: Condition | None = None
    sweep: ResolvedSweep | None = None
    upstream: dict[str, Span] = field(default_factory=dict)
    """Every stage that must end first, with the place that says so."""


@dataclass(slots=True, eq=False)
class ResolvedService:
    """A service with its type and who uses it."""

    service: Service
    type: Type
    settings: dict[str, Setting] = field(default_factory=dict)
    used_by: list[str] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Resolved:
    """The whole experiment; `order` is topological, stable in the order of the file."""

    experiment: Experiment
    stages: dict[str, ResolvedStage] = field(default_factory=dict)
    services: dict[str, ResolvedService] = field(default_factory=dict)
    entity_types: dict[str, Type] = field(default_factory=dict)
    sources: dict[str, Ref] = field(default_factory=dict)
    """Entity -> where its value comes from."""
    properties: dict[str, dict[str, Any]] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    in_sweep: dict[str, str] = field(default_factory=dict)
    """Stage -> the swept stage whose region it is in."""
    tests: dict[str, tuple[dict[str, Any], list[Condition]]] = field(default_factory=dict)
    gate: list[Condition] = field(default_factory=list)
    assets: dict[str, Ref] = field(default_factory=dict)
    """`schedule.on` entities."""
    used_params: set[str] = field(default_factory=set)
    network: Network | None = None
