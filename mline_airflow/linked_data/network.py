"""A network as RDF: what an experiment says, in the words of ML-Schema and PROV-O.

Types and relations that the network uses are described too, with their parents and the terms of
other vocabularies that they are, so that the document can be understood without MLine.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from ..dag_factory.library import Relation, TypeNetwork
from ..dag_factory.model import Experiment
from ..dag_factory.network import Network, Node
from .iri import expand, experiment_iri, node_iri, relation_iri, type_iri
from .rdf import RDF_TYPE, Iri, Triple, literal, term, to_json_ld, to_turtle

_A = Iri(RDF_TYPE)


def export_network(experiment: Experiment, network: Network, types: TypeNetwork) -> list[Triple]:
    """Return everything that a network says, the vocabulary that it uses included."""
    return list(dict.fromkeys(_Export(experiment, network, types).triples()))


def write(triples: list[Triple], form: str) -> str:
    """Return triples as `jsonld` or `turtle`."""
    if form == "turtle":
        return to_turtle(triples)
    return json.dumps(to_json_ld(triples), ensure_ascii=False, indent=2) + "\n"


class _Export:
    def __init__(self, experiment: Experiment, network: Network, types: TypeNetwork) -> None:
        self.experiment = experiment
        self.network = network
        self.types = types
        self.me = experiment_iri(experiment.id.text)

    def triples(self) -> Iterator[Triple]:
        """Yield what holds: of the experiment, of every node, of types and relations."""
        yield from self._header()
        for node in self.network.nodes.values():
            yield from self._node(node)
        for name, subjects in self.network.edges.items():
            for subject, objects in subjects.items():
                for target in objects:
                    yield Triple(self._iri(subject), self._relation_iri(name), self._iri(target))
        yield from self._vocabulary()

    def _iri(self, node: str) -> Iri:
        name = self.experiment.id.text
        return self.me if node == name else node_iri(name, node)

    def _header(self) -> Iterator[Triple]:
        yield Triple(self.me, _A, term("mls:Experiment"))
        for name, value in (
            ("dcterms:title", self.experiment.title),
            ("dcterms:description", self.experiment.doc),
            ("dcterms:creator", self.experiment.owner),
        ):
            if value:
                yield Triple(self.me, term(name), literal(value))
        for tag in self.experiment.tags:
            yield Triple(self.me, term("dcterms:subject"), literal(tag))

    def _node(self, node: Node) -> Iterator[Triple]:
        iri = self._iri(node.id)
        yield Triple(iri, _A, type_iri(node.type))
        for name in self.types.lineage(node.type):
            yield Triple(iri, _A, self._term_of(name))
        yield Triple(iri, term("rdfs:label"), literal(node.id))
        if node.title and iri != self.me:
            yield Triple(iri, term("dcterms:title"), literal(node.title))
        if iri != self.me:
            yield Triple(self.me, term("dcterms:hasPart"), iri)
        for name, value in node.properties.items():
            for one in value if isinstance(value, list) else [value]:
                yield Triple(iri, term(f"mline:{name}"), literal(one))

    def _term_of(self, name: str) -> Iri:
        """Return the term of another vocabulary that a type is, or its own IRI."""
        decl = self.types.types[name].decl
        prefixes = self.types.libraries[decl.library].prefixes
        return Iri(expand(decl.iri, prefixes)) if decl.iri else type_iri(name)

    def _relation_iri(self, name: str) -> Iri:
        relation = self.types.relations.get(name)
        if relation is None or not relation.decl.iri:
            return relation_iri(relation.decl.library if relation else "core", name)
        prefixes = self.types.libraries[relation.decl.library].prefixes
        return Iri(expand(relation.decl.iri, prefixes))

    def _vocabulary(self) -> Iterator[Triple]:
        used: dict[str, None] = {}
        for node in self.network.nodes.values():
            used.update(dict.fromkeys(self.types.lineage(node.type)))
        for name in used:
            yield from self._type(name)
        for name in self.network.edges:
            if name in self.types.relations:
                yield from self._relation(self.types.relations[name])

    def _type(self, name: str) -> Iterator[Triple]:
        iri, other = type_iri(name), self._term_of(name)
        type_ = self.types.types[name]
        yield Triple(iri, _A, term("owl:Class"))
        yield Triple(iri, term("rdfs:label"), literal(name))
        if type_.decl.doc:
            yield Triple(iri, term("rdfs:comment"), literal(" ".join(type_.decl.doc.split())))
        if len(type_.lineage) > 1:
            yield Triple(iri, term("rdfs:subClassOf"), type_iri(type_.lineage[1]))
        if other != iri:
            yield Triple(iri, term("rdfs:subClassOf"), other)

    def _relation(self, relation: Relation) -> Iterator[Triple]:
        iri = self._relation_iri(relation.name)
        yield Triple(iri, _A, term("owl:ObjectProperty"))
        if relation.decl.transitive:
            yield Triple(iri, _A, term("owl:TransitiveProperty"))
        yield Triple(iri, term("rdfs:label"), literal(relation.name))
        if relation.decl.doc:
            yield Triple(iri, term("rdfs:comment"), literal(" ".join(relation.decl.doc.split())))
        for parent in relation.parents:
            yield Triple(iri, term("rdfs:subPropertyOf"), self._relation_iri(parent))
