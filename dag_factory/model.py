"""What a file says, as frozen values with places; nothing is looked up yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from .text import SourceFile, Span

if TYPE_CHECKING:
    from yaml import Node

    from .protocols import Endpoint


class Word(NamedTuple):
    """Text at a place."""

    text: str
    span: Span


class Setting(NamedTuple):
    """A value at a place; `refs` are the `$references` inside it."""

    value: Any
    span: Span
    refs: tuple[Word, ...] = ()


class CodeItem(NamedTuple):
    """Code to put into a stage: a `path`, or `text` that becomes the file `to`."""

    span: Span
    path: str = ""
    to: str = ""
    text: str | None = None


class Action(NamedTuple):
    """What a stage does. `value` is `module:function`, a script, or an argument list."""

    kind: Literal["call", "run", "command"]
    value: Any
    span: Span
    refs: tuple[Word, ...] = ()


class Take(NamedTuple):
    """An input port and the references that fill it; `listed` when written as a list."""

    port: Word
    refs: tuple[Word, ...]
    listed: bool


class Give(NamedTuple):
    """An output port: a new entity of type `is_`, or the declared `entity`."""

    port: Word
    is_: Word | None
    entity: Word | None
    relations: Mapping[str, tuple[Word, ...]]
    doc: str = ""
    keys: Mapping[str, Span] = {}
    """Where each relation's name stands."""


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """The points to try: a grid over `over`, or `trials` of it drawn with `seed`."""

    span: Span
    over: Mapping[Word, tuple[Any, ...] | Range]
    search: str = "grid"
    trials: int | None = None
    parallel: int | None = None
    seed: int | None = None
    pick: Word | None = None
    keys: Mapping[str, Span] = field(default_factory=dict)
    """Where each key stands."""
    places: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    """Where the values of each name of `over` stand."""


class Range(NamedTuple):
    """`steps` numbers from `low` to `high`, both included; `whole` when they must be integers."""

    low: float
    high: float
    steps: int | None
    scale: str
    whole: bool
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """One stage as written. `settings` are the keys that `defaults` may fill too."""

    id: Word
    is_: Word | None
    doc: str
    action: Action | None
    with_: Mapping[str, Setting]
    with_keys: Mapping[str, Span]
    takes: Mapping[str, Take]
    gives: Mapping[str, Give]
    uses: tuple[Word, ...]
    after: tuple[Word, ...]
    when: Word | None
    sweep: Sweep | None
    adapt_takes: Mapping[str, Word]
    adapt_gives: Mapping[str, Word]
    settings: Mapping[str, Setting]
    broken: frozenset[str] = frozenset()
    """Keys that are written and were refused, or misspelt: they are not missing."""


class Extra(NamedTuple):
    """A key of an entity that is a property or a relation of its type."""

    key: Word
    value: Node


@dataclass(frozen=True, slots=True, eq=False)
class Entity:
    """One declared entity."""

    id: Word
    is_: Word | None
    title: str
    doc: str
    at: Word | None
    from_: Word | None
    extras: tuple[Extra, ...]
    sourceless: bool = True
    """True when neither `at` nor `from` is written, be it right or wrong."""


@dataclass(frozen=True, slots=True, eq=False)
class Service:
    """One declared service."""

    id: Word
    is_: Word | None
    doc: str
    command: Setting | None
    files: tuple[CodeItem, ...]
    offers: Mapping[str, Endpoint]
    ready: tuple[Mapping[str, Any], ...]
    scope: str
    settings: Mapping[str, Setting]
    uses: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Param:
    """One parameter: a JSON Schema, with `default` when it has one."""

    name: Word
    schema: Mapping[str, Any]
    span: Span
    places: Mapping[str, Span] = field(default_factory=dict)
    """Where the value of each key of the schema stands."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One entry of `tests`."""

    name: Word
    with_: Mapping[str, Setting]
    expect: tuple[Word, ...]
    with_keys: Mapping[str, Span] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """When runs start: exactly one of `cron`, `preset`, `every` (seconds), `on`."""

    span: Span
    cron: str = ""
    preset: str = ""
    every: float = 0
    on: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Experiment:
    """A whole experiment file."""

    source: SourceFile
    id: Word
    title: str = ""
    doc: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()
    use: tuple[Word, ...] = ()
    params: Mapping[str, Param] = field(default_factory=dict)
    defaults: Mapping[str, Setting] = field(default_factory=dict)
    entities: Mapping[str, Entity] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    stages: Mapping[str, Stage] = field(default_factory=dict)
    tests: Mapping[str, Case] = field(default_factory=dict)
    gate: tuple[Word, ...] = ()
    release: Span | None = None
    schedule: Schedule | None = None
    start: str = ""
    end: str = ""
    catchup: bool | None = None
    max_runs: int | None = None
    complete: bool = True
    """False when a part is cut off or unreadable, so that what is missing may be there."""
    keys: Mapping[str, Span] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()
    """Names that were no ids: what refers to them is not reported again."""


@dataclass(frozen=True, slots=True, eq=False)
class PortDecl:
    """A port that a stage type declares."""

    name: Word
    type: Word
    optional: bool = False
    many: bool = False
    relations: Mapping[str, tuple[Word, ...]] = field(default_factory=dict)
    doc: str = ""
    keys: Mapping[str, Span] = field(default_factory=dict)
    """Where each relation's name stands."""


@dataclass(frozen=True, slots=True, eq=False)
class TypeDecl:
    """A type as written in a library; names are as written."""

    name: Word
    library: str
    source: SourceFile
    is_: Word | None
    doc: str = ""
    abstract: bool = False
    iri: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    format: Mapping[str, Any] = field(default_factory=dict)
    view: str = ""
    load: str = ""
    save: str = ""
    sample: str = ""
    icon: str = ""
    color: str = ""
    examples: tuple[Any, ...] = ()
    better: str = ""
    range: tuple[float, float] | None = None
    unit: str = ""
    takes: Mapping[str, PortDecl] = field(default_factory=dict)
    gives: Mapping[str, PortDecl] = field(default_factory=dict)
    with_: Mapping[str, Any] = field(default_factory=dict)
    load_word: Word | None = None
    save_word: Word | None = None
    sample_word: Word | None = None
    places: Mapping[str, Span] = field(default_factory=dict)
    """Where the names of `fields` and `with` stand."""
    relations: Mapping[str, tuple[Word, ...]] = field(default_factory=dict)
    """Relations of the stage itself to its ports, as `publishes: model`."""
    needs: tuple[Word, ...] = ()
    """Protocols of endpoints that a stage of this type needs."""
    random: bool = False
    open: bool | None = None
    action: Action | None = None
    settings: Mapping[str, Setting] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class RelationDecl:
    """A relation as written in a library."""

    name: Word
    library: str
    source: SourceFile
    from_: Word
    to: Word
    many: bool = True
    transitive: bool = False
    inverse: str = ""
    is_: Word | None = None
    iri: str = ""
    doc: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class AdapterDecl:
    """A stage with the ports `from` and `to`."""

    name: Word
    library: str
    source: SourceFile
    from_: Word
    to: Word
    lossless: bool
    cost: float
    action: Action | None
    with_: Mapping[str, Setting]
    settings: Mapping[str, Setting]
    doc: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class RuleDecl:
    """A pattern over the network that must not match."""

    name: Word
    library: str
    source: SourceFile
    level: Literal["error", "warning", "info"]
    match: tuple[tuple[Word, ...], ...]
    """Alternatives; each is a conjunction of `?a relation ?b`."""
    unless: tuple[tuple[Word, ...], ...]
    say: str
    at: str
    also: tuple[str, ...]
    doc: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Library:
    """A whole type library."""

    source: SourceFile
    id: Word
    version: str = ""
    doc: str = ""
    prefixes: Mapping[str, str] = field(default_factory=dict)
    use: tuple[Word, ...] = ()
    types: Mapping[str, TypeDecl] = field(default_factory=dict)
    relations: Mapping[str, RelationDecl] = field(default_factory=dict)
    adapters: Mapping[str, AdapterDecl] = field(default_factory=dict)
    rules: Mapping[str, RuleDecl] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """A place to run: `keys` are `runner`, `store`, `image`, `image_prefix` and the like."""

    name: str
    keys: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class ProjectFile:
    """What `mline.yaml` says."""

    source: SourceFile
    name: str = ""
    types: tuple[Word, ...] = ()
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    environments: tuple[str, ...] = ()
    rules: Mapping[str, str] = field(default_factory=dict)
    rule_places: Mapping[str, Span] = field(default_factory=dict)
