"""What can be written at an offset of a text, however broken it is."""

from __future__ import annotations

from pathlib import Path

from ..project import Project
from .complete_keys import keys
from .complete_values import values
from .completion_items import Found, Item, Place, placed
from .cursor import MARK, find_cursor
from .opened import Opened

_MOST_ITEMS = 400


def complete(project: Project, path: Path, text: str, offset: int) -> list[Item]:
    """Return what can be written, the likeliest first. Raises OSError.

    Everything that the language allows there is proposed, whatever of it is typed already: the
    editor narrows it down. What does not fit is at the end and says why.
    """
    cursor = find_cursor(text, offset)
    if cursor is None:
        return []
    place = Place(cursor, Opened.of(project, path, cursor.text))
    if cursor.surroundings.block and cursor.path[-1:] != ("run",):
        return []
    found: list[tuple[Found, bool]] = []
    if cursor.key:
        found += [(one, True) for one in keys(place)]
    if cursor.value:
        found += [(one, False) for one in values(place)]
    shown = [(one, key) for one, key in found if MARK not in one.label]
    shown.sort(key=lambda pair: pair[0].rank)
    return [placed(one, cursor, key=key) for one, key in shown[:_MOST_ITEMS]]
