"""What can be written at the cursor: items, and where they are to be written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, NamedTuple

from ..analysis import Analysis
from ..diagnostic import Edit
from ..library import TypeNetwork
from ..model import Experiment, Stage
from ..resolved import Resolved, ResolvedStage
from ..text import Span
from .cursor import MARK, Cursor
from .opened import Opened

ItemKind = Literal[
    "key",
    "type",
    "entity",
    "output",
    "stage",
    "service",
    "param",
    "port",
    "value",
    "library",
    "function",
    "file",
    "relation",
    "field",
    "word",
]
_QUOTED_START = "@`!&*%|>'\"{}[],#?:- "


class Item(NamedTuple):
    """One proposal. The lower its rank, the higher it stands; equal ones in order of their list."""

    label: str
    kind: ItemKind
    detail: str = ""
    doc: str = ""
    insert: str = ""
    span: Span = Span(0, 0)
    rank: int = 0
    edits: tuple[Edit, ...] = ()
    """Changes elsewhere that belong to it, as a library that is to be used."""


class Found(NamedTuple):
    """A proposal before it is placed.

    `insert` is written in place of the label when it is given; `whole` says that it replaces the
    whole scalar, not the word.
    """

    label: str
    kind: ItemKind
    detail: str = ""
    doc: str = ""
    rank: int = 0
    insert: str = ""
    whole: bool = False
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True)
class Place:
    """The cursor with what is known around it."""

    cursor: Cursor
    opened: Opened

    @property
    def analysis(self) -> Analysis:
        """The analysis of the text with a mark at the cursor."""
        return self.opened.analysis

    @property
    def path(self) -> tuple[str | int, ...]:
        """The keys above the cursor."""
        return self.cursor.path

    @property
    def types(self) -> TypeNetwork | None:
        """The types in sight."""
        return self.analysis.types

    @property
    def resolved(self) -> Resolved | None:
        """The experiment with its names looked up."""
        return self.analysis.resolved

    @cached_property
    def experiment(self) -> Experiment | None:
        """The experiment, without what the mark itself made."""
        model = self.analysis.model
        if not isinstance(model, Experiment):
            return None
        return replace(
            model,
            params=_unmarked(model.params),
            entities=_unmarked(model.entities),
            services=_unmarked(model.services),
            stages=_unmarked(model.stages),
        )

    def stage(self, name: object) -> Stage | None:
        """Return the stage of a name."""
        stages = self.experiment.stages if self.experiment is not None else {}
        return stages.get(name) if isinstance(name, str) else None

    def resolved_stage(self, name: object) -> ResolvedStage | None:
        """Return the stage of a name, looked up."""
        if self.resolved is None or not isinstance(name, str):
            return None
        return self.resolved.stages.get(name)


def _unmarked(things: Any) -> dict[str, Any]:
    return {name: thing for name, thing in things.items() if MARK not in name}


def placed(found: Found, cursor: Cursor, *, key: bool) -> Item:
    """Return a proposal as it is written at the cursor."""
    text = found.insert or found.label
    span = cursor.span
    if found.whole:
        span = Span(span.start - (len(cursor.before) - len(cursor.word)), span.end)
    if key:
        text = text if cursor.colon else f"{text}: "
    elif not cursor.surroundings.quote and not cursor.surroundings.block:
        text = _plain_or_quoted(text, cursor, whole=found.whole)
        text = f" {text}" if cursor.space else text
    return Item(
        found.label,
        found.kind,
        found.detail,
        found.doc,
        text,
        span,
        found.rank,
        found.edits,
    )


def _plain_or_quoted(text: str, cursor: Cursor, *, whole: bool) -> str:
    """Quote a text that YAML would read as something else here."""
    begins = whole or cursor.before == cursor.word
    flow = bool(cursor.surroundings.brackets)
    if begins and (text[:1] in _QUOTED_START or ": " in text or " #" in text):
        return f"'{text}'"
    if begins and flow and any(character in text for character in "[]{},"):
        return f"'{text}'"
    return text
