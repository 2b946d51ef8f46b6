"""Where the thing at a place is declared, and every place that names it."""

from __future__ import annotations

from collections.abc import Iterator

from ..library import Port, Type
from ..model import CodeItem, Experiment
from ..resolved import ResolvedStage
from ..text import SourceFile, Span
from .functions import Function, code_at, find_function
from .occurrences import Occurrence, Symbol
from .opened import Location, Opened

_ACROSS = ("entity", "experiment", "type", "relation", "adapter", "library")
"""Kinds of things that other files name too."""


def definition(opened: Opened, offset: int) -> list[Location]:
    """Return where the thing at an offset is declared; nothing when that is nowhere."""
    found = opened.names.at(offset)
    if found is None:
        return []
    location = _declared(opened, found)
    return [] if location is None else [location]


def _declared(opened: Opened, found: Occurrence) -> Location | None:
    symbol = found.symbol
    here = opened.names.declaration(symbol)
    port = port_of(opened, symbol)
    if port is not None and (here is None or here.span == found.span):
        return Location(port.source, port.span)
    if here is not None:
        return Location(opened.source, here.span)
    if symbol.kind == "function":
        function = function_of(opened, symbol)
        return None if function is None else Location(function.source, function.span)
    if symbol.kind == "file":
        source = code_at(opened.files, symbol.name)
        return None if source is None else Location(source, Span(0, 0))
    if symbol.kind in ("entity", "experiment"):
        return _elsewhere(opened, symbol)
    return _in_libraries(opened, symbol)


def _elsewhere(opened: Opened, symbol: Symbol) -> Location | None:
    other = opened.experiment(symbol.owner or symbol.name)
    if other is None:
        return None
    own = symbol._replace(owner="")
    here = other.names.declaration(own)
    return None if here is None else Location(other.source, here.span)


def _in_libraries(opened: Opened, symbol: Symbol) -> Location | None:
    types = opened.analysis.types
    if symbol.kind == "library":
        source = library_source(opened, symbol.name)
        return None if source is None else Location(source, Span(0, 0))
    if types is None:
        return None
    if symbol.kind == "type" and symbol.name in types.types:
        decl = types.types[symbol.name].decl
        return Location(decl.source, decl.name.span)
    if symbol.kind == "relation":
        relation = types.relations.get(types.inverses.get(symbol.name, symbol.name))
        if relation is not None:
            return Location(relation.decl.source, relation.decl.name.span)
    if symbol.kind in ("field", "value"):
        return _of_type(opened, symbol)
    return None


def _of_type(opened: Opened, symbol: Symbol) -> Location | None:
    """Return where a type declares a field, or a value of `with`."""
    types = opened.analysis.types
    type_ = stage_type(opened, symbol.owner) if symbol.kind == "value" else None
    if types is not None and type_ is None:
        type_ = types.types.get(symbol.owner)
    for name in type_.lineage if types is not None and type_ is not None else ():
        decl = types.types[name].decl if types is not None else None
        if decl is not None and symbol.name in decl.places:
            return Location(decl.source, decl.places[symbol.name])
    return None


def library_source(opened: Opened, name: str) -> SourceFile | None:
    """Return the text of a library that `use` names by id or path."""
    types = opened.analysis.types
    if types is not None and name in types.libraries:
        return types.libraries[name].source
    return opened.project.library(name, opened.path.parent)


def stage_of(opened: Opened, name: str) -> ResolvedStage | None:
    """Return a stage of the experiment."""
    resolved = opened.analysis.resolved
    return resolved.stages.get(name) if resolved is not None else None


def stage_type(opened: Opened, stage: str) -> Type | None:
    """Return the type of a stage, when there is such a stage."""
    resolved = stage_of(opened, stage)
    return resolved.type if resolved is not None else None


def port_of(opened: Opened, symbol: Symbol) -> Port | None:
    """Return the port that a type declares, when a symbol is one of a stage."""
    type_ = stage_type(opened, symbol.owner)
    if type_ is None or symbol.kind not in ("input", "output"):
        return None
    return (type_.takes if symbol.kind == "input" else type_.gives).get(symbol.name)


def code_items(opened: Opened, stage: str) -> tuple[CodeItem, ...]:
    """Return the experiment's own code of a stage."""
    resolved = stage_of(opened, stage)
    if resolved is None or "code" not in resolved.settings or "code" in resolved.origin:
        return ()
    items: tuple[CodeItem, ...] = resolved.settings["code"].value
    return items


def function_of(opened: Opened, symbol: Symbol) -> Function | None:
    """Return the function that a call names, when it is among the code."""
    if isinstance(opened.analysis.model, Experiment):
        items = code_items(opened, symbol.owner)
    else:
        items = _library_code(opened, symbol.owner)
    return find_function(opened.files, items, symbol.name) if items else None


def _library_code(opened: Opened, type_: str) -> tuple[CodeItem, ...]:
    types = opened.analysis.types
    found = types.types.get(type_) if types is not None else None
    if found is None:
        return ()
    code = found.decl.settings.get("code")
    items: tuple[CodeItem, ...] = code.value if code is not None else ()
    folder = found.decl.library
    beside = folder if opened.files.kind(folder) == "folder" else "."
    return (*items, CodeItem(Span(0, 0), path=beside))


# -- references ----------------------------------------------------------------------------------


def home_symbol(opened: Opened, symbol: Symbol) -> tuple[Opened, Symbol]:
    """Return the file that declares a thing of another experiment, and its symbol there."""
    if symbol.kind == "entity" and symbol.owner:
        other = opened.experiment(symbol.owner)
        if other is not None:
            return other, symbol._replace(owner="")
    if symbol.kind == "experiment" and symbol.name != opened.experiment_id:
        other = opened.experiment(symbol.name)
        if other is not None:
            return other, symbol
    return opened, symbol


def everywhere(opened: Opened, symbol: Symbol) -> Iterator[tuple[Opened, list[Occurrence]]]:
    """Yield every file that names a thing, with the places, the declaring file first."""
    home, symbol = home_symbol(opened, symbol)
    yield home, home.names.of(symbol)
    if symbol.kind not in _ACROSS:
        return
    outside = symbol
    if symbol.kind == "entity":
        outside = symbol._replace(owner=home.experiment_id)
    others = home.others()
    for other in others:
        found = other.names.of(outside)
        if found:
            yield other, found


def references(opened: Opened, offset: int, *, declaration: bool = True) -> list[Location]:
    """Return every place that names the thing at an offset, in all files of the project."""
    found = opened.names.at(offset)
    if found is None:
        return []
    return [
        Location(other.source, occurrence.span)
        for other, occurrences in everywhere(opened, found.symbol)
        for occurrence in occurrences
        if declaration or not occurrence.declares
    ]
