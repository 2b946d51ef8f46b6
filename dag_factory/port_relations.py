"""Relations that outputs declare: do they fit the types at both ends?"""

from __future__ import annotations

from .model import Give, Word
from .resolved import ResolvedStage
from .scope import Scope
from .suggest import one


def check_port_relations(scope: Scope) -> None:
    """Check every relation that a stage writes on an output."""
    for resolved in scope.resolved.stages.values():
        for give in resolved.stage.gives.values():
            given = resolved.gives.get(give.port.text)
            for name, words in give.relations.items():
                if given is not None:
                    _check(scope, resolved, give, given.type, name, words)


def _check(
    scope: Scope,
    resolved: ResolvedStage,
    give: Give,
    type_: str,
    name: str,
    words: tuple[Word, ...],
) -> None:
    types, shown = scope.types, scope.types.shown
    forward = types.inverses.get(name)
    relation = types.relations.get(forward or name)
    if relation is None:
        return
    domain, range_ = (relation.to, relation.from_) if forward else (relation.from_, relation.to)
    if not types.accepts(domain, type_):
        output = f"{resolved.stage.id.text}.{give.port.text}"
        message = f"'{name}' is a relation of '{shown(domain)}', and '{output}' is"
        span = give.keys.get(name, give.port.span)
        scope.found.add("relation-domain", span, f"{message} {one(shown(type_))}")
        return
    for word in words:
        for target in _types_of(resolved, word.text):
            if not types.accepts(range_, target):
                message = f"'{name}' relates to {one(shown(range_))}, and '{word.text}' is"
                scope.found.add("relation-range", word.span, f"{message} {one(shown(target))}")


def _types_of(resolved: ResolvedStage, port: str) -> list[str]:
    """Return the types of what fills an input, or of an output."""
    if port in resolved.gives:
        return [resolved.gives[port].type]
    taken = resolved.takes.get(port)
    return [ref.type for ref in taken.refs] if taken is not None else []
