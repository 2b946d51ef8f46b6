"""The values that can be written in a type library."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..model import Library
from .complete_types import libraries, type_names
from .completion_items import Found, Place
from .pages import relation_page


def in_library(place: Place) -> Iterable[Found]:
    """Yield what fits at a path of a library."""
    match place.path:
        case ("use",) | ("use", int()):
            return libraries(place)
        case ("types", str(name), *rest):
            return _in_type(place, name, rest)
        case ("relations", str(), str(key)):
            return _in_relation(place, key)
        case ("adapters", str(), ("from" | "to")):
            return type_names(place, "entity")
        case ("rules", str(), ("match" | "unless"), *_):
            return _pattern(place)
    return ()


def _in_relation(place: Place, key: str) -> Iterable[Found]:
    if key == "is":
        return _relations(place)
    kinds = ("entity", "stage", "service") if key in ("from", "to") else ()
    return (found for kind in kinds for found in type_names(place, kind, abstract=True))


def _in_type(place: Place, name: str, rest: Sequence[str | int]) -> Iterable[Found]:
    match rest:
        case [] | ["is"]:
            kinds = ("entity", "stage", "service")
            every = (f for kind in kinds for f in type_names(place, kind, abstract=True))
            return (f for f in every if f.label != name)
        case ["takes" | "gives", str()] | ["takes" | "gives", str(), "is"]:
            return type_names(place, "entity", abstract=True)
        case ["gives", str(), str(key), *_] if key not in ("doc", "optional", "is"):
            return _inputs(place, name)
    return ()


def _inputs(place: Place, name: str) -> Iterator[Found]:
    library = place.analysis.model
    decl = library.types.get(name) if isinstance(library, Library) else None
    type_ = place.types.types.get(f"{decl.library}.{name}") if decl and place.types else None
    ports = type_.takes if type_ is not None else decl.takes if decl is not None else {}
    yield from (Found(port, "port", "input") for port in ports)


def _relations(place: Place) -> Iterator[Found]:
    types = place.types
    for relation in types.relations.values() if types is not None else ():
        if types is not None:
            page = relation_page(types, relation)
            yield Found(relation.name, "relation", relation.decl.library, page)


def _pattern(place: Place) -> Iterator[Found]:
    """Yield the second word of `?a relation ?b`, or a type behind `is`."""
    typed = place.cursor.before.removesuffix(place.cursor.word).split()
    if len(typed) == 1:
        yield from _relations(place)
        yield Found("is", "word", "is of a type")
    elif len(typed) == 2 and typed[1] == "is":
        yield from type_names(place, "entity", abstract=True)
        yield from type_names(place, "stage", abstract=True)
