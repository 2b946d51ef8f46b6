"""What a stage's `with` can hold, and which value is being written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ..project import Project
from .completion_items import Place
from .cursor import find_cursor
from .definitions import function_of
from .functions import Function
from .occurrences import Symbol
from .opened import Opened
from .vocabulary import explanation, shown


class Signature(NamedTuple):
    """`name(parameter, …)`: each parameter as it is shown, with its explanation."""

    name: str
    parameters: tuple[tuple[str, str], ...]
    active: int | None
    doc: str = ""

    @property
    def label(self) -> str:
        """The whole signature on one line."""
        return f"{self.name}({', '.join(text for text, _doc in self.parameters)})"


def signature(project: Project, path: Path, text: str, offset: int) -> Signature | None:
    """Return the signature of the `with` that an offset is in. Raises OSError."""
    cursor = find_cursor(text, offset)
    if cursor is None or len(cursor.path) < 3 or cursor.path[0] != "stages":
        return None
    if cursor.path[2] != "with":
        return None
    place = Place(cursor, Opened.of(project, path, cursor.text))
    name = str(cursor.path[1])
    stage = place.resolved_stage(name)
    if stage is None:
        return None
    key = str(cursor.path[3]) if len(cursor.path) > 3 else cursor.word
    parameters = {k: (_parameter(k, s), explanation(s)) for k, s in stage.type.with_.items()}
    function = _function(place, name)
    ports = {*stage.stage.takes, *stage.gives}
    for argument in function.arguments if function is not None else ():
        if argument not in ports and argument not in parameters and function is not None:
            optional = argument not in function.required
            parameters[argument] = (f"{argument}=…" if optional else argument, "")
    if not parameters:
        return None
    names = list(parameters)
    active = names.index(key) if key in names else None
    head = function.call if function is not None else stage.type.name
    doc = function.doc if function is not None else stage.type.decl.doc
    return Signature(head, tuple(parameters.values()), active, doc)


def _function(place: Place, name: str) -> Function | None:
    stage = place.stage(name)
    action = stage.action if stage is not None else None
    if action is None or action.kind != "call":
        return None
    return function_of(place.opened, Symbol("function", action.value, name))


def _parameter(name: str, schema: object) -> str:
    if not isinstance(schema, Mapping):
        return name
    kind = f": {schema['type']}" if isinstance(schema.get("type"), str) else ""
    default = f" = {shown(schema['default'])}" if "default" in schema else ""
    return f"{name}{kind}{default}"
