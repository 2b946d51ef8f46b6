"""Entities: their types, where their values come from, their properties and relations."""

from __future__ import annotations

from .infer import port_relations
from .library import Type
from .model import Entity, Extra, Word
from .network import Triple
from .nodes import span_of
from .reader import Reader
from .resolved import Ref
from .schema_check import value_problem
from .scope import Scope
from .suggest import did_you_mean, listing, nearest, one


class EntityResolver:
    """Resolves the entities of one experiment."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.found = scope.found
        self.network_types = scope.types
        self.stated: list[tuple[Triple, Word]] = []

    def types(self) -> None:
        """Look up the type of every entity."""
        for name, entity in self.scope.experiment.entities.items():
            if entity.is_ is None:
                continue
            type_ = self.network_types.resolve(entity.is_, self.found, "entity")
            if type_ is None:
                continue
            if type_.abstract:
                message = f"'{entity.is_.text}' is abstract; name one of its subtypes"
                self.found.add("abstract-type", entity.is_.span, message)
            self.scope.resolved.entity_types[name] = type_

    def sources(self) -> None:
        """Find what gives each entity: a stage, a file, or another experiment."""
        resolved = self.scope.resolved
        givers = {
            given.entity.id.text: (name, given)
            for name, stage in resolved.stages.items()
            for given in stage.gives.values()
            if given.entity is not None
        }
        for name, entity in self.scope.experiment.entities.items():
            type_ = resolved.entity_types.get(name)
            if type_ is None:
                continue
            giver = givers.get(name)
            ref = self._declared_source(entity, type_, given=giver is not None)
            if giver is not None:
                stage, given = giver
                ref = Ref(
                    name, entity.id.span, "output", name, type_.name, stage=stage, port=given.port
                )
            if ref is not None:
                resolved.sources[name] = ref

    def _declared_source(self, entity: Entity, type_: Type, *, given: bool) -> Ref | None:
        name = entity.id.text
        if entity.at is not None and entity.from_ is not None:
            message = "'at' and 'from' exclude each other: a file, or another experiment's entity"
            self.found.add("several-sources", entity.from_.span, message)
        elif given and (entity.from_ is not None or (entity.at and "://" not in entity.at.text)):
            word = entity.from_ or entity.at
            message = f"a stage gives '{name}' already; leave this out"
            self.found.add("several-sources", word.span if word else entity.id.span, message)
        if entity.at is not None:
            at = entity.at
            return Ref(name, at.span, "file", name, type_.name, target=at.text)
        return self._asset(entity, entity.from_, type_) if entity.from_ is not None else None

    def _asset(self, entity: Entity, from_: Word, type_: Type) -> Ref | None:
        name = entity.id.text
        other, _, wanted = from_.text.partition(".")
        ref = Ref(name, from_.span, "asset", name, type_.name, target=from_.text)
        self._check_asset(from_, other, wanted, type_)
        return ref

    def _check_asset(self, from_: Word, other: str, wanted: str, type_: Type) -> None:
        exports = self.scope.exports
        if not wanted or "." in wanted:
            message = f"'{from_.text}' is not 'experiment.entity'"
            self.found.add("invalid-reference", from_.span, message)
            return
        if other == self.scope.experiment.id.text:
            message = f"'{other}' is this experiment; 'from' names another one"
            self.found.add("invalid-reference", from_.span, message)
            return
        if other not in exports:
            return  # nobody looked: a single text without its project
        entities = exports[other]
        if entities is None:
            known = [name for name, value in exports.items() if value is not None]
            near = nearest(other, known)
            hint, fix = did_you_mean(from_.text, [f"{near}.{wanted}"] if near else [], from_.span)
            message = f"there is no experiment '{other}' in this project{hint}"
            self.found.add("unknown-experiment", from_.span, message, fix=fix)
            return
        given = entities.get(wanted)
        if given is None:
            near = nearest(wanted, entities)
            hint, fix = did_you_mean(from_.text, [f"{other}.{near}"] if near else [], from_.span)
            message = f"the experiment '{other}' gives no declared entity '{wanted}'{hint}"
            self.found.add("unknown-entity", from_.span, message, fix=fix)
            return
        if given in self.network_types.types and not self.network_types.accepts(type_.name, given):
            shown = self.network_types.shown
            message = f"'{from_.text}' is {one(shown(given))}, not {one(shown(type_.name))}"
            self.found.add("entity-type-mismatch", from_.span, message)

    # -- properties and relations ----------------------------------------------------------------

    def relations(self) -> list[Triple]:
        """Read every entity's extra keys; return the relations that the file states."""
        for name, entity in self.scope.experiment.entities.items():
            type_ = self.scope.resolved.entity_types.get(name)
            if type_ is None:
                continue
            properties = self._properties(entity, type_)
            self.scope.resolved.properties[name] = properties
            if entity.at is not None or entity.from_ is None:
                self._require_fields(entity, type_, set(properties))
        return self._not_contradicted() if self.stated else []

    def _properties(self, entity: Entity, type_: Type) -> dict[str, object]:
        properties: dict[str, object] = {}
        types = self.network_types
        for extra in entity.extras:
            key = extra.key.text
            if key in type_.fields:
                value = Reader(self.found).plain(extra.value)
                problem = value_problem(type_.fields[key], value)
                if problem is not None:
                    message = f"'{key}' of '{types.shown(type_.name)}': {problem}"
                    self.found.add("invalid-property", span_of(extra.value), message)
                properties[key] = value
            elif key in types.relations or key in types.inverses:
                self._relation(entity, type_, extra)
            else:
                known = [*type_.fields, *self._fitting_relations(type_)]
                hint, fix = did_you_mean(
                    key, [*known, "is", "at", "from", "doc", "title"], extra.key.span
                )
                hint = hint or (f"; it has {listing(known, 12)}" if known else "")
                shown = types.shown(type_.name)
                message = f"'{key}' is neither a property of '{shown}' nor a relation{hint}"
                self.found.add("unknown-key", extra.key.span, message, fix=fix)
        return properties

    def _require_fields(self, entity: Entity, type_: Type, present: set[str]) -> None:
        for field in type_.required:
            if field not in present:
                message = (
                    f"{one(self.network_types.shown(type_.name))} needs the property '{field}'"
                )
                self.found.add("missing-property", entity.id.span, message)

    def _fitting_relations(self, type_: Type) -> list[str]:
        types = self.network_types
        return [r.name for r in types.relations.values() if types.accepts(r.from_, type_.name)]

    def _relation(self, entity: Entity, type_: Type, extra: Extra) -> None:
        types = self.network_types
        key = extra.key.text
        forward = types.inverses.get(key)
        relation = types.relations[forward or key]
        domain, range_ = (relation.to, relation.from_) if forward else (relation.from_, relation.to)
        if not types.accepts(domain, type_.name):
            shown = types.shown
            message = (
                f"'{key}' is a relation of '{shown(domain)}', "
                f"and '{entity.id.text}' is {one(shown(type_.name))}"
            )
            self.found.add("relation-domain", extra.key.span, message)
            return
        words = Reader(self.found).words(extra.value) or ()
        if not relation.decl.many and not forward and len(words) > 1:
            message = f"'{key}' relates to one thing, not to {len(words)}"
            self.found.add("relation-cardinality", words[1].span, message)
        for word in words:
            target = self._target(word)
            if target is None:
                continue
            node, target_type = target
            if not types.accepts(range_, target_type):
                message = (
                    f"'{key}' relates to {one(types.shown(range_))}, "
                    f"and '{word.text}' is {one(types.shown(target_type))}"
                )
                self.found.add("relation-range", word.span, message)
                continue
            name = entity.id.text
            triple = (
                Triple(node, relation.name, name) if forward else Triple(name, relation.name, node)
            )
            self.stated.append((triple, word))

    def _target(self, word: Word) -> tuple[str, str] | None:
        """Return the node and type that a relation's value names."""
        resolved = self.scope.resolved
        name = word.text
        if name in resolved.stages:
            return name, resolved.stages[name].type.name
        if name in resolved.services:
            return name, resolved.services[name].type.name
        if name in resolved.entity_types:
            return name, resolved.entity_types[name].name
        if name in self.scope.experiment.entities:
            return None
        ref = self.scope.reference(word)
        return None if ref is None else (ref.node, ref.type)

    def _not_contradicted(self) -> list[Triple]:
        """Report stated relations that the ports contradict; return the others."""
        inferred: dict[tuple[str, str], list[str]] = {}
        for stage in self.scope.resolved.stages.values():
            for subject, relation, target in port_relations(stage, self.network_types):
                inferred.setdefault((subject, relation), []).append(target)
        sound = []
        for triple, word in self.stated:
            targets = inferred.get((triple.subject, triple.relation))
            if not targets or triple.object in targets:
                sound.append(triple)
            else:
                source = self.scope.resolved.sources.get(triple.subject)
                giver = source.stage if source else triple.subject.partition(".")[0]
                message = (
                    f"'{triple.subject}' says {triple.relation} '{triple.object}', but the stage "
                    f"'{giver}' makes it {triple.relation} '{targets[0]}'"
                )
                self.found.add("contradicting-relation", word.span, message)
        return sound
