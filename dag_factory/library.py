"""The semantic network of types: inheritance, acceptance, relations, adapters, rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .diagnostic import Collector, Diagnostic
from .model import AdapterDecl, Library, RelationDecl, RuleDecl, TypeDecl, Word
from .names import LIBRARIES
from .suggest import did_you_mean
from .text import SourceFile, Span

_A = {"entity": "an entity", "service": "a service", "stage": "a stage"}
ROOTS = {"core.Entity": "entity", "core.Service": "service", "core.Stage": "stage"}


@dataclass(frozen=True, slots=True, eq=False)
class Port:
    """A port of a stage type, with its qualified type."""

    name: str
    type: str
    optional: bool
    many: bool
    relations: Mapping[str, tuple[str, ...]]
    doc: str
    source: SourceFile
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Type:
    """A type with everything that it inherits. `lineage` is itself first, its root last."""

    name: str
    decl: TypeDecl
    kind: str
    lineage: tuple[str, ...]
    fields: Mapping[str, Any]
    required: tuple[str, ...]
    format: Mapping[str, Any]
    view: str
    load: str
    save: str
    codec_library: str
    sample: str
    sample_library: str
    better: str
    range: tuple[float, float] | None
    unit: str
    takes: Mapping[str, Port]
    gives: Mapping[str, Port]
    with_: Mapping[str, Any]
    relations: Mapping[str, tuple[str, ...]]
    needs: tuple[Word, ...]
    random: bool
    open: bool
    action_type: Type | None
    """The type in the lineage that brings the action and its code, this one included."""

    @property
    def abstract(self) -> bool:
        """True when nothing can be of exactly this type."""
        return self.decl.abstract


@dataclass(frozen=True, slots=True, eq=False)
class Relation:
    """A relation with qualified domain and range; `parents` are its super-relations."""

    name: str
    decl: RelationDecl
    from_: str
    to: str
    parents: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Adapter:
    """A conversion between two types."""

    name: str
    library: str
    from_: str
    to: str
    lossless: bool
    cost: float
    decl: AdapterDecl


@dataclass(slots=True, eq=False)
class TypeNetwork:
    """All types that one experiment can name; made by `join.build_types`, then only read."""

    libraries: Mapping[str, Library]
    visible: tuple[str, ...]
    """Libraries whose types have bare names here, in order."""
    types: dict[str, Type] = field(default_factory=dict)
    relations: dict[str, Relation] = field(default_factory=dict)
    inverses: dict[str, str] = field(default_factory=dict)
    """Inverse name -> relation."""
    adapters: list[Adapter] = field(default_factory=list)
    rules: list[RuleDecl] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    names: dict[str, list[str]] = field(default_factory=dict)

    def find(self, name: str) -> Type | None:
        """Return the type with a qualified name, or a bare one; a bare name of `core` is core's."""
        found = self.types.get(name)
        if found is None:
            candidates = self.names.get(name, [])
            if len(candidates) == 1 or (candidates and candidates[0].startswith("core.")):
                return self.types.get(candidates[0])
        return found

    def accepts(self, port_type: str, given: str) -> bool:
        """Tell whether a value of type `given` may enter a port of type `port_type`."""
        if port_type == given:
            return True
        given_type = self.types.get(given)
        return given_type is not None and port_type in given_type.lineage

    def shown(self, name: str) -> str:
        """Return a qualified type as people write it: bare where that is unambiguous."""
        bare = name.rpartition(".")[2]
        return bare if self.names.get(bare) == [name] else name

    def lineage(self, name: str) -> tuple[str, ...]:
        """Return the qualified names from the type up to its root."""
        found = self.types.get(name)
        return found.lineage if found else ()

    def kind_is(self, name: str, root: str) -> bool:
        """Tell whether the type is, or descends from, `root`."""
        return root in self.lineage(name)

    def resolve(self, word: Word, found: Collector, kind: str | None = None) -> Type | None:
        """Look up a name that a user wrote; report when it is unknown or of another kind."""
        type_ = self.find(word.text)
        if type_ is None:
            self._unknown(word, found, kind)
            return None
        if kind is not None and type_.kind != kind:
            what = f"'{word.text}' is the type of {_A[type_.kind]}, not of {_A[kind]}"
            found.add("wrong-kind-of-type", word.span, what)
            return None
        return type_

    def _unknown(self, word: Word, found: Collector, kind: str | None) -> None:
        candidates = self.names.get(word.text, [])
        if len(candidates) > 1:
            names = " and ".join(f"'{c}'" for c in candidates)
            message = f"'{word.text}' could be {names}; write the one that is meant"
            found.add("ambiguous-type", word.span, message)
            return
        elsewhere = [n for n in self.types if n.rpartition(".")[2] == word.text]
        if elsewhere:
            home = elsewhere[0].partition(".")[0]
            message = f"the type '{word.text}' is in the library '{home}'; add it to 'use'"
            found.add("unknown-type", word.span, message)
            return
        home = word.text.partition(".")[0]
        if "." in word.text and home in LIBRARIES and home not in self.libraries:
            message = f"the library '{home}' is not in sight; add it to 'use'"
            found.add("unknown-type", word.span, message)
            return
        library = _home_of(word.text)
        if library and library not in self.libraries:
            message = f"the type '{word.text}' is in the library '{library}'; add it to 'use'"
            found.add("unknown-type", word.span, message)
            return
        known = [
            name
            for name, full in self.names.items()
            if kind is None or any(t.kind == kind for t in map(self.types.get, full) if t)
        ]
        if "." in word.text:
            known = list(self.types)
        hint, fix = did_you_mean(word.text, known, word.span)
        found.add("unknown-type", word.span, f"there is no type '{word.text}'{hint}", fix=fix)


# Set by `project`, which knows the built-in libraries: the home of a bare type name, or "".
def _home_of(name: str) -> str:
    from .builtin import home_of

    return home_of(name)
