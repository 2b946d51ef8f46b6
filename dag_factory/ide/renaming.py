"""Renaming: every place that names a thing gets the new name, or nothing changes and why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..diagnostic import Edit
from ..library import TypeNetwork
from ..model import Experiment, Library, Stage
from ..reader import ID
from ..resolved import ResolvedStage
from ..text import Span
from .definitions import everywhere, function_of, home_symbol, port_of, stage_of
from .occurrences import Kind, Occurrence, Symbol
from .opened import Opened

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_TYPE = re.compile(r"[A-Z][A-Za-z0-9]*")
_WORDS = frozenset({"and", "or", "not", "true", "false", "null"})
_FORMS: dict[Kind, tuple[re.Pattern[str], str]] = {
    "type": (_TYPE, "a capital letter, then letters and digits"),
    "param": (_NAME, "letters, digits and '_'"),
    "value": (_NAME, "letters, digits and '_'"),
}
_ID_FORM = (ID, "a lower-case letter, then lower-case letters, digits and '_', at most 63")
_FIXED: dict[Kind, str] = {
    "file": "a file is renamed where it lies",
    "function": "a function is renamed in its code",
    "field": "a property is renamed in the type that declares it",
    "library": "a library is named by its file",
    "secret": "the stage's program reads an environment variable of this name",
}


@dataclass(frozen=True)
class Renaming:
    """The edits of each file; or, in `refused`, why there are none."""

    edits: tuple[tuple[Opened, tuple[Edit, ...]], ...] = field(default=())
    refused: str = ""


@dataclass(frozen=True)
class Target:
    """What can be renamed at a place; or, in `refused`, why nothing can."""

    span: Span
    name: str
    refused: str = ""


def rename_target(opened: Opened, offset: int) -> Target | None:
    """Return what a rename at an offset would rename; None when there is no name."""
    found = opened.names.at(offset)
    if found is None:
        return None
    name = found.symbol.name
    shown = name.rpartition(".")[2] if found.symbol.kind in ("type", "adapter") else name
    return Target(found.span, shown, _refusal(opened, found))


def rename(opened: Opened, offset: int, new: str) -> Renaming:
    """Return the edits that give the thing at an offset a new name."""
    found = opened.names.at(offset)
    if found is None:
        return Renaming(refused="there is no name here")
    home, symbol = home_symbol(opened, found.symbol)
    refused = _refusal(opened, found) or _bad_name(home, symbol, new)
    if refused:
        return Renaming(refused=refused)
    edits = []
    for other, occurrences in everywhere(opened, found.symbol):
        escaped = next((o for o in occurrences if not o.exact), None)
        if escaped is not None:
            line = other.source.position(escaped.span.start).line
            where = f"{other.source.path}:{line}"
            return Renaming(refused=f"{where} writes the name with escapes; write it plainly first")
        spans = dict.fromkeys(o.span for o in occurrences)
        here = [Edit(span, new) for span in spans]
        if other is home:
            here += _scripts(other, symbol, new)
        if here:
            edits.append((other, tuple(sorted(here))))
    return Renaming(tuple(edits))


def _refusal(opened: Opened, found: Occurrence) -> str:
    symbol = found.symbol
    if symbol.kind in _FIXED:
        return _FIXED[symbol.kind]
    home, own = home_symbol(opened, symbol)
    if symbol.kind in ("type", "relation", "adapter"):
        return _in_library(opened, symbol)
    if symbol.kind in ("input", "output", "value"):
        return _in_stage(opened, symbol)
    declared = home.names.declaration(own)
    return "" if declared is not None else f"nothing declares '{symbol.name}'"


def _in_library(opened: Opened, symbol: Symbol) -> str:
    """A type or relation is renamed when a library of the project declares it."""
    types: TypeNetwork | None = opened.analysis.types
    source = None
    if isinstance(opened.analysis.model, Library) and opened.names.declaration(symbol):
        return ""
    if types is not None and symbol.kind == "type" and symbol.name in types.types:
        source = types.types[symbol.name].decl.source
    if types is not None and symbol.kind == "relation":
        if symbol.name in types.inverses:
            return f"'{symbol.name}' is the inverse of '{types.inverses[symbol.name]}'"
        relation = types.relations.get(symbol.name)
        source = relation.decl.source if relation is not None else None
    if source is None:
        return f"nothing declares '{symbol.name}'"
    return f"'{symbol.name}' is built in" if source.path.startswith("<") else ""


def _in_stage(opened: Opened, symbol: Symbol) -> str:
    """A port or value is renamed when the stage itself declares it and no code names it."""
    if isinstance(opened.analysis.model, Library):
        return "the experiments that use this type would not follow"
    resolved = stage_of(opened, symbol.owner)
    if resolved is None or opened.names.declaration(symbol) is None:
        return f"nothing declares '{symbol.name}'"
    port = port_of(opened, symbol)
    if port is not None or (symbol.kind == "value" and symbol.name in resolved.type.with_):
        return f"'{symbol.name}' is declared by the type '{resolved.type.name}'"
    return _named_by_code(opened, symbol, resolved)


def _named_by_code(opened: Opened, symbol: Symbol, resolved: ResolvedStage) -> str:
    action = resolved.stage.action
    if action is None or action.kind != "call":
        return ""
    function = function_of(opened, Symbol("function", action.value, symbol.owner))
    if symbol.kind == "output" and function is not None and symbol.name not in function.arguments:
        return "" if len(resolved.gives) == 1 else f"what '{action.value}' returns names it"
    return f"'{action.value}' has an argument of this name"


def _bad_name(home: Opened, symbol: Symbol, new: str) -> str:
    form, expected = _FORMS.get(symbol.kind, _ID_FORM)
    if not form.fullmatch(new) or new in _WORDS:
        return f"'{new}' cannot be a name here: {expected}"
    if new == symbol.name.rpartition(".")[2]:
        return ""
    if new in _taken(home, symbol):
        return f"there is '{new}' already"
    return ""


def _taken(home: Opened, symbol: Symbol) -> set[str]:
    """Return the names that a new name must not be."""
    model = home.analysis.model
    if symbol.kind == "experiment":
        return set(home.project.ids())
    if symbol.kind in ("entity", "service", "stage") and isinstance(model, Experiment):
        names = {*model.entities, *model.services, *model.stages}
        sweeps = {n for n, stage in model.stages.items() if stage.sweep is not None}
        made = {f"{n}_{end}" for n in sweeps for end in ("pick", "sweep")}
        return names | made | {"release_gate"}
    if symbol.kind in ("type", "relation", "adapter"):
        types = home.analysis.types
        known = {*types.relations, *types.inverses} if types is not None else set()
        names = {n.rpartition(".")[2] for n in types.types} if types is not None else set()
        return known | names
    return {o.symbol.name for o in home.names.all if _same_space(o.symbol, symbol)}


def _same_space(one: Symbol, other: Symbol) -> bool:
    ports = ("input", "output")
    kinds = one.kind == other.kind or (one.kind in ports and other.kind in ports)
    return kinds and one.owner == other.owner


# -- scripts -------------------------------------------------------------------------------------


def _scripts(opened: Opened, symbol: Symbol, new: str) -> list[Edit]:
    """Return edits of the environment variables that shell scripts read."""
    model = opened.analysis.model
    if not isinstance(model, Experiment):
        return []
    edits = []
    for stage in model.stages.values():
        if stage.action is None or stage.action.kind != "run":
            continue
        for old_word, new_word in _variables(model, stage, symbol, new):
            text = opened.source.text[slice(*stage.action.span)]
            for match in re.finditer(rf"\b{old_word}\b", text):
                start = stage.action.span.start + match.start()
                edits.append(Edit(Span(start, start + len(match[0])), new_word))
    return edits


def _variables(
    model: Experiment, stage: Stage, symbol: Symbol, new: str
) -> Iterator[tuple[str, str]]:
    old, upper = symbol.name.upper(), new.upper()
    prefix = {"input": "IN", "output": "OUT", "value": "PARAM"}.get(symbol.kind)
    if prefix is not None and symbol.owner == stage.id.text:
        yield f"{prefix}_{old}", f"{prefix}_{upper}"
    if symbol.kind not in ("service", "endpoint"):
        return
    service = model.services.get(symbol.name if symbol.kind == "service" else symbol.owner)
    for end in service.offers if service is not None else ():
        for part in ("URL", "HOST", "PORT"):
            if symbol.kind == "service":
                yield f"{old}_{end.upper()}_{part}", f"{upper}_{end.upper()}_{part}"
            elif end == symbol.name:
                home = symbol.owner.upper()
                yield f"{home}_{old}_{part}", f"{home}_{upper}_{part}"
