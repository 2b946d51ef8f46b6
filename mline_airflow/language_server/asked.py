"""What a request is about: a document, its analysis, and places in it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mline_airflow.dag_factory.analysis import Analysis
from mline_airflow.dag_factory.diagnostic import Diagnostic
from mline_airflow.dag_factory.ide.lines import Lines, Range, lines_of
from mline_airflow.dag_factory.ide.opened import Opened
from mline_airflow.dag_factory.ide.standing import standing
from mline_airflow.dag_factory.project import Project
from mline_airflow.dag_factory.text import SourceFile, Span

from .documents import Document, offset_of
from .messages import INVALID_PARAMS, RefusedError

if TYPE_CHECKING:
    from .session import Session

_BYTE_ORDER_MARK = "\ufeff"


class Asked:
    """One document of a session, looked at once. The analysis is made when it is needed."""

    def __init__(self, session: Session, document: Document, path: Path) -> None:
        self.session = session
        self.document = document
        self.path = path
        self.lines = Lines(document.text, session.encoding)
        # The compiler leaves a byte-order mark out; the client counts it.
        self.lead = len(_BYTE_ORDER_MARK) if document.text.startswith(_BYTE_ORDER_MARK) else 0

    @cached_property
    def project(self) -> Project:
        """The project of the file."""
        return self.session.workspace.project(self.path)

    @cached_property
    def _checked(self) -> tuple[Analysis, tuple[Diagnostic, ...]]:
        try:
            return self.project.checked(self.path, self.text, self.session.profile)
        except KeyError:  # no such profile, as settings may ask for; the file is not to blame
            analysis = self.project.analyze(self.path, self.text)
            return analysis, analysis.diagnostics

    @property
    def text(self) -> str:
        """The text as the compiler sees it."""
        return self.document.text[self.lead :]

    @property
    def analysis(self) -> Analysis:
        """The analysis of the text."""
        return self._checked[0]

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All findings, as `mline check` has them."""
        return self._checked[1]

    @cached_property
    def opened(self) -> Opened:
        """The document as questions about it want it."""
        return Opened(self.project, self.path, standing(self.analysis))

    # -- places ----------------------------------------------------------------------------------

    def offset(self, position: Mapping[str, Any]) -> int:
        """Return the offset of a position of the client."""
        if not isinstance(position, Mapping):
            raise RefusedError(INVALID_PARAMS, "a position has a 'line' and a 'character'")
        return max(offset_of(self.lines, position) - self.lead, 0)

    def range(self, span: Span) -> Range:
        """Return a span of this document's text as a range."""
        return self.lines.range(Span(span.start + self.lead, span.end + self.lead))

    def range_in(self, source: SourceFile, span: Span) -> Range:
        """Return a span of any source as a range."""
        if source.text == self.text:
            return self.range(span)
        return lines_of(source, self.session.encoding).range(span)

    def uri_of(self, source: SourceFile) -> str | None:
        """Return the URI of a source; None when the client cannot open it."""
        if source.path == self.project.sources.display(self.path):
            return self.document.uri
        return self.session.workspace.uri_of(self.project, source)

    def location(self, source: SourceFile, span: Span) -> dict[str, Any] | None:
        """Return a place for the client; None when it cannot open the file."""
        uri = self.uri_of(source)
        return None if uri is None else {"uri": uri, "range": self.range_in(source, span)}
