"""Names of the semantic web for what MLine names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

NAMESPACE: Final = "urn:mline:ns:"
"""What MLine names itself, where ML-Schema and PROV-O have no word."""

PREFIXES: Final[dict[str, str]] = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "prov": "http://www.w3.org/ns/prov#",
    "mls": "http://www.w3.org/ns/mls#",
    "dcterms": "http://purl.org/dc/terms/",
    "mline": NAMESPACE,
}


def expand(name: str, prefixes: Mapping[str, str]) -> str:
    """Return `prov:Entity` as the whole IRI; what has no known prefix stays as it is."""
    prefix, colon, local = name.partition(":")
    base = {**PREFIXES, **prefixes}.get(prefix)
    return f"{base}{local}" if colon and base else name


def own_iri(library: str, name: str) -> str:
    """Return the IRI of a type or relation whose library gives it none."""
    return f"{NAMESPACE}{quote(library)}/{quote(name)}"


def node_iri(project: str, experiment: str, node: str = "") -> str:
    """Return the IRI of an experiment, or of a node of its network."""
    base = f"urn:mline:experiment:{quote(project, safe='')}:{quote(experiment, safe='')}"
    return f"{base}:{quote(node, safe='.')}" if node else base
