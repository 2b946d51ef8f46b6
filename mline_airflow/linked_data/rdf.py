"""Triples, and how they are written: as JSON-LD and as Turtle."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

XSD = "http://www.w3.org/2001/XMLSchema#"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
PREFIXES = {
    "prov": "http://www.w3.org/ns/prov#",
    "mls": "http://www.w3.org/ns/mls#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "dcterms": "http://purl.org/dc/terms/",
    "xsd": XSD,
    "mline": "urn:mline:ns:",
}
_LOCAL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_IRI_UNSAFE = re.compile(r'[\x00-\x20<>"{}|^`\\]')
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_CONTROL = re.compile(r'[\\"\x00-\x1f\x7f]')


class Iri(str):
    """A name in the graph, in full."""

    __slots__ = ()


class Literal(NamedTuple):
    """A value with its datatype, an IRI in full; none for plain text."""

    text: str
    datatype: str = ""


class Triple(NamedTuple):
    """One statement."""

    subject: Iri
    predicate: Iri
    object: Iri | Literal


def term(name: str) -> Iri:
    """Return the IRI of `prefix:local`."""
    prefix, _, local = name.partition(":")
    return Iri(PREFIXES[prefix] + local)


def literal(value: Any) -> Literal:
    """Return a value of JSON as a literal; what is neither text, number nor truth is JSON text."""
    if isinstance(value, bool):
        return Literal("true" if value else "false", XSD + "boolean")
    if isinstance(value, int):
        return Literal(str(value), XSD + "integer")
    if isinstance(value, float):
        return Literal(repr(value), XSD + "double")
    return Literal(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def time_literal(text: str) -> Literal:
    """Return an ISO 8601 time as a literal."""
    return Literal(text, XSD + "dateTime")


def to_turtle(triples: Iterable[Triple]) -> str:
    """Write triples as Turtle, subjects in the order of their first appearance."""
    by_subject: dict[Iri, dict[Iri, list[str]]] = {}
    for subject, predicate, value in dict.fromkeys(triples):
        shown = _iri(value) if isinstance(value, Iri) else _turtle_literal(value)
        by_subject.setdefault(subject, {}).setdefault(predicate, []).append(shown)
    lines = [f"@prefix {prefix}: <{iri}> ." for prefix, iri in PREFIXES.items()]
    for subject, properties in by_subject.items():
        parts = [
            f"    {'a' if predicate == RDF_TYPE else _iri(predicate)} {', '.join(values)}"
            for predicate, values in properties.items()
        ]
        lines += ["", _iri(subject), " ;\n".join(parts) + " ."]
    return "\n".join(lines) + "\n"


def to_json_ld(triples: Iterable[Triple]) -> dict[str, Any]:
    """Return triples as a JSON-LD document, one node a subject."""
    nodes: dict[Iri, dict[str, Any]] = {}
    for subject, predicate, value in dict.fromkeys(triples):
        node = nodes.setdefault(subject, {"@id": _safe(subject)})
        if predicate == RDF_TYPE:
            node.setdefault("@type", []).append(_short(str(value)))
            continue
        node.setdefault(_short(predicate), []).append(_json_value(value))
    return {"@context": PREFIXES, "@graph": [_flat(node) for node in nodes.values()]}


def _json_value(value: Iri | Literal) -> Any:
    if isinstance(value, Iri):
        return {"@id": _safe(value)}
    if not value.datatype:
        return value.text
    return {"@value": value.text, "@type": _short(value.datatype)}


def _flat(node: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value[0] if isinstance(value, list) and len(value) == 1 else value
        for key, value in node.items()
    }


def _short(iri: str) -> str:
    """Return `prefix:local` where there is a prefix; JSON-LD and Turtle both read it."""
    for prefix, start in PREFIXES.items():
        if iri.startswith(start) and _LOCAL.fullmatch(iri[len(start) :]):
            return f"{prefix}:{iri[len(start) :]}"
    return _safe(iri)


def _iri(iri: str) -> str:
    short = _short(iri)
    return short if short.partition(":")[0] in PREFIXES and short != _safe(iri) else f"<{short}>"


def _turtle_literal(value: Literal) -> str:
    text = _CONTROL.sub(lambda m: _ESCAPES.get(m[0], f"\\u{ord(m[0]):04X}"), value.text)
    return f'"{text}"^^{_iri(value.datatype)}' if value.datatype else f'"{text}"'


def _safe(iri: str) -> str:
    """Percent-encode what may not stand in an IRI."""
    return _IRI_UNSAFE.sub(lambda m: "".join(f"%{byte:02X}" for byte in m[0].encode()), iri)
