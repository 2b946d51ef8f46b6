"""A network as RDF: what an experiment says, in the words of ML-Schema and PROV-O.

Types and relations that the network uses are described too, with their parents, so that the
document can be understood without MLine.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .dag_factory.library import Relation, TypeNetwork
from .dag_factory.model import Experiment
from .dag_factory.network import Network, Node
from .iri import NAMESPACE, PREFIXES, expand, node_iri, own_iri
from .rdf import Iri, Statement, json_ld, turtle

_TYPE = PREFIXES["rdf"] + "type"
_RDFS = PREFIXES["rdfs"]
_OWL = PREFIXES["owl"]
_DCTERMS = PREFIXES["dcterms"]


def export_network(
    experiment: Experiment, network: Network, types: TypeNetwork, *, project: str, form: str
) -> str:
    """Return the network of an experiment as `jsonld` or `turtle`."""
    prefixes: dict[str, str] = {}
    for library in types.libraries.values():
        prefixes.update(library.prefixes)
    statements = list(_Export(experiment, network, types, project).statements())
    return json_ld(statements, prefixes) if form == "jsonld" else turtle(statements, prefixes)


class _Export:
    def __init__(
        self, experiment: Experiment, network: Network, types: TypeNetwork, project: str
    ) -> None:
        self.experiment = experiment
        self.network = network
        self.types = types
        self.project = project

    def statements(self) -> Iterator[Statement]:
        """Yield what holds: of the experiment, of every node, of types and relations."""
        yield from self._header()
        for node in self.network.nodes.values():
            yield from self._node(node)
        for relation, subjects in self.network.edges.items():
            for subject, objects in subjects.items():
                for target in objects:
                    yield Statement(
                        self._iri(subject), self._relation_iri(relation), Iri(self._iri(target))
                    )
        yield from self._vocabulary()

    def _iri(self, node: str) -> str:
        own = "" if node == self.experiment.id.text else node
        return node_iri(self.project, self.experiment.id.text, own)

    def _header(self) -> Iterator[Statement]:
        me = self._iri(self.experiment.id.text)
        for key, value in (
            ("title", self.experiment.title),
            ("description", self.experiment.doc),
            ("creator", self.experiment.owner),
        ):
            if value:
                yield Statement(me, _DCTERMS + key, value)
        for tag in self.experiment.tags:
            yield Statement(me, _DCTERMS + "subject", tag)

    def _node(self, node: Node) -> Iterator[Statement]:
        me = self._iri(node.id)
        yield Statement(me, _TYPE, Iri(self._type_iri(node.type)))
        yield Statement(me, _RDFS + "label", node.title or node.id)
        if node.kind != "experiment":
            home = self._iri(self.experiment.id.text)
            yield Statement(home, _DCTERMS + "hasPart", Iri(me))
        for name, value in node.properties.items():
            for one in value if isinstance(value, list) else [value]:
                yield Statement(me, f"{NAMESPACE}field/{name}", _literal(one))

    def _type_iri(self, name: str) -> str:
        type_ = self.types.types.get(name)
        library, _, bare = name.rpartition(".")
        iri = type_.decl.iri if type_ else ""
        prefixes = self.types.libraries[library].prefixes if library in self.types.libraries else {}
        return expand(iri, prefixes) if iri else own_iri(library, bare)

    def _relation_iri(self, name: str) -> str:
        relation = self.types.relations.get(name)
        if relation is None:
            return own_iri("core", name)
        library = self.types.libraries[relation.decl.library]
        iri = relation.decl.iri
        return expand(iri, library.prefixes) if iri else own_iri(relation.decl.library, name)

    def _vocabulary(self) -> Iterator[Statement]:
        used: dict[str, None] = {}
        for node in self.network.nodes.values():
            used.update(dict.fromkeys(self.types.lineage(node.type)))
        for name in used:
            yield from self._type(name)
        for name in self.network.edges:
            if name in self.types.relations:
                yield from self._relation(self.types.relations[name])

    def _type(self, name: str) -> Iterator[Statement]:
        me = self._type_iri(name)
        type_ = self.types.types[name]
        yield Statement(me, _TYPE, Iri(_OWL + "Class"))
        yield Statement(me, _RDFS + "label", name)
        if type_.decl.doc:
            yield Statement(me, _RDFS + "comment", " ".join(type_.decl.doc.split()))
        parent = self._type_iri(type_.lineage[1]) if len(type_.lineage) > 1 else ""
        if parent and parent != me:  # two types may be one term of ML-Schema
            yield Statement(me, _RDFS + "subClassOf", Iri(parent))

    def _relation(self, relation: Relation) -> Iterator[Statement]:
        me = self._relation_iri(relation.name)
        yield Statement(me, _TYPE, Iri(_OWL + "ObjectProperty"))
        if relation.decl.transitive:
            yield Statement(me, _TYPE, Iri(_OWL + "TransitiveProperty"))
        yield Statement(me, _RDFS + "label", relation.name)
        if relation.decl.doc:
            yield Statement(me, _RDFS + "comment", " ".join(relation.decl.doc.split()))
        for parent in relation.parents:
            yield Statement(me, _RDFS + "subPropertyOf", Iri(self._relation_iri(parent)))


def _literal(value: Any) -> str | int | float | bool:
    """Return a value as a literal; what RDF has no word for as JSON."""
    if isinstance(value, (str, int, float)):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=isinstance(value, Mapping))
