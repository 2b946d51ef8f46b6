"""Open documents: texts with versions, changed as a whole or by ranges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mline_airflow.dag_factory.ide.lines import Encoding, Lines

from .messages import INVALID_PARAMS, RefusedError


@dataclass(frozen=True, slots=True)
class Document:
    """One open text."""

    uri: str
    text: str
    version: int

    def changed(
        self, changes: Iterable[Mapping[str, Any]], version: int, encoding: Encoding
    ) -> Document:
        """Return the document after changes, each made to what the one before it left."""
        text = self.text
        for change in changes:
            wanted = change.get("text")
            if not isinstance(wanted, str):
                raise RefusedError(INVALID_PARAMS, "a change needs a 'text'")
            place = change.get("range")
            if place is None:
                text = wanted
                continue
            lines = Lines(text, encoding)
            start, end = offset_of(lines, place["start"]), offset_of(lines, place["end"])
            text = text[:start] + wanted + text[max(start, end) :]
        return replace(self, text=text, version=version)


def offset_of(lines: Lines, position: Mapping[str, Any]) -> int:
    """Return the offset of an LSP position; raises RefusedError for what is none."""
    line, character = position.get("line"), position.get("character")
    if not isinstance(line, int) or not isinstance(character, int):
        raise RefusedError(INVALID_PARAMS, "a position has a 'line' and a 'character'")
    return lines.offset(line, character)
