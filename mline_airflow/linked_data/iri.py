"""Names of the semantic web for what MLine names; `provenance` uses the same for runs."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from .rdf import PREFIXES, Iri


def expand(name: str, prefixes: Mapping[str, str]) -> str:
    """Return `prov:Entity` as the whole IRI; what has no known prefix stays as it is."""
    prefix, colon, local = name.partition(":")
    base = {**PREFIXES, **prefixes}.get(prefix)
    return f"{base}{local}" if colon and base else name


def type_iri(name: str) -> Iri:
    """Return the IRI of a type by its qualified name."""
    return Iri(f"urn:mline:type:{quote(name, safe='.')}")


def relation_iri(library: str, name: str) -> Iri:
    """Return the IRI of a relation whose library gives it none."""
    return Iri(f"urn:mline:relation:{quote(library)}.{quote(name)}")


def experiment_iri(experiment: str) -> Iri:
    """Return the IRI of an experiment."""
    return Iri(f"urn:mline:experiment:{quote(experiment, safe='')}")


def node_iri(experiment: str, node: str) -> Iri:
    """Return the IRI of a node of an experiment's network."""
    return Iri(f"urn:mline:node:{quote(experiment, safe='')}:{quote(node, safe='.')}")
