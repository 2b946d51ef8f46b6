"""Ports: what a stage gives, what fills what it takes, and whether the types agree."""

from __future__ import annotations

from collections.abc import Mapping

from .adapters import find_chain, is_lossy, would_fit
from .diagnostic import Related
from .library import Adapter, Port
from .model import Give, Take, Word
from .resolved import Given, Ref, ResolvedStage, Taken
from .scope import Scope
from .suggest import did_you_mean, listing, nearest, one
from .text import Span

ANY = "core.Entity"


class PortResolver:
    """Resolves the ports of all stages of one experiment."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.found = scope.found
        self.types = scope.types
        self.givers: dict[str, tuple[str, Span]] = {}

    # -- outputs ---------------------------------------------------------------------------------

    def gives(self) -> None:
        """Decide every output: its type, its id in the network, its relations."""
        for resolved in self.scope.resolved.stages.values():
            for give in resolved.stage.gives.values():
                port = self._declared(resolved, give.port, resolved.type.gives, "gives")
                given = self._given(resolved, give, port)
                if given is not None:
                    resolved.gives[give.port.text] = given
            self._inherited_outputs(resolved)
            for name, word in resolved.stage.adapt_gives.items():
                if name in resolved.gives:
                    resolved.gives[name].adapt = word.text
                else:
                    self._no_port(resolved, Word(name, word.span), resolved.gives, "gives")

    def _declared(
        self, resolved: ResolvedStage, name: Word, known: Mapping[str, Port], verb: str
    ) -> Port | None:
        """Return the type's port; report when a closed type has none of this name."""
        port = known.get(name.text)
        if port is None and not resolved.type.open and self._type_known(resolved):
            self._no_port(resolved, name, known, verb)
        return port

    def _type_known(self, resolved: ResolvedStage) -> bool:
        word = resolved.stage.is_
        return word is None or word.span not in self.scope.broken_types

    def _no_port(
        self,
        resolved: ResolvedStage,
        name: Word,
        known: Mapping[str, Port] | Mapping[str, Given],
        verb: str,
    ) -> None:
        hint, fix = did_you_mean(name.text, known, name.span)
        hint = hint or f"; it {verb} {listing(known)}"
        message = f"{self._named(resolved)} {verb} no '{name.text}'{hint}"
        self.found.add("unknown-port", name.span, message, fix=fix)

    def _named(self, resolved: ResolvedStage) -> str:
        """Return a stage as messages name it, with its type when it has one."""
        name, type_ = resolved.stage.id.text, resolved.type.name
        return f"'{name}'" if type_ == "core.Stage" else f"'{name}' ({self.types.shown(type_)})"

    def _given(self, resolved: ResolvedStage, give: Give, port: Port | None) -> Given | None:
        stage = resolved.stage.id.text
        relations = dict(port.relations) if port else {}
        relations.update({k: tuple(w.text for w in words) for k, words in give.relations.items()})
        self._check_relations(resolved, give)
        entity = None
        node = f"{stage}.{give.port.text}"
        if give.entity is not None:
            name = give.entity.text
            entities = self.scope.experiment.entities
            if name not in entities:
                self._unknown_entity(give.entity)
                # The entity that was meant is given, whatever its name should be.
                name = nearest(name, [e for e in entities if e not in self.givers]) or ""
            entity = entities.get(name)
            if entity is None:
                return None
            type_ = self.scope.resolved.entity_types.get(name)
            if type_ is None:
                return None
            node = name
            self._given_once(Word(name, give.entity.span), stage)
            word = give.entity
        else:
            word = give.is_ or give.port
            type_ = self.types.resolve(word, self.found, "entity")
            if type_ is None:
                return None
            if type_.abstract:
                message = f"'{word.text}' is abstract; name one of its subtypes"
                self.found.add("abstract-type", word.span, message)
        if port is not None and not self.types.accepts(port.type, type_.name):
            shown = self.types.shown
            kind = shown(resolved.type.name)
            place = self.scope.related(resolved.stage.id.span, f"'{stage}' is {one(kind)}")
            message = (
                f"'{stage}.{give.port.text}' is '{shown(type_.name)}'; "
                f"{one(kind)} gives '{shown(port.type)}' there"
            )
            self.found.add("port-type-mismatch", word.span, message, related=(place,))
        return Given(give.port.text, type_.name, node, give.port.span, relations, entity)

    def _check_relations(self, resolved: ResolvedStage, give: Give) -> None:
        ports = {*resolved.stage.takes, *resolved.type.takes, *resolved.stage.gives}
        for relation, words in give.relations.items():
            if relation not in self.types.relations and relation not in self.types.inverses:
                span = give.keys.get(relation, give.port.span)
                hint, fix = did_you_mean(relation, [*self.types.relations, "is", "doc"], span)
                message = f"'{relation}' is not a relation{hint}"
                self.found.add("unknown-relation", span, message, fix=fix)
            for word in words:
                if word.text not in ports:
                    hint, fix = did_you_mean(word.text, ports, word.span)
                    message = f"'{resolved.stage.id.text}' has no port '{word.text}'{hint}"
                    self.found.add("unknown-port", word.span, message, fix=fix)

    def _unknown_entity(self, word: Word) -> None:
        if not self.scope.experiment.complete or word.text in self.scope.experiment.refused:
            return
        hint, fix = did_you_mean(word.text, self.scope.experiment.entities, word.span)
        hint = hint or "; a new output is given by its type, as 'model: Model'"
        message = f"there is no entity '{word.text}'{hint}"
        self.found.add("unknown-entity", word.span, message, fix=fix)

    def _given_once(self, entity: Word, stage: str) -> None:
        first = self.givers.setdefault(entity.text, (stage, entity.span))
        if first[1] is not entity.span:
            place = self.scope.related(first[1], f"'{first[0]}' gives it here")
            message = f"'{entity.text}' is given by '{first[0]}' already"
            self.found.add("given-twice", entity.span, message, related=(place,))

    def _inherited_outputs(self, resolved: ResolvedStage) -> None:
        """A stage without `gives` has its type's outputs; one with `gives` names all it must."""
        stage = resolved.stage
        others = [p for p in stage.gives if p not in resolved.type.gives]
        for name, port in resolved.type.gives.items():
            if port.optional or name in stage.gives:
                continue
            if stage.gives:
                if self._is_misspelt(resolved, name, others):
                    continue
                message = (
                    f"{one(self.types.shown(resolved.type.name))} gives '{name}'; add it to 'gives'"
                )
                place = self.scope.related(stage.id.span, "the stage is here")
                first = next(iter(stage.gives.values())).port.span
                self.found.add("missing-output-port", first, message, related=(place,))
            elif self.types.types[port.type].abstract:
                message = (
                    f"say in 'gives' which '{self.types.shown(port.type)}' the output '{name}' is"
                )
                if "gives" not in stage.broken:
                    self.found.add("abstract-type", stage.id.span, message)
            else:
                node = f"{stage.id.text}.{name}"
                resolved.gives[name] = Given(
                    name, port.type, node, stage.id.span, dict(port.relations)
                )

    def _is_misspelt(self, resolved: ResolvedStage, name: str, others: list[str]) -> bool:
        """Tell whether a missing port is there under another name; an open type's is reported."""
        if not resolved.type.open and others:
            return True  # the type has no such port, and this is reported
        near = nearest(name, others)
        if near is None:
            return False
        stage = resolved.stage
        self._no_port_but(resolved, (stage.takes.get(near) or stage.gives[near]).port, name)
        return True

    def _no_port_but(self, resolved: ResolvedStage, word: Word, meant: str) -> None:
        hint, fix = did_you_mean(word.text, [meant], word.span)
        message = f"{self._named(resolved)} needs '{meant}', not '{word.text}'{hint}"
        self.found.add("unknown-port", word.span, message, fix=fix)

    # -- inputs ----------------------------------------------------------------------------------

    def takes(self) -> None:
        """Look up what fills every input and check that it fits."""
        for resolved in self.scope.resolved.stages.values():
            ports = resolved.type.takes
            for take in resolved.stage.takes.values():
                port = self._declared(resolved, take.port, ports, "takes")
                taken = self._taken(resolved, take, port)
                if taken is not None:
                    resolved.takes[take.port.text] = taken
            self._missing_inputs(resolved)
            for name, word in resolved.stage.adapt_takes.items():
                if name not in resolved.stage.takes:
                    known = dict.fromkeys(resolved.stage.takes)
                    hint, fix = did_you_mean(name, known, word.span)
                    message = f"'{resolved.stage.id.text}' takes no '{name}'{hint}"
                    self.found.add("unknown-port", word.span, message, fix=fix)

    def _missing_inputs(self, resolved: ResolvedStage) -> None:
        stage, ports = resolved.stage, resolved.type.takes
        missing = [n for n, port in ports.items() if not port.optional and n not in stage.takes]
        if not missing or not self.scope.experiment.complete or "takes" in stage.broken:
            return
        others = [port for port in stage.takes if port not in ports]
        for name in missing:
            if not self._is_misspelt(resolved, name, others):
                message = f"{self._named(resolved)} needs the input '{name}'"
                self.found.add("missing-input", stage.id.span, message)

    def _taken(self, resolved: ResolvedStage, take: Take, port: Port | None) -> Taken | None:
        refs = [r for r in (self.scope.reference(word) for word in take.refs) if r is not None]
        name = take.port.text
        many = take.listed or any(ref.each for ref in refs)
        if many and port is not None and not port.many:
            type_ = self.types.shown(resolved.type.name)
            message = f"the port '{name}' of '{type_}' takes one value, not several"
            self.found.add("not-many", take.refs[-1].span, message)
        if not refs:
            return None
        for ref in refs:
            if ref.stage and ref.stage not in resolved.upstream:
                resolved.upstream[ref.stage] = ref.span
        wanted = port.type if port else ANY
        adapt = resolved.stage.adapt_takes.get(name)
        taken = Taken(
            port=name,
            type=wanted,
            refs=tuple(refs),
            many=many or bool(port and port.many),
            span=take.port.span,
            adapt=adapt.text if adapt else "",
        )
        taken.chains = tuple(
            () if adapt else self._chain(resolved, taken, ref, port) for ref in refs
        )
        return taken

    def _chain(
        self, resolved: ResolvedStage, taken: Taken, ref: Ref, port: Port | None
    ) -> tuple[Adapter, ...]:
        if self.types.accepts(taken.type, ref.type):
            return ()
        where = (
            f"'{resolved.stage.id.text}.{taken.port}' takes '{self.types.shown(taken.type)}', "
            f"and '{ref.text}' is '{self.types.shown(ref.type)}'"
        )
        related = self._both_ends(ref, port)
        chain = find_chain(self.types, ref.type, taken.type)
        if chain is None:
            fitting = [self.types.shown(name) for name in would_fit(self.types, taken.type)]
            hint = f"; adapters exist from {listing(fitting)}" if fitting else ""
            message = (
                f"{where}; no adapter leads from one to the other{hint}, "
                "and 'adapt' names your own function"
            )
            self.found.add("port-type-mismatch", ref.span, message, related=related)
            return ()
        if is_lossy(chain):
            names = " then ".join(f"'{a.library}.{a.name}'" for a in chain)
            message = (
                f"{where}; {names} converts it but loses something; write 'adapt' to do it your way"
            )
            self.found.add("lossy-adapter", ref.span, message, related=related)
        if self._several(taken) and len(chain) > 0 and ref.each:
            message = f"{where}; all instances of a sweep cannot be adapted; use 'adapt'"
            self.found.add("port-type-mismatch", ref.span, message, related=related)
            return ()
        return chain

    def _several(self, taken: Taken) -> bool:
        return any(ref.each for ref in taken.refs)

    def _both_ends(self, ref: Ref, port: Port | None) -> tuple[Related, ...]:
        places = []
        if ref.stage:
            given = self.scope.resolved.stages[ref.stage].gives.get(ref.port)
            if given is not None:
                places.append(self.scope.related(given.span, f"'{ref.text}' is given here"))
        elif ref.node in self.scope.experiment.entities:
            word = self.scope.experiment.entities[ref.node].id
            places.append(self.scope.related(word.span, f"'{ref.text}' is declared here"))
        if port is not None:
            places.append(
                Related(port.source, port.span, f"the port '{port.name}' is declared here")
            )
        return tuple(places)
