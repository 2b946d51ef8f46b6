"""Changes that mend a finding."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from ..adapters import find_chain, is_lossy
from ..builtin import home_of
from ..diagnostic import Diagnostic, Edit
from ..library import TypeNetwork
from ..model import Experiment, Word
from ..names import LIBRARIES
from ..reader import ID
from ..reference import parse_reference
from ..text import Span
from .complete_references import FITS, below, candidates_of, fit
from .opened import Opened
from .places import Step, entries, entry_of, path_at
from .scanning import inside
from .vocabulary import shown
from .written_entries import added, added_use, newline_of, removed

_ALLOW = "mline: allow "
_MOST_CHOICES = 5
_PORT = re.compile(r"\.([a-z][a-z0-9_]*)")


class QuickFix(NamedTuple):
    """One change that mends a finding. `preferred` says that it is the only sensible one."""

    title: str
    diagnostic: Diagnostic
    edits: tuple[Edit, ...]
    preferred: bool = False


def quick_fixes(opened: Opened, span: Span, diagnostics: Iterable[Diagnostic]) -> list[QuickFix]:
    """Return the changes that mend the findings which touch a part of the text."""
    found: list[QuickFix] = []
    for d in diagnostics:
        if d.source is opened.source and d.span.start <= span.end and span.start <= d.span.end:
            found += _of(opened, d)
    return [fix for fix in found if fix.edits]


def _of(opened: Opened, d: Diagnostic) -> Iterator[QuickFix]:
    if d.fix is not None:
        yield QuickFix(d.fix.title, d, d.fix.edits, preferred=True)
    make = _MAKERS.get(d.code)
    if make is not None:
        yield from make(opened, d)
    if d.severity != "error" and d in opened.analysis.diagnostics and opened.experiment_id:
        yield _allow(opened, d)


def _word(opened: Opened, d: Diagnostic) -> str:
    """Return what is written at a finding, without quotes."""
    return opened.source.text[slice(*d.span)].strip("'\"")


def _add(
    opened: Opened, d: Diagnostic, title: str, path: tuple[str, ...], entry: Word, value: str
) -> QuickFix:
    edits = added(opened.analysis.tree, opened.source.text, path, entry.text, value)
    return QuickFix(title, d, edits)


# -- libraries -----------------------------------------------------------------------------------


def _use_library(opened: Opened, d: Diagnostic) -> Iterator[QuickFix]:
    """A type of a library that is not in sight."""
    word = _word(opened, d)
    types = opened.analysis.types
    home = word.partition(".")[0] if "." in word else home_of(word)
    if home in LIBRARIES and types is not None and home not in types.visible:
        edits = added_use(opened.analysis.tree, opened.source.text, home)
        yield QuickFix(f"add '{home}' to 'use'", d, edits, preferred=True)


def _adapt(opened: Opened, d: Diagnostic) -> Iterator[QuickFix]:
    """A library that is not in use may have adapters from one type to the other."""
    types = opened.analysis.types
    ends = _types_at(opened, d.span)
    if types is None or ends is None:
        return
    everything = opened.project.types()
    chain = find_chain(everything, *ends)
    if chain is None or is_lossy(chain):
        return
    missing = dict.fromkeys(a.library for a in chain if a.library not in types.libraries)
    names = " then ".join(f"'{a.library}.{a.name}'" for a in chain)
    for library in missing if len(missing) == 1 else ():
        edits = added_use(opened.analysis.tree, opened.source.text, library)
        yield QuickFix(f"convert it by {names}: add '{library}' to 'use'", d, edits, preferred=True)


def _types_at(opened: Opened, span: Span) -> tuple[str, str] | None:
    """Return the type of the reference at a place, and the one that is wanted there."""
    resolved = opened.analysis.resolved
    for stage in resolved.stages.values() if resolved is not None else ():
        for taken in stage.takes.values():
            for ref in taken.refs:
                if ref.span == span:
                    return ref.type, taken.type
    return None


# -- what is missing -----------------------------------------------------------------------------


def _declare_param(opened: Opened, d: Diagnostic) -> Iterator[QuickFix]:
    name = _word(opened, d).removeprefix("$").removeprefix("params.")
    schema = _value_schema(opened, path_at(opened.analysis.tree, d.span.start))
    value = "{}"
    if "default" in schema and not isinstance(schema["default"], (dict, list)):
        value = shown(schema["default"])
    elif isinstance(schema.get("type"), str):
        value = f"{{type: {schema['type']}}}"
    if name.isidentifier():
        title = f"declare the parameter '{name}'"
        yield _add(opened, d, title, ("params",), Word(name, d.span), value)


def _value_schema(opened: Opened, path: tuple[Step, ...]) -> dict[str, object]:
    resolved = opened.analysis.resolved
    match path:
        case ("stages", str(name), "with", str(key), *_) if resolved and name in resolved.stages:
            schema = resolved.stages[name].type.with_.get(key)
            return schema if isinstance(schema, dict) else {}
    return {}


def _declare_thing(opened: Opened, d: Diagnostic) -> Iterator[QuickFix]:
    """An entity or a stage that nothing declares."""
    parsed = parse_reference(_word(opened, d))
    model = opened.analysis.model
    if parsed is None or not isinstance(model, Experiment):
        return
    path = path_at(opened.analysis.tree, d.span.start)
    wanted = _wanted(opened, path)
    name = Word(parsed.head, d.span)
    if parsed.port:
        if parsed.head not in model.entities:
            value = f"{{run: 'true', gives: {{{parsed.port}: {wanted}}}}}"
            yield _add(opened, d, f"add the stage '{parsed.head}'", ("stages",), name, value)
        return
    gives = "gives" in path
    value = wanted if gives or wanted == "Metric" else f"{{is: {wanted}, at: ./data/{parsed.head}}}"
    yield _add(opened, d, f"add the entity '{parsed.head}'", ("entities",), name, value)


def _wanted(opened: Opened, path: tuple[Step, ...]) -> str:
    """Return the type that fits at a place, the narrowest that is known and not abstract."""
    types, resolved = opened.analysis.types, opened.analysis.resolved
    if types is None or resolved is None:
        return "Dataset"
    match path:
        case ("stages", str(name), ("takes" | "gives") as side, str(port), *_) if (
            name in resolved.stages
        ):
            type_ = resolved.stages[name].type
            declared = (type_.takes if side == "takes" else type_.gives).get(port)
            return _concrete(types, declared.type if declared is not None else "core.Dataset")
        case ("stages", str(), "when") | ("tests", *_) | ("release", *_):
            return "Metric"
        case ("stages", str(), "sweep", *_):
            return "Metric"
    return "Dataset"


def _concrete(types: TypeNetwork, name: str) -> str:
    known = (t for t in types.types.values() if name in t.lineage and not t.abstract)
    first = next(known, None)
    return types.shown(first.name) if first is not None else "Dataset"


def _declare_service(opened: Opened, d: Diagnostic) -> Iterator[QuickFix]:
    parts = _word(opened, d).removeprefix("$services.").split(".")
    offers = f", offers: {{{parts[1]}: 8080}}" if len(parts) == 3 else ""
    if ID.fullmatch(parts[0]):
        value = f"{{image: {parts[0]}{offers}}}"
        title = f"add the service '{parts[0]}'"
        yield _add(opened, d, title, ("services",), Word(parts[0], d.span), value)


def _declare_stage(opened: Opened, d: Diagnostic) -> Iterator[QuickFix]:
    name = _word(opened, d)
    if not ID.fullmatch(name):
        return
    title = f"add the stage '{name}'"
    port = _PORT.match(opened.source.text, d.span.end)
    value = "{run: 'true'}"
    if port is not None:
        wanted = _wanted(opened, path_at(opened.analysis.tree, d.span.start))
        value = f"{{run: 'true', gives: {{{port[1]}: {wanted}}}}}"
    yield _add(opened, d, title, ("stages",), Word(name, d.span), value)


def _name_secret(opened: Opened, d: Diagnostic) -> Iterator[QuickFix]:
    name = _word(opened, d).removeprefix("$secrets.")
    match path_at(opened.analysis.tree, d.span.start):
        case (("stages" | "services") as section, str(thing), *_) if name.isidentifier():
            path = (section, thing, "secrets")
            value = f"variable.{name.lower()}"
            yield _add(
                opened,
                d,
                f"take '{name}' from a variable of Airflow",
                path,
                Word(name, d.span),
                value,
            )


def _fill_inputs(opened: Opened, d: Diagnostic) -> Iterator[QuickFix]:
    """What fits the inputs that a stage lacks."""
    resolved, types = opened.analysis.resolved, opened.analysis.types
    name = _word(opened, d)
    stage = resolved.stages.get(name) if resolved is not None else None
    if resolved is None or types is None or stage is None:
        return
    later = below(resolved, name)
    for port in stage.type.takes.values():
        if port.optional or port.name in stage.stage.takes or f"'{port.name}'" not in d.message:
            continue
        fitting = [
            c.text
            for c in candidates_of(opened)
            if c.given and not c.each and c.stage not in later
            if fit(types, c.type, port.type)[0] == FITS
        ]
        for text in fitting[:_MOST_CHOICES]:
            title = f"take '{text}' as '{port.name}'"
            one = _add(opened, d, title, ("stages", name, "takes"), Word(port.name, d.span), text)
            yield one._replace(preferred=len(fitting) == 1)


def _missing_key(opened: Opened, d: Diagnostic) -> Iterator[QuickFix]:
    """The keys that every file begins with."""
    end = newline_of(opened.source.text)
    if "needs the key 'mline'" in d.message:
        yield QuickFix("add 'mline: 1'", d, (Edit(Span(0, 0), f"mline: 1{end}"),), preferred=True)
    if "an experiment needs the key 'experiment'" in d.message:
        name = opened.path.name.partition(".")[0].replace("-", "_").lower()
        entry = entry_of(opened.analysis.tree, "mline")
        at = entry.span.end if entry is not None else 0
        line = f"{end}experiment: {name}" if at else f"experiment: {name}{end}"
        if ID.fullmatch(name):
            yield QuickFix(f"add 'experiment: {name}'", d, (Edit(Span(at, at), line),))


def _remove(opened: Opened, d: Diagnostic) -> Iterator[QuickFix]:
    """What nothing uses; a section that holds nothing else goes with it."""
    tree = opened.analysis.tree
    path = [step for step in path_at(tree, d.span.start)[:2] if isinstance(step, str)]
    entry, section = entry_of(tree, *path), entry_of(tree, *path[:1])
    if len(path) == 2 and entry is not None and section is not None and entry.key_span == d.span:
        alone = len(list(entries(section.value))) == 1
        edits = removed(opened.source.text, section if alone else entry)
        yield QuickFix(f"remove '{entry.key}'", d, edits)


def _allow(opened: Opened, d: Diagnostic) -> QuickFix:
    """Silence a warning in its place, with a comment on its line."""
    text, title = opened.source.text, f"allow '{d.code}' here"
    end = text.find("\n", d.span.start)
    end = len(text) if end < 0 else end
    end -= text[end - 1 : end] == "\r"
    here = inside(text, end)
    if here.quote or here.block:
        return QuickFix(title, d, ())
    line = text[text.rfind("\n", 0, end) + 1 : end]
    comment = f", {d.code}" if _ALLOW in line else f" {_ALLOW}{d.code}" if here.comment else ""
    return QuickFix(title, d, (Edit(Span(end, end), comment or f"  # {_ALLOW}{d.code}"),))


_MAKERS: dict[str, Callable[[Opened, Diagnostic], Iterator[QuickFix]]] = {
    "unknown-type": _use_library,
    "port-type-mismatch": _adapt,
    "unknown-param": _declare_param,
    "unknown-reference": _declare_thing,
    "unknown-entity": _declare_thing,
    "unknown-stage": _declare_stage,
    "unknown-service": _declare_service,
    "unknown-secret": _name_secret,
    "missing-input": _fill_inputs,
    "missing-key": _missing_key,
    "unused-param": _remove,
    "unused-entity": _remove,
    "unused-service": _remove,
}
