"""What the resolving passes share: the file, its types, and how a reference is looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .diagnostic import Collector, Related
from .library import TypeNetwork
from .model import Experiment, Word
from .reference import parse_reference
from .resolved import Ref, Resolved
from .suggest import did_you_mean, listing
from .text import Span


@dataclass(slots=True)
class Scope:
    """The state of resolving one experiment."""

    experiment: Experiment
    types: TypeNetwork
    found: Collector
    resolved: Resolved
    exports: Mapping[str, Mapping[str, str] | None]
    broken_types: set[Span] = field(default_factory=set)

    def related(self, span: Span, message: str) -> Related:
        """Return another place in this file."""
        return Related(self.found.source, span, message)

    def reference(self, word: Word) -> Ref | None:
        """Look up what a stage takes or a condition reads; report when there is nothing."""
        parsed = parse_reference(word.text)
        if word.text.partition(".")[0].partition("[")[0] in self.experiment.refused:
            return None
        if parsed is None:
            self._not_a_reference(word)
            return None
        if parsed.head in self.resolved.stages and (
            parsed.port or parsed.head not in self.experiment.entities
        ):
            return self._output(word, parsed.head, parsed.port, parsed.which)
        if parsed.head in self.experiment.entities:
            return self._entity(word, parsed.head, parsed.port)
        self._unknown(word, parsed.head, parsed.port)
        return None

    def _not_a_reference(self, word: Word) -> None:
        hint, fix = "; write an entity, or stage.port", None
        if word.text.startswith("$") and parse_reference(word.text[1:]) is not None:
            hint, fix = did_you_mean(word.text, [word.text[1:]], word.span)
            hint = hint or "; leave the '$' out"
        elif self.types.find(word.text) is not None:
            hint = f" but a type{hint}"
        message = f"'{word.text}' is not a reference{hint}"
        self.found.add("invalid-reference", word.span, message, fix=fix)

    def _output(self, word: Word, stage: str, port: str, which: str) -> Ref | None:
        gives = self.resolved.stages[stage].gives
        if not port:
            only = next(iter(gives)) if len(gives) == 1 else "port"
            message = f"'{stage}' is a stage; write '{stage}.{only}' (it gives {listing(gives)})"
            self.found.add("invalid-reference", word.span, message)
            return None
        given = gives.get(port)
        if given is None:
            if not self.experiment.complete or port in self.resolved.stages[stage].stage.gives:
                return None  # an output whose type is wrong is reported where it is declared
            span = Span(word.span.end - len(port), word.span.end)
            if self.found.source.text[span.start : span.end] != port:
                span = word.span
            hint, fix = did_you_mean(port, gives, span)
            hint = hint or f"; it gives {listing(gives)}"
            place = self.related(self.resolved.stages[stage].stage.id.span, "the stage is here")
            message = f"the stage '{stage}' gives no '{port}'{hint}"
            self.found.add("unknown-port", word.span, message, related=(place,), fix=fix)
            return None
        each = which == "*"
        return Ref(
            text=word.text,
            span=word.span,
            kind="output",
            node=given.node,
            type=given.type,
            stage=stage,
            port=port,
            each=each,
            instance="" if each else which,
        )

    def _entity(self, word: Word, name: str, port: str) -> Ref | None:
        if port:
            message = f"'{name}' is an entity; it has no ports"
            self.found.add("invalid-reference", word.span, message)
            return None
        source = self.resolved.sources.get(name)
        if source is None:
            if name in self.resolved.entity_types:
                place = self.related(self.experiment.entities[name].id.span, "it is declared here")
                message = f"nothing gives '{name}': no stage, no 'at', no 'from'"
                if self.experiment.complete and self.experiment.entities[name].sourceless:
                    self.found.add("nothing-gives", word.span, message, related=(place,))
            return None
        return source._replace(text=word.text, span=word.span)

    def _unknown(self, word: Word, head: str, port: str) -> None:
        if not self.experiment.complete:
            return
        if head in self.experiment.services:
            message = f"'{head}' is a service; use it with 'uses: [{head}]'"
            self.found.add("invalid-reference", word.span, message)
            return
        outputs = [
            f"{name}.{given}"
            for name, stage in self.resolved.stages.items()
            for given in stage.gives
        ]
        known = [*self.experiment.entities, *outputs]
        span = word.span
        if port:  # the stage is misspelt, the port may be right: compare the stages first
            heads = list(self.resolved.stages)
            span = Span(word.span.start, word.span.start + len(head))
            if self.found.source.text[span.start : span.end] != head:
                span = word.span
            hint, fix = did_you_mean(head, heads, span)
            if fix is not None:
                message = f"there is no stage '{head}'{hint}"
                self.found.add("unknown-stage", span, message, fix=fix)
                return
        hint, fix = did_you_mean(word.text, known, word.span)
        message = f"there is no entity or output '{word.text}'{hint}"
        self.found.add("unknown-reference", word.span, message, fix=fix)
