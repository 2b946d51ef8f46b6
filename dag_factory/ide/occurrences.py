"""Every name in a file with the thing that it names: what definition, references, rename need."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from ..diagnostic import Collector
from ..expression import names_of, parse_expression
from ..model import Word
from ..text import SourceFile, Span

Kind = Literal[
    "adapter",
    "endpoint",
    "entity",
    "experiment",
    "field",
    "file",
    "function",
    "input",
    "library",
    "output",
    "param",
    "relation",
    "rule",
    "secret",
    "service",
    "stage",
    "test",
    "type",
    "value",
]

_ANCHOR = re.compile(r"&\S+\s+")
_NAME = re.compile(r"\$?[A-Za-z_]\w*(?:\[[^\[\]\s]*\])?(?:\.[A-Za-z_]\w*)*")
_WORDS = frozenset({"and", "or", "not", "true", "false", "null"})


class Symbol(NamedTuple):
    """A thing with a name.

    `owner` is the stage of a port or value, the service of an endpoint, the type of a field, and
    the experiment of an entity when that is another one. Names of types and adapters are qualified.
    """

    kind: Kind
    name: str
    owner: str = ""


class Occurrence(NamedTuple):
    """One place that names a thing. `exact` says that the span holds the name and nothing else."""

    symbol: Symbol
    span: Span
    declares: bool = False
    exact: bool = True


class Spot(NamedTuple):
    """The text of a scalar and where it begins in the source; None when it is written otherwise.

    A text with escapes, or folded over lines, is not in the source as it is.
    """

    text: str
    start: int | None
    span: Span

    def part(self, start: int, end: int) -> Span:
        """Return the place of a part of the text; the whole scalar's when it is not to be found."""
        return self.span if self.start is None else Span(self.start + start, self.start + end)


def spot(source: SourceFile, word: Word, text: str | None = None) -> Spot:
    """Return where the text of a word is, behind quotes and anchors."""
    text = word.text if text is None else text
    at, end = word.span
    match = _ANCHOR.match(source.text, at, end)
    if match is not None:
        at = match.end()
    for start in (at, at + 1):
        if source.text.startswith(text, start) and start + len(text) <= end:
            return Spot(text, start, word.span)
    return Spot(text, None, word.span)


def named(symbol: Symbol, source: SourceFile, word: Word, *, declares: bool = False) -> Occurrence:
    """Return the occurrence of a thing whose name is the whole word."""
    place = spot(source, word)
    span = place.part(0, len(word.text))
    return Occurrence(symbol, span, declares, exact=place.start is not None)


def names_in(word: Word, source: SourceFile) -> Iterator[tuple[str, int, Spot]]:
    """Yield the names of a condition with their offsets in it, of a broken one as well."""
    place = spot(source, word)
    expression = parse_expression(word, Collector(source)) if place.start is not None else None
    if expression is not None and place.start is not None:
        for name in names_of(expression):
            dollar = source.text.startswith("$", name.span.start)
            yield name.text, name.span.start - place.start + dollar, place
        return
    for match in _NAME.finditer(word.text):
        name_text = match[0].removeprefix("$")
        if name_text not in _WORDS:
            yield name_text, match.end() - len(name_text), place


class Occurrences:
    """The occurrences of one file, in order of place."""

    def __init__(self, found: Iterable[Occurrence]) -> None:
        unique = dict.fromkeys(found)
        self.all = sorted(unique, key=lambda o: (o.span.start, o.span.end))

    def at(self, offset: int) -> Occurrence | None:
        """Return the narrowest occurrence that an offset is in, or at the end of."""
        here = [o for o in self.all if o.span.start <= offset <= o.span.end]
        # Between two that touch, as in `split.train`, the one that begins here.
        return min(
            here, key=lambda o: (o.span.end - o.span.start, o.span.end == offset), default=None
        )

    def of(self, symbol: Symbol) -> list[Occurrence]:
        """Return every occurrence of a thing."""
        return [o for o in self.all if o.symbol == symbol]

    def declaration(self, symbol: Symbol) -> Occurrence | None:
        """Return where a thing is declared in this file."""
        return next((o for o in self.all if o.symbol == symbol and o.declares), None)
