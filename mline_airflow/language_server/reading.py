"""Requests that read: what a place means, where it leads, what a file holds."""

from __future__ import annotations

from typing import Any, Final

from mline_airflow.dag_factory.ide.definitions import definition, references
from mline_airflow.dag_factory.ide.hover import hover
from mline_airflow.dag_factory.ide.opened import Location
from mline_airflow.dag_factory.ide.outline import Item, folds, outline, tokens

from .asked import Asked
from .messages import Message

_SYMBOLS: Final = {
    "section": 3,  # namespace
    "entity": 13,  # variable
    "service": 19,  # object
    "stage": 12,  # function
    "param": 14,  # constant
    "type": 5,  # class
    "relation": 24,  # event
    "port": 7,  # property
    "key": 20,  # key
}
TOKEN_TYPES: Final = (
    *("type", "variable", "function", "property", "parameter", "namespace", "event", "keyword"),
)


def hovered(asked: Asked, params: Message) -> dict[str, Any] | None:
    """Explain a place."""
    found = hover(asked.opened, asked.offset(params["position"]), asked.diagnostics)
    if found is None:
        return None
    contents = {"kind": "markdown", "value": found.text}
    return {"contents": contents, "range": asked.range(found.span)}


def defined(asked: Asked, params: Message) -> list[dict[str, Any]]:
    """Return where a thing is declared."""
    return _locations(asked, definition(asked.opened, asked.offset(params["position"])))


def referred(asked: Asked, params: Message) -> list[dict[str, Any]]:
    """Return every place that names a thing."""
    declaration = bool((params.get("context") or {}).get("includeDeclaration", True))
    offset = asked.offset(params["position"])
    return _locations(asked, references(asked.opened, offset, declaration=declaration))


def _locations(asked: Asked, found: list[Location]) -> list[dict[str, Any]]:
    places = (asked.location(location.source, location.span) for location in found)
    return [place for place in places if place is not None]


def highlighted(asked: Asked, params: Message) -> list[dict[str, Any]]:
    """Return the places in this document that name a thing."""
    found = asked.opened.names.at(asked.offset(params["position"]))
    if found is None:
        return []
    spans = dict.fromkeys(o.span for o in asked.opened.names.of(found.symbol))
    return [{"range": asked.range(span)} for span in spans]


def symbols(asked: Asked, _params: Message) -> list[dict[str, Any]]:
    """Return the outline."""
    return [_symbol(asked, item) for item in outline(asked.opened)]


def _symbol(asked: Asked, item: Item) -> dict[str, Any]:
    return {
        "name": item.name or "''",
        "detail": item.detail,
        "kind": _SYMBOLS[item.role],
        "range": asked.range(item.span),
        "selectionRange": asked.range(item.name_span),
        "children": [_symbol(asked, child) for child in item.children],
    }


def folded(asked: Asked, _params: Message) -> list[dict[str, Any]]:
    """Return what can be folded."""
    ranges = [asked.range(span) for span in folds(asked.opened)]
    return [
        {"startLine": r["start"]["line"], "endLine": r["end"]["line"]}
        for r in ranges
        if r["end"]["line"] > r["start"]["line"]
    ]


def coloured(asked: Asked, _params: Message) -> dict[str, Any]:
    """Return the words and what they are, each relative to the one before."""
    data: list[int] = []
    line = character = 0
    for token in tokens(asked.opened):
        place = asked.range(token.span)
        start, end = place["start"], place["end"]
        if start["line"] != end["line"]:
            continue
        if start["line"] != line:
            character = 0
        data += [
            start["line"] - line,
            start["character"] - character,
            end["character"] - start["character"],
            TOKEN_TYPES.index(token.kind),
            int(token.declares),
        ]
        line, character = start["line"], start["character"]
    return {"data": data}
