"""Statements of RDF and how they are written: Turtle and JSON-LD, both from the same list."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from .iri import PREFIXES

_LOCAL: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_\-]*")
_TYPE: Final = PREFIXES["rdf"] + "type"
_UNSAFE: Final = re.compile(r"[\x00-\x20<>\"{}|^`\\]")
_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}

Literal = str | int | float | bool


class Iri(str):
    """An IRI as an object, to tell it from text."""

    __slots__ = ()


class Statement(NamedTuple):
    """Subject, predicate and object; the first two are IRIs."""

    subject: str
    predicate: str
    object: Iri | Literal


def turtle(statements: Iterable[Statement], prefixes: Mapping[str, str]) -> str:
    """Return the statements as Turtle, grouped by subject in their order."""
    grouped = _grouped(statements)
    names = _Names(prefixes)
    blocks = []
    for subject, predicates in grouped.items():
        lines = [
            f"{'a' if predicate == _TYPE else names.turtle(predicate)} "
            + ", ".join(_object(value, names) for value in values)
            for predicate, values in predicates.items()
        ]
        blocks.append(f"{names.turtle(subject)} " + " ;\n    ".join(lines) + " .")
    head = [f"@prefix {name}: <{base}> ." for name, base in names.used()]
    return "\n".join(head) + "\n\n" + "\n\n".join(blocks) + "\n"


def json_ld(statements: Iterable[Statement], prefixes: Mapping[str, str]) -> str:
    """Return the statements as JSON-LD with one graph."""
    names = _Names(prefixes)
    graph = []
    for subject, predicates in _grouped(statements).items():
        node: dict[str, Any] = {"@id": names.compact(subject)}
        for predicate, values in predicates.items():
            if predicate == _TYPE:
                node["@type"] = _one([names.compact(str(value)) for value in values])
            else:
                node[names.compact(predicate)] = _one([_json(value, names) for value in values])
        graph.append(node)
    document = {"@context": dict(names.used()), "@graph": graph}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _grouped(statements: Iterable[Statement]) -> dict[str, dict[str, list[Iri | Literal]]]:
    grouped: dict[str, dict[str, list[Iri | Literal]]] = {}
    for subject, predicate, value in dict.fromkeys(statements):
        grouped.setdefault(subject, {}).setdefault(predicate, []).append(value)
    return grouped


def _one(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values


class _Names:
    """Shortens IRIs by prefixes, and remembers which of them were needed."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self.prefixes = {**PREFIXES, **prefixes}
        self.needed: set[str] = set()

    def compact(self, iri: str) -> str:
        """Return `prefix:local`, or the IRI when no prefix fits."""
        for prefix, base in self.prefixes.items():
            if iri.startswith(base) and _LOCAL.fullmatch(iri, len(base)):
                self.needed.add(prefix)
                return f"{prefix}:{iri[len(base):]}"
        return iri

    def turtle(self, iri: str) -> str:
        short = self.compact(iri)
        if short != iri:
            return short
        return "<" + _UNSAFE.sub(lambda m: f"%{ord(m[0]):02X}", iri) + ">"

    def used(self) -> list[tuple[str, str]]:
        return [(name, base) for name, base in self.prefixes.items() if name in self.needed]


def _object(value: Iri | Literal, names: _Names) -> str:
    if isinstance(value, Iri):
        return names.turtle(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _double(value, names)
    return '"' + "".join(_ESCAPES.get(c, c) if c >= " " or c in _ESCAPES else f"\\u{ord(c):04X}" for c in value) + '"'


def _double(value: float, names: _Names) -> str:
    if math.isfinite(value):
        return f"{value!r}e0" if "e" not in repr(value) else repr(value)
    word = "NaN" if math.isnan(value) else "INF" if value > 0 else "-INF"
    return f'"{word}"^^{names.turtle(PREFIXES["xsd"] + "double")}'


def _json(value: Iri | Literal, names: _Names) -> Any:
    if isinstance(value, Iri):
        return {"@id": names.compact(value)}
    if isinstance(value, float):  # JSON has one kind of number: 1.0 would be read as an integer
        word = _double(value, names).strip('"').split('"', maxsplit=1)[0]
        return {"@value": word, "@type": names.compact(PREFIXES["xsd"] + "double")}
    return value
