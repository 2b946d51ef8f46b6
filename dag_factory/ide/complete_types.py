"""Types that can be written at the cursor, also those whose library is not in use yet."""

from __future__ import annotations

from collections.abc import Iterator

from ..builtin import builtin
from ..diagnostic import Edit
from ..names import LIBRARIES
from ..project_libraries import LIBRARY_SUFFIX
from ..text import Span
from .complete_references import UNFIT
from .completion_items import Found, Place
from .pages import type_page
from .written_entries import added_use

_ELSEWHERE = 6


def type_names(
    place: Place, kind: str, port: str = "", *, abstract: bool = False
) -> Iterator[Found]:
    """Yield the types of a kind. With `port`, a type, those that fit there go first."""
    types = place.types
    if types is None:
        return
    for type_ in types.types.values():
        if type_.kind != kind or (type_.abstract and not abstract):
            continue
        visible = type_.decl.library in types.visible
        rank, why = (0, "")
        if port and not types.accepts(port, type_.name):
            rank, why = UNFIT, f"does not fit '{types.shown(port)}'"
        bare = type_.name.rpartition(".")[2]
        label = bare if types.find(bare) is type_ else type_.name
        edits = () if visible else use_edits(place, type_.decl.library)
        rank += 0 if visible else _ELSEWHERE
        detail = type_.decl.library if not why else f"{type_.decl.library} — {why}"
        yield Found(label, "type", detail, type_page(types, type_), rank, edits=edits)
    yield from _unused(place, kind, port)


def _unused(place: Place, kind: str, port: str) -> Iterator[Found]:
    """Yield the types of built-in libraries that are not in sight; taking one adds its `use`."""
    types = place.types
    if types is None or place.analysis.kind != "experiment":
        return
    everything = place.opened.project.types()
    for library in LIBRARIES:
        known = builtin(library)
        if library in types.libraries or known is None:
            continue
        edits = use_edits(place, library)
        for name in known[0].types:
            type_ = everything.types.get(f"{library}.{name}")
            if type_ is None or type_.kind != kind or type_.abstract:
                continue
            if port and not everything.accepts(port, type_.name):
                continue
            detail = f"{library} — adds '{library}' to 'use'"
            page = type_page(everything, type_)
            label = name if not types.names.get(name) else type_.name
            yield Found(label, "type", detail, page, _ELSEWHERE, edits=edits)


def libraries(place: Place) -> Iterator[Found]:
    """Yield the built-in libraries and the project's, by paths from this file."""
    present = set(place.cursor.siblings)
    for name in LIBRARIES:
        known = builtin(name)
        if name != "core" and name not in present and known is not None:
            library = known[0]
            yield Found(name, "library", f"built in, {len(library.types)} types", library.doc)
    folder = place.opened.path.parent
    for path in place.opened.project.libraries():
        if path == place.opened.path or not path.is_relative_to(folder):
            name = path.name.removesuffix(LIBRARY_SUFFIX)
        else:
            name = f"./{path.relative_to(folder).as_posix()}"
        if path != place.opened.path and name not in present:
            yield Found(name, "library", "of this project", whole=True)


def use_edits(place: Place, library: str) -> tuple[Edit, ...]:
    """Return the edits of the real text that add a library to `use`."""
    cursor = place.cursor
    edits = added_use(place.analysis.tree, place.opened.source.text, library)
    if any(
        edit.span.start <= cursor.shift[0] and edit.span.end >= cursor.span.start for edit in edits
    ):
        return ()  # it would touch the word that is being typed
    return tuple(
        Edit(Span(cursor.real(e.span.start), cursor.real(e.span.end)), e.text) for e in edits
    )


def output_types(place: Place, stage: str, port: str) -> Iterator[Found]:
    """Yield the types that an output can have."""
    home = place.resolved_stage(stage)
    declared = home.type.gives.get(port) if home is not None else None
    yield from type_names(place, "entity", declared.type if declared is not None else "")
