"""One text to one immutable analysis: what every client starts from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from .build_experiment import build_experiment
from .check import apply_levels, check
from .code_check import check_code
from .diagnostic import Collector, Diagnostic, has_errors
from .files import Files
from .library import TypeNetwork
from .model import Experiment, Library, ProjectFile
from .network import Network
from .resolve import resolve
from .resolved import Resolved
from .scope import Scope
from .text import SourceFile, Span
from .tree import parse

if TYPE_CHECKING:
    from yaml import Node

Kind = Literal["experiment", "library", "project"]


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """Everything that is known of one file. Parts are None where the text is too broken."""

    source: SourceFile
    kind: Kind
    diagnostics: tuple[Diagnostic, ...]
    tree: Node | None = None
    model: Experiment | Library | ProjectFile | None = None
    types: TypeNetwork | None = None
    resolved: Resolved | None = None

    @property
    def network(self) -> Network | None:
        """The semantic network of an experiment."""
        return self.resolved.network if self.resolved is not None else None

    @property
    def ok(self) -> bool:
        """True when nothing is an error."""
        return not has_errors(self.diagnostics)


_LOST_TYPES = frozenset({"unknown-library", "broken-library", "path-outside"})


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """What an experiment's meaning depends on beside its own text."""

    types: Callable[[Experiment, Collector], TypeNetwork]
    """Loads the libraries that it uses; reports the ones that are missing or broken."""
    exports: Callable[[list[str]], Mapping[str, Mapping[str, str] | None]]
    """Experiment ids -> what they give: entity -> qualified type."""
    files: Files | None
    levels: Mapping[str, str]


def analyze_experiment(source: SourceFile, context: Context) -> Analysis:
    """Analyze an experiment; never raises on any text."""
    found = Collector(source)
    tree = parse(found)
    experiment = build_experiment(tree, found)
    if experiment is None:
        if tree.root is None and tree.complete:
            message = "the file is empty; an experiment begins with 'mline: 1'"
            found.add("empty-file", Span(0, 0), message)
        return Analysis(source, "experiment", found.sorted(), tree.root)
    types = context.types(experiment, found)
    wanted = [e.from_.text.partition(".")[0] for e in experiment.entities.values() if e.from_]
    exports = context.exports(wanted) if wanted else {}
    lost = any(d.code in _LOST_TYPES for d in found.found)
    resolved = resolve(experiment, types, found, exports)
    if lost:  # a type that is not known may be in the library that is not there
        found.found = [d for d in found.found if d.code != "unknown-type" or d.fix is not None]
    if context.files is not None:
        scope = Scope(experiment, types, found, resolved, exports)
        check_code(scope, context.files)
    if not has_errors(found.found):
        check(resolved, types, found)
    else:
        _check_what_stands(resolved, types, found)
    diagnostics = apply_levels(found.sorted(), context.levels, source.text)
    return Analysis(source, "experiment", diagnostics, tree.root, experiment, types, resolved)


def _check_what_stands(resolved: Resolved, types: TypeNetwork, found: Collector) -> None:
    """Run the rules on a broken experiment too, and keep only what cannot be a consequence.

    What is unused, and what a rule misses, may be there once the errors are mended.
    """
    before = len(found.found)
    check(resolved, types, found)
    unsure = {"unused-param", "unused-entity", "unused-service"}
    unsure.update(rule.name.text.replace("_", "-") for rule in types.rules if rule.unless)
    found.found[before:] = [d for d in found.found[before:] if d.code not in unsure]


def exports_of(
    source: SourceFile, types: Callable[[Experiment, Collector], TypeNetwork]
) -> dict[str, str]:
    """Return the declared entities that an experiment's stages give, with their types."""
    found = Collector(source)
    experiment = build_experiment(parse(found), found)
    if experiment is None:
        return {}
    network = types(experiment, found)
    resolved = resolve(experiment, network, found)
    return {
        name: resolved.entity_types[name].name
        for name, ref in resolved.sources.items()
        if ref.kind == "output" and not _lost_in_sweep(resolved, ref.stage)
    }


def _lost_in_sweep(resolved: Resolved, stage: str) -> bool:
    """A sweep that picks nothing has no one value to give."""
    home = resolved.in_sweep.get(stage)
    sweep = resolved.stages[home].sweep if home else None
    return sweep is not None and sweep.metric is None
