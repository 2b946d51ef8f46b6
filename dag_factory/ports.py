"""Ports: what a stage gives, what fills what it takes, and whether the types agree."""

from __future__ import annotations

from collections.abc import Mapping

from .adapters import find_chain, is_lossy, would_fit
from .diagnostic import Related
from .library import Adapter, Port
from .model import Give, Take, Word
from .resolved import Given, Ref, ResolvedStage, Taken
from .scope import Scope
from .suggest import did_you_mean, listing
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
        what = f"'{resolved.stage.id.text}' ({resolved.type.name})"
        message = f"{what} {verb} no '{name.text}'{hint}"
        self.found.add("unknown-port", name.span, message, fix=fix)

    def _given(self, resolved: ResolvedStage, give: Give, port: Port | None) -> Given | None:
        stage = resolved.stage.id.text
        relations = dict(port.relations) if port else {}
        relations.update({k: tuple(w.text for w in words) for k, words in give.relations.items()})
        self._check_relations(resolved, give)
        entity = None
        node = f"{stage}.{give.port.text}"
        if give.entity is not None:
            name = give.entity.text
            entity = self.scope.experiment.entities.get(name)
            if entity is None:
                self._unknown_entity(give.entity)
                return None
            type_ = self.scope.resolved.entity_types.get(name)
            if type_ is None:
                return None
            node = name
            self._given_once(give.entity, stage)
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
            place = self.scope.related(
                resolved.stage.id.span, f"'{stage}' is a '{resolved.type.name}'"
            )
            message = (
                f"'{stage}.{give.port.text}' is '{type_.name}'; "
                f"a '{resolved.type.name}' gives '{port.type}' there"
            )
            self.found.add("port-type-mismatch", word.span, message, related=(place,))
        return Given(give.port.text, type_.name, node, give.port.span, relations, entity)

    def _check_relations(self, resolved: ResolvedStage, give: Give) -> None:
        ports = {*resolved.stage.takes, *resolved.type.takes, *resolved.stage.gives}
        for relation, words in give.relations.items():
            if relation not in self.types.relations and relation not in self.types.inverses:
                span = give.port.span
                hint, _fix = did_you_mean(relation, [*self.types.relations, "is", "doc"], span)
                message = f"'{relation}' is not a relation{hint}"
                self.found.add("unknown-relation", span, message)
            for word in words:
                if word.text not in ports:
                    hint, fix = did_you_mean(word.text, ports, word.span)
                    message = f"'{resolved.stage.id.text}' has no port '{word.text}'{hint}"
                    self.found.add("unknown-port", word.span, message, fix=fix)

    def _unknown_entity(self, word: Word) -> None:
        if not self.scope.experiment.complete:
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
        for name, port in resolved.type.gives.items():
            if port.optional or name in stage.gives:
                continue
            if stage.gives:
                message = f"a '{resolved.type.name}' gives '{name}'; add it to 'gives'"
                place = self.scope.related(stage.id.span, "the stage is here")
                first = next(iter(stage.gives.values())).port.span
                self.found.add("missing-output-port", first, message, related=(place,))
            elif self.types.types[port.type].abstract:
                message = f"say in 'gives' which '{port.type}' the output '{name}' is"
                self.found.add("abstract-type", stage.id.span, message)
            else:
                node = f"{stage.id.text}.{name}"
                resolved.gives[name] = Given(
                    name, port.type, node, stage.id.span, dict(port.relations)
                )

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
            for name, port in ports.items():
                if not port.optional and name not in resolved.stage.takes:
                    what = f"'{resolved.stage.id.text}' ({resolved.type.name})"
                    message = f"{what} needs the input '{name}'"
                    if self.scope.experiment.complete:
                        self.found.add("missing-input", resolved.stage.id.span, message)
            for name, word in resolved.stage.adapt_takes.items():
                if name not in resolved.stage.takes:
                    known = dict.fromkeys(resolved.stage.takes)
                    hint, fix = did_you_mean(name, known, word.span)
                    message = f"'{resolved.stage.id.text}' takes no '{name}'{hint}"
                    self.found.add("unknown-port", word.span, message, fix=fix)

    def _taken(self, resolved: ResolvedStage, take: Take, port: Port | None) -> Taken | None:
        refs = [r for r in (self.scope.reference(word) for word in take.refs) if r is not None]
        name = take.port.text
        many = take.listed or any(ref.each for ref in refs)
        if many and port is not None and not port.many:
            message = f"the port '{name}' of '{resolved.type.name}' takes one value, not several"
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
            f"'{resolved.stage.id.text}.{taken.port}' takes '{taken.type}', "
            f"and '{ref.text}' is '{ref.type}'"
        )
        related = self._both_ends(ref, port)
        chain = find_chain(self.types, ref.type, taken.type)
        if chain is None:
            fitting = would_fit(self.types, taken.type)
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
