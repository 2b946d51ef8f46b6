"""What a place means: the thing that it names, the key that it is, the findings there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from ..diagnostic import Diagnostic, catalogue
from ..model import Experiment
from ..text import Span
from .definitions import function_of, home_symbol, library_source, port_of, stage_of, stage_type
from .occurrences import Kind, Occurrence, Symbol
from .opened import Opened
from .pages import (
    entity_page,
    experiment_page,
    output_page,
    page,
    param_page,
    port_page,
    relation_page,
    service_page,
    stage_page,
    type_page,
    value_line,
)
from .places import key_at, path_at
from .vocabulary import explanation, vocabulary


class Hover(NamedTuple):
    """Markdown about a place."""

    span: Span
    text: str


def hover(opened: Opened, offset: int, diagnostics: Iterable[Diagnostic] = ()) -> Hover | None:
    """Return what there is to say of an offset; `diagnostics` are explained where they are."""
    found = opened.names.at(offset)
    text, span = "", Span(offset, offset)
    if found is not None:
        text, span = _PAGES.get(found.symbol.kind, _nothing)(opened, found), found.span
    if not text:
        text, span = _of_key(opened, offset) or ("", span)
    explained = {
        d.code: catalogue()[d.code].explanation
        for d in (*diagnostics, *opened.analysis.diagnostics)
        if d.source is opened.source and d.span.start <= offset <= d.span.end
        if d.code in catalogue()
    }
    rules = [f"`{code}`: {why}" for code, why in explained.items()]
    whole = "\n\n---\n\n".join([*([text] if text else []), *rules])
    return Hover(span, whole) if whole else None


def _nothing(_opened: Opened, _found: Occurrence) -> str:
    return ""


# -- keys ----------------------------------------------------------------------------------------


def _of_key(opened: Opened, offset: int) -> tuple[str, Span] | None:
    """Return the explanation of the key at an offset, or of the key whose value is there."""
    path = path_at(opened.analysis.tree, offset)
    span = key_at(opened.analysis.tree, offset)
    while path and not isinstance(path[-1], str):
        path = path[:-1]
    if not path:
        return None
    schema = vocabulary(opened.analysis.kind).key(path)
    name = str(path[-1])
    about = explanation(schema) if schema is not None else ""
    title = str(schema.get("title", "")) if schema is not None else ""
    if not about and not title:
        return None
    head = f"{name} — {title}" if title and title.lower() != name else name
    return page(head, about), span or Span(offset, offset)


# -- things --------------------------------------------------------------------------------------


def _entity(opened: Opened, found: Occurrence) -> str:
    home, symbol = home_symbol(opened, found.symbol)
    model, resolved = home.analysis.model, home.analysis.resolved
    if not isinstance(model, Experiment) or resolved is None:
        return ""
    entity = model.entities.get(symbol.name)
    return entity_page(resolved, home.analysis.types, entity) if entity is not None else ""


def _experiment(opened: Opened, found: Occurrence) -> str:
    home, symbol = home_symbol(opened, found.symbol)
    model = home.analysis.model
    known = isinstance(model, Experiment) and model.id.text == symbol.name
    return experiment_page(model) if known and isinstance(model, Experiment) else ""


def _stage(opened: Opened, found: Occurrence) -> str:
    stage, types = stage_of(opened, found.symbol.name), opened.analysis.types
    return stage_page(types, stage) if stage is not None and types is not None else ""


def _service(opened: Opened, found: Occurrence) -> str:
    resolved = opened.analysis.resolved
    service = resolved.services.get(found.symbol.name) if resolved is not None else None
    return service_page(service) if service is not None else ""


def _endpoint(opened: Opened, found: Occurrence) -> str:
    resolved = opened.analysis.resolved
    service = resolved.services.get(found.symbol.owner) if resolved is not None else None
    offered = service.service.offers.get(found.symbol.name) if service is not None else None
    if offered is None:
        return ""
    head = f"{found.symbol.owner}.{found.symbol.name}"
    return page(head, f"endpoint, {offered.protocol}, port {offered.port}")


def _input(opened: Opened, found: Occurrence) -> str:
    symbol, types = found.symbol, opened.analysis.types
    port = port_of(opened, symbol)
    if port is not None and types is not None:
        return port_page(types, port, symbol.owner, "input")
    stage = stage_of(opened, symbol.owner)
    taken = stage.takes.get(symbol.name) if stage is not None else None
    if taken is None:
        return ""
    refs = ", ".join(f"`{ref.text}`" for ref in taken.refs)
    return page(f"{symbol.owner}.{symbol.name}", f"input, filled by {refs}")


def _output(opened: Opened, found: Occurrence) -> str:
    symbol, types, resolved = found.symbol, opened.analysis.types, opened.analysis.resolved
    stage = stage_of(opened, symbol.owner)
    if stage is not None and resolved is not None and types is not None:
        if symbol.name in stage.gives:
            return output_page(resolved, types, symbol.owner, symbol.name)
        port = port_of(opened, symbol)
        return port_page(types, port, symbol.owner, "output") if port is not None else ""
    return ""


def _param(opened: Opened, found: Occurrence) -> str:
    model = opened.analysis.model
    param = model.params.get(found.symbol.name) if isinstance(model, Experiment) else None
    return param_page(param) if param is not None else ""


def _type(opened: Opened, found: Occurrence) -> str:
    types = opened.analysis.types
    type_ = types.types.get(found.symbol.name) if types is not None else None
    return type_page(types, type_) if types is not None and type_ is not None else ""


def _relation(opened: Opened, found: Occurrence) -> str:
    types, name = opened.analysis.types, found.symbol.name
    if types is None:
        return ""
    forward = types.inverses.get(name, name)
    relation = types.relations.get(forward)
    inverse = name if forward != name else ""
    return relation_page(types, relation, inverse) if relation is not None else ""


def _value(opened: Opened, found: Occurrence) -> str:
    """A value of `with`: what the type says of it, else the function's argument."""
    symbol = found.symbol
    type_, types = stage_type(opened, symbol.owner), opened.analysis.types
    if type_ is None and types is not None:
        type_ = types.types.get(symbol.owner)
    if type_ is not None and symbol.name in type_.with_:
        return page(
            symbol.name,
            f"value of `{type_.name}`",
            value_line(symbol.name, type_.with_[symbol.name]),
        )
    stage = stage_of(opened, symbol.owner)
    action = stage.stage.action if stage is not None else None
    if action is not None and action.kind == "call":
        function = function_of(opened, Symbol("function", action.value, symbol.owner))
        if function is not None:
            return page(symbol.name, f"argument of `{function.signature}`")
    return page(
        symbol.name, f"value of `{symbol.owner}`, `PARAM_{symbol.name.upper()}` in a script"
    )


def _field(opened: Opened, found: Occurrence) -> str:
    types = opened.analysis.types
    type_ = types.types.get(found.symbol.owner) if types is not None else None
    if type_ is None or found.symbol.name not in type_.fields:
        return ""
    name = found.symbol.name
    return page(name, f"property of `{type_.name}`", value_line(name, type_.fields[name]))


def _library(opened: Opened, found: Occurrence) -> str:
    types, name = opened.analysis.types, found.symbol.name
    library = types.libraries.get(name) if types is not None else None
    if library is None and types is not None:
        source = library_source(opened, name)
        library = next((lib for lib in types.libraries.values() if lib.source is source), None)
    if library is None:
        return ""
    count = len(library.types)
    about = f"type library {library.version}".strip()
    return page(library.id.text, about, library.doc, f"{count} types")


def _function(opened: Opened, found: Occurrence) -> str:
    function = function_of(opened, found.symbol)
    if function is None:
        return ""
    return page(function.call, f"```python\ndef {function.signature}\n```", function.doc)


_PAGES: dict[Kind, Callable[[Opened, Occurrence], str]] = {
    "endpoint": _endpoint,
    "entity": _entity,
    "experiment": _experiment,
    "field": _field,
    "function": _function,
    "input": _input,
    "library": _library,
    "output": _output,
    "param": _param,
    "relation": _relation,
    "service": _service,
    "stage": _stage,
    "type": _type,
    "value": _value,
}
