"""A finding about a user's file: a value that is returned, never raised."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from typing import Literal, NamedTuple

from mline_airflow.schemas import FOLDER

from .text import SourceFile, Span

Severity = Literal["error", "warning", "info"]


class Related(NamedTuple):
    """Another place that explains a finding."""

    source: SourceFile
    span: Span
    message: str


class Edit(NamedTuple):
    """Replace `span` by `text`; an empty span inserts."""

    span: Span
    text: str


class Fix(NamedTuple):
    """A change that is certain to be what was meant."""

    title: str
    edits: tuple[Edit, ...]


class Diagnostic(NamedTuple):
    """One finding: what is wrong, where, and what to do.

    `code` is a key of `schemas/diagnostics.json`, or of a library's own rules. `message` is in
    the user's words, lower case, without position and full stop.
    """

    code: str
    severity: Severity
    message: str
    source: SourceFile
    span: Span
    related: tuple[Related, ...] = ()
    fix: Fix | None = None

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """Order by place, then by code and message."""
        return (self.source.path, self.span.start, self.span.end, self.code, self.message)

    def __str__(self) -> str:
        """`file:line:col-line:col severity code message`."""
        start, end = self.source.position(self.span.start), self.source.position(self.span.end)
        return (
            f"{self.source.path}:{start.line}:{start.column}-{end.line}:{end.column} "
            f"{self.severity} {self.code} {self.message}"
        )


class DiagnosticInfo(NamedTuple):
    """What `schemas/diagnostics.json` says of a code."""

    severity: Severity
    title: str
    explanation: str


@cache
def catalogue() -> dict[str, DiagnosticInfo]:
    """Return every built-in code with its severity, title and explanation."""
    text = (FOLDER / "diagnostics.json").read_text("utf-8")
    return {code: DiagnosticInfo(**entry) for code, entry in json.loads(text).items()}


MAX_MESSAGE = 1000


def one_line(text: str) -> str:
    """Return a message as one line that any terminal can show, whatever a user's words hold."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return text if len(text) <= MAX_MESSAGE else f"{text[: MAX_MESSAGE - 1]}…"


class Collector:
    """Gathers the findings of one file; severities come from the catalogue."""

    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.found: list[Diagnostic] = []

    def add(
        self,
        code: str,
        span: Span,
        message: str,
        *,
        related: Iterable[Related] = (),
        fix: Fix | None = None,
        severity: Severity | None = None,
    ) -> None:
        """Record a finding at `span` of this file."""
        level = severity or catalogue()[code].severity
        message = one_line(message)
        if fix is not None:
            fix = fix._replace(title=one_line(fix.title))
        self.found.append(Diagnostic(code, level, message, self.source, span, tuple(related), fix))

    def sorted(self) -> tuple[Diagnostic, ...]:
        """Return the findings in order of place, each once."""
        return tuple(sorted(dict.fromkeys(self.found), key=lambda d: d.sort_key))


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Tell whether any finding is an error."""
    return any(d.severity == "error" for d in diagnostics)
