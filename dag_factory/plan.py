"""The plan: the contract between the compiler and everything that runs an experiment.

A plan is plain JSON data (dicts, lists, strings, numbers), ordered and hashable by its text.
These `TypedDict`s name its keys; they cost nothing at run time, so a plan read from a file is
a plan. `dag_factory/planner.py` makes plans, `dag_factory/emit.py` and `mline_airflow/` read them.

A *value* is JSON in which `{"$ref": "<what>"}` stands for something that is known at run time:
`params.NAME`, `point.NAME` (the sweep instance's value), `in.PORT`, `out.PORT` (paths),
`services.NAME.ENDPOINT.url|host|port`, `secrets.NAME`, `run.id`. Nothing else is interpolated.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal, NotRequired, TypedDict

Json = Any
Value = Any
PLAN_VERSION = 1


class Source(TypedDict, total=False):
    """Where an input comes from. Exactly one of `task`, `file`, `asset` is there."""

    task: str
    """The id of the producing task (a stage, an adapter, or the pick of a sweep)."""
    port: str
    """With `task`: its output port. A pick has ports named `stage.port`."""
    each: bool
    """With `task` in a sweep: all instances; the input is a folder with one entry an instance."""
    instance: int
    """With `task` in a sweep, from outside it: the index of one point."""
    file: str
    """A path from the experiment's folder (POSIX), or a URL of any fsspec file system."""
    asset: str
    """`experiment.entity` of another experiment: the newest record of it is read."""


class Input(TypedDict):
    """One input port of a task."""

    type: str
    """The qualified type that the port accepts, as `core.Table`."""
    given: str
    """The qualified type of what arrives; a subtype of `type` unless `adapt` is there."""
    source: Source
    entity: str
    """The reference as the user wrote it: `split.train`, `measurements`, `fit[*].model`."""
    adapt: NotRequired[str]
    """`module:function` of the user's code: converts the value inside the container."""
    items: NotRequired[list[Input]]
    """A port that takes a list: its inputs in order, each with its own `source` and `entity`.
    Then this input's own `source` is empty; in the container it is a folder with the entries `0`,
    `1`, …, and a called function gets a list."""


class Output(TypedDict):
    """One output port of a task."""

    type: str
    entity: str
    """Its id in the network: `split.train`, or the declared entity that it fills."""
    adapt: NotRequired[str]
    asset: NotRequired[str]
    """`experiment.entity`: what other experiments may wait for."""
    external: NotRequired[str]
    """A URL from the entity's `at`: the artifact is copied there as well."""


class Code(TypedDict, total=False):
    """Code that is put into `/mline/code`: `path` (file or folder), or `text` as file `to`."""

    path: str
    """From the experiment's folder; or, with `library`, from the folder of that library's file."""
    library: str
    to: str
    text: str


class Action(TypedDict, total=False):
    """What a stage does: exactly one key."""

    call: str
    run: str
    command: list[Value]


class Resources(TypedDict, total=False):
    """Kubernetes quantities as the user wrote them (`500m`, `4Gi`), gpu a count."""

    cpu: str
    memory: str
    gpu: int


class Condition(TypedDict):
    """A comparison over metrics and params.

    `ast` is `["and"|"or", a, b…]`, `["not", a]`, `[op, left, right]` with op one of
    `== != < <= > >=`, or a leaf: a literal, `{"$ref": "params.x"}`, `{"$ref": "metrics.NAME"}`.
    `metrics` says where each NAME comes from.
    """

    text: str
    ast: Json
    metrics: dict[str, Source]


class Need(TypedDict):
    """An endpoint that a stage's type asks for by what it speaks."""

    service: str
    endpoint: str


class Task(TypedDict):
    """One node of the DAG. `id` is the Airflow task id, inside a group too."""

    id: str
    kind: Literal["stage", "adapter", "pick", "start", "stop", "gate"]
    upstream: list[str]
    """Every direct predecessor, sorted in plan order."""
    group: NotRequired[str]
    """The sweep group that it is mapped in."""
    stage: NotRequired[str]
    """The stage's id in the file; adapters have none."""
    type: NotRequired[str]
    doc: NotRequired[str]
    runner: NotRequired[str]
    image: NotRequired[str]
    entrypoint: NotRequired[list[str]]
    action: NotRequired[Action]
    code: NotRequired[list[Code]]
    params: NotRequired[dict[str, Value]]
    """The values of `with`."""
    env: NotRequired[dict[str, Value]]
    secrets: NotRequired[dict[str, str]]
    """`NAME: reference to a connection or variable`; only the reference is in the plan."""
    inputs: NotRequired[dict[str, Input]]
    outputs: NotRequired[dict[str, Output]]
    uses: NotRequired[list[str]]
    """Services, by id."""
    needs: NotRequired[dict[str, Need]]
    """Protocol that the type needs -> where it is offered; `<PROTOCOL>_URL|HOST|PORT` say it."""
    when: NotRequired[Condition]
    resources: NotRequired[Resources]
    retries: NotRequired[int]
    retry_delay: NotRequired[float]
    """Seconds."""
    timeout: NotRequired[float]
    """Seconds."""
    cache: NotRequired[bool | Literal["refresh"]]
    """Left out means true."""
    pool: NotRequired[str]
    queue: NotRequired[str]
    priority: NotRequired[int]
    labels: NotRequired[dict[str, str]]
    service: NotRequired[str]
    """`start` and `stop`: the service's id."""
    sweep: NotRequired[str]
    """`pick`: the group's id."""
    gate: NotRequired[list[Condition]]
    """`gate`: all must hold for a release."""
    span: NotRequired[list[int]]
    """`[line, column]` of the stage in the file, from 1."""


class Point(TypedDict):
    """One instance of a sweep: `name` is `depth=4,rate=0.1`."""

    name: str
    values: dict[str, Json]


class Pick(TypedDict):
    """Which instance wins. Ties go to the first in order of points."""

    goal: Literal["max", "min"]
    metric: str
    source: Source
    """A task of the group and its port."""
    task: str
    """The id of the pick task."""


class Group(TypedDict):
    """A sweep: its tasks are mapped over `points`."""

    id: str
    stage: str
    search: Literal["grid", "random"]
    points: list[Point]
    tasks: list[str]
    parallel: NotRequired[int]
    pick: NotRequired[Pick]


class Endpoint(TypedDict):
    """A port that a service listens on; `scheme` makes its URL."""

    port: int
    scheme: str
    protocol: str


class Ready(TypedDict, total=False):
    """One readiness check: `tcp` (endpoint), `http` (path), `command`, or `log` (a regex)."""

    endpoint: str
    tcp: bool
    http: str
    command: list[str]
    log: str
    within: float
    """Seconds."""


class Service(TypedDict):
    """A long-running helper with an inferred life."""

    id: str
    type: str
    runner: str
    image: NotRequired[str]
    entrypoint: NotRequired[list[str]]
    command: NotRequired[list[Value]]
    env: NotRequired[dict[str, Value]]
    secrets: NotRequired[dict[str, str]]
    files: NotRequired[list[Code]]
    offers: dict[str, Endpoint]
    ready: list[Ready]
    resources: NotRequired[Resources]
    labels: NotRequired[dict[str, str]]
    scope: Literal["run", "experiment"]
    used_by: list[str]
    """Ids of tasks."""
    start: str
    stop: str


class TypeInfo(TypedDict):
    """What running needs to know of a type."""

    lineage: list[str]
    """Qualified names, itself first, `core.Entity` last."""
    folder: bool
    file: NotRequired[str]
    media: NotRequired[str]
    load: NotRequired[str]
    """`module:function` in `library`'s folder: path -> value."""
    save: NotRequired[str]
    """`module:function` in `library`'s folder: (value, path) -> None."""
    codec_library: NotRequired[str]
    """The library that `load` and `save` belong to."""
    view: NotRequired[str]


class LibraryInfo(TypedDict):
    """A type library that the plan uses."""

    version: str
    digest: str
    """`sha256:…` of its text and of the code beside it that codecs and adapters name."""
    folder: NotRequired[str]
    """The folder of the library's file, relative to the project; absent for a built-in one. Codec
    modules are in a folder below it that is named for the library, or else beside the file."""


class Schedule(TypedDict, total=False):
    """Exactly one of `cron`, `preset`, `every`, `on`."""

    cron: str
    preset: str
    every: float
    on: list[str]
    """Assets, as `experiment.entity`."""


class EntityInfo(TypedDict):
    """An entity of the network that has a declaration or fills an output."""

    type: str
    given_by: NotRequired[str]
    """`stage.port`."""
    at: NotRequired[str]
    asset: NotRequired[str]
    properties: NotRequired[dict[str, Json]]
    relations: NotRequired[dict[str, list[str]]]
    """Relations of it to others, stated and inferred, without closures and inverses."""


class Test(TypedDict):
    """One of the experiment's own tests."""

    params: dict[str, Json]
    expect: list[Condition]


class Plan(TypedDict):
    """A whole experiment, ready to run under one profile."""

    plan: int
    language: int
    experiment: str
    path: str
    """From the project's root, POSIX."""
    project: str
    profile: dict[str, Json]
    """`name` and the profile's own keys (`runner`, `store`, `image_prefix`, `namespace`…)."""
    title: NotRequired[str]
    doc: NotRequired[str]
    owner: NotRequired[str]
    tags: NotRequired[list[str]]
    params: dict[str, Json]
    """Name -> JSON Schema with `default` when there is one."""
    schedule: NotRequired[Schedule]
    start: NotRequired[str]
    """ISO 8601."""
    end: NotRequired[str]
    catchup: NotRequired[bool]
    max_runs: NotRequired[int]
    tasks: list[Task]
    """Topological order."""
    groups: list[Group]
    services: list[Service]
    entities: dict[str, EntityInfo]
    types: dict[str, TypeInfo]
    libraries: dict[str, LibraryInfo]
    tests: dict[str, Test]
    gate: NotRequired[list[Condition]]


def plan_text(plan: Plan) -> str:
    """Return the plan's canonical JSON: compact, in plan order, UTF-8."""
    return json.dumps(plan, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def plan_digest(plan: Plan) -> str:
    """Return `sha256:…` of the canonical JSON."""
    return "sha256:" + hashlib.sha256(plan_text(plan).encode("utf-8")).hexdigest()
