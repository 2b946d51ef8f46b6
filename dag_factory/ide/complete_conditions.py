"""What can be written in conditions and picks."""

from __future__ import annotations

from collections.abc import Iterator

from ..expression import OPERATORS
from ..library import TypeNetwork
from .complete_references import UNFIT, Candidate, metrics
from .completion_items import Found, Place
from .pages import value_line


def condition(place: Place) -> Iterator[Found]:
    """Yield what can come next in a condition: names, operators, or words that join."""
    words = place.cursor.before.removesuffix(place.cursor.word).split()
    last = words[-1] if words else ""
    if last and last not in OPERATORS and last not in ("and", "or", "not") and last[-1] != "(":
        closed = len(words) > 1 and words[-2] in OPERATORS
        wanted = ("and", "or") if closed else OPERATORS
        for word in wanted:
            yield Found(word, "word")
        return
    yield from metrics(place)
    for name, param in place.experiment.params.items() if place.experiment is not None else ():
        text = f"params.{name}"
        yield Found(
            text, "param", str(param.schema.get("type", "")), value_line(name, param.schema)
        )
    if last in OPERATORS:
        yield from (Found(word, "word", rank=1) for word in ("true", "false"))
    else:
        yield Found("not", "word", rank=1)


def pick(place: Place) -> Iterator[Found]:
    """Yield what a sweep can pick by: `max` or `min` of a metric, as it is better."""
    typed = place.cursor.before.split()
    goal = typed[0] if typed and typed[0] in ("max", "min") else ""

    def rank(types: TypeNetwork, candidate: Candidate) -> tuple[int, str]:
        better = types.types[candidate.type].better
        worse = (goal, better) in {("max", "lower"), ("min", "higher")}
        return (UNFIT, f"{better} is better") if worse else (0, "")

    for found in metrics(place, rank):
        if goal:
            yield found
        elif found.rank < UNFIT:
            better = _better(place, found.label)
            for word in ("min",) if better == "lower" else ("max",) if better else ("max", "min"):
                yield found._replace(label=f"{word} {found.label}", whole=True)


def _better(place: Place, reference: str) -> str:
    types, resolved = place.types, place.resolved
    if types is None or resolved is None:
        return ""
    type_ = resolved.entity_types.get(reference)
    if type_ is None:
        stage, _, port = reference.partition(".")
        home = resolved.stages.get(stage)
        given = home.gives.get(port) if home is not None else None
        type_ = types.types.get(given.type) if given is not None else None
    return type_.better if type_ is not None else ""
