"""Needs: every endpoint that a stage's type asks for is offered by a service that it uses."""

from __future__ import annotations

from .diagnostic import Related
from .model import Word
from .protocols import PROTOCOLS
from .resolved import ResolvedStage
from .scope import Scope
from .suggest import listing, nearest


def resolve_needs(scope: Scope) -> None:
    """Find an endpoint for every need: the first that fits, in the order of `uses`."""
    for stage in scope.resolved.stages.values():
        for need in stage.type.needs:
            found = _first(scope, stage, need.text)
            if found is not None:
                stage.needs[need.text] = found
            elif not _is_told_already(scope, stage):
                _report(scope, stage, need)


def _first(scope: Scope, stage: ResolvedStage, need: str) -> tuple[str, str] | None:
    for name in stage.uses:
        for endpoint, offer in scope.resolved.services[name].service.offers.items():
            if offer.meets(need):
                return name, endpoint
    return None


def _is_told_already(scope: Scope, stage: ResolvedStage) -> bool:
    """Tell whether something else is wrong with what the stage uses."""
    unknown = any(word.text not in scope.resolved.services for word in stage.stage.uses)
    return unknown or "uses" in stage.stage.broken or not scope.experiment.complete


def _report(scope: Scope, stage: ResolvedStage, need: Word) -> None:
    name, type_ = stage.stage.id.text, scope.types.shown(stage.type.name)
    services = scope.resolved.services
    others = [
        service
        for service, one in services.items()
        if any(offer.meets(need.text) for offer in one.service.offers.values())
    ]
    offered = [
        f"{service}.{endpoint}: {offer.protocol}"
        for service in stage.uses
        for endpoint, offer in services[service].service.offers.items()
    ]
    if others:
        hint = f"; '{others[0]}' offers it: add it to 'uses'"
    elif offered:
        hint = f"; what it uses offers {listing(offered)}"
        hint += f"; say it with 'protocol: {need.text}' if it does speak {need.text}"
    else:
        hint = "; it uses no service that offers anything"
    known = {
        *PROTOCOLS,
        *(o.protocol for s in services.values() for o in s.service.offers.values()),
    }
    near = None if need.text in known else nearest(need.text, known)
    if near is not None:
        hint = f"; did the type mean '{near}'?"
    message = f"'{name}' ({type_}) needs an endpoint that speaks '{need.text}'{hint}"
    place = Related(stage.type.decl.source, need.span, "the type needs it here")
    related = (place,) if need in stage.type.decl.needs else ()
    span = stage.stage.uses[0].span if stage.stage.uses else stage.stage.id.span
    scope.found.add("missing-endpoint", span, message, related=related)
