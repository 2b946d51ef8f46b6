"""What a type library says of schemas, fields, metrics, relations and rules, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .diagnostic import Collector, Related, catalogue
from .library import Relation, Type, TypeNetwork
from .model import Library, PortDecl, TypeDecl, Word
from .names import ENTITY_KEYS
from .schema_check import schema_problem, value_problem
from .suggest import did_you_mean, one

METRIC = "core.Metric"


class LibraryCheck:
    """Checks one library of a network of types."""

    def __init__(self, network: TypeNetwork, library: Library, found: Collector) -> None:
        self.network = network
        self.library = library
        self.found = found

    def check(self) -> None:
        """Report everything."""
        for decl in self.library.types.values():
            type_ = self.network.types.get(f"{self.library.id.text}.{decl.name.text}")
            self._schemas(decl, decl.fields, "field")
            self._schemas(decl, decl.with_, "value")
            if type_ is not None:
                self._fields(decl, type_)
                self._metric(decl, type_)
                self._needs(decl, type_)
                for port in decl.gives.values():
                    self._port_relations(port, type_)
        self._relations()
        self._rules()

    # -- types -----------------------------------------------------------------------------------

    def _schemas(self, decl: TypeDecl, schemas: Mapping[str, Any], what: str) -> None:
        for name, schema in schemas.items():
            span = decl.places.get(name, decl.name.span)
            problem = schema_problem(schema)
            if problem is not None:
                self.found.add("invalid-schema", span, f"the {what} '{name}': {problem}")
            elif "default" in schema:
                problem = value_problem(schema, schema["default"])
                if problem is not None:
                    message = f"the default of '{name}' does not fit: {problem}"
                    self.found.add("invalid-value", span, message)

    def _fields(self, decl: TypeDecl, type_: Type) -> None:
        for name in decl.required:
            if name not in type_.fields:
                hint, _fix = did_you_mean(name, type_.fields, decl.name.span)
                message = f"'{decl.name.text}' requires '{name}', which is no field of it{hint}"
                self.found.add("unknown-field", decl.name.span, message)
        for name in decl.fields:
            span = decl.places.get(name, decl.name.span)
            if name in ENTITY_KEYS:
                message = f"every entity has the key '{name}'; a field needs another name"
                self.found.add("reserved-key", span, message)
            elif name in self.network.relations or name in self.network.inverses:
                message = f"'{name}' is a relation; a field needs another name"
                self.found.add("duplicate-name", span, message)

    def _metric(self, decl: TypeDecl, type_: Type) -> None:
        if self.network.kind_is(type_.name, METRIC):
            return
        for key, value in (("better", decl.better), ("range", decl.range), ("unit", decl.unit)):
            if value:
                message = f"'{key}' belongs to types of metrics, and '{decl.name.text}' is none"
                self.found.add("useless-key", decl.name.span, message)

    def _needs(self, decl: TypeDecl, type_: Type) -> None:
        for word in decl.needs:
            if type_.kind != "stage":
                message = f"'needs' belongs to types of stages, and '{decl.name.text}' is none"
                self.found.add("useless-key", word.span, message)

    def _port_relations(self, port: PortDecl, type_: Type) -> None:
        """Check that a relation's ends could be of the ports' types."""
        given = type_.gives.get(port.name.text)
        for name, words in port.relations.items() if given is not None else ():
            forward = self.network.inverses.get(name)
            relation = self.network.relations.get(forward or name)
            if relation is None or given is None:
                continue
            domain, range_ = _ends(relation, backward=forward is not None)
            if not self._may_be(given.type, domain):
                message = (
                    f"'{name}' is a relation of '{domain}', "
                    f"and '{port.name.text}' is {one(given.type)}"
                )
                self.found.add("relation-domain", port.keys.get(name, port.name.span), message)
                continue
            for word in words:
                target = type_.takes.get(word.text) or type_.gives.get(word.text)
                if target is not None and not self._may_be(target.type, range_):
                    message = (
                        f"'{name}' relates to {one(range_)}, "
                        f"and '{word.text}' is {one(target.type)}"
                    )
                    self.found.add("relation-range", word.span, message)

    def _may_be(self, one: str, other: str) -> bool:
        return self.network.accepts(one, other) or self.network.accepts(other, one)

    # -- relations and rules -----------------------------------------------------------------------

    def _relations(self) -> None:
        for decl in self.library.relations.values():
            self._not_a_key(decl.name)
            other = self.network.relations.get(decl.inverse) if decl.inverse else None
            if other is not None:
                place = Related(other.decl.source, other.decl.name.span, "it is declared here")
                message = (
                    f"'{decl.inverse}' is a relation already; an inverse needs a name of its own"
                )
                self.found.add("duplicate-name", decl.name.span, message, related=(place,))

    def _not_a_key(self, name: Word) -> None:
        if name.text in ENTITY_KEYS:
            message = f"every entity has the key '{name.text}'; a relation needs another name"
            self.found.add("reserved-key", name.span, message)

    def _rules(self) -> None:
        others = [lib for lib in self.network.libraries.values() if lib is not self.library]
        for decl in self.library.rules.values():
            code = decl.name.text.replace("_", "-")
            replaced = any(decl.name.text in other.rules for other in others)
            if code in catalogue() and not replaced:
                message = f"'{code}' is a code of MLine's own; a rule needs another name"
                self.found.add("duplicate-name", decl.name.span, message)


def _ends(relation: Relation, *, backward: bool) -> tuple[str, str]:
    return (relation.to, relation.from_) if backward else (relation.from_, relation.to)
