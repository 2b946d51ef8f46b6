"""Findings for people: place, message, the source line with carets, and what would fix it."""

from __future__ import annotations

from mline_airflow.dag_factory.diagnostic import Diagnostic, Fix
from mline_airflow.dag_factory.text import SourceFile, Span

from ..ansi import Paint
from .report import Report
from .snippet import snippet


def render(report: Report, *, colour: bool = False) -> str:
    """Return every finding as a block, and one line that sums up."""
    paint = Paint(colour=colour)
    blocks = [_block(d, paint) for d in report.diagnostics]
    kind = "error" if report.failed else "warning" if report.count("warning") else "good"
    return "\n\n".join([*blocks, paint(kind, report.summary)]) + "\n"


def _block(diagnostic: Diagnostic, paint: Paint) -> str:
    d = diagnostic
    place = paint("strong", _place(d.source, d.span))
    lines = [f"{place}: {paint(d.severity, f'{d.severity} {d.code}')}: {d.message}"]
    gutter = max(
        len(str(source.position(span.end).line))
        for source, span in ((d.source, d.span), *((r.source, r.span) for r in d.related))
    )
    lines += _source(d.source, d.span, gutter, d.severity, paint)
    for related in d.related:
        lines.append(f"{_place(related.source, related.span)}: note: {related.message}")
        lines += _source(related.source, related.span, gutter, "info", paint)
    if d.fix is not None:
        lines.append(" " * gutter + paint("good", f" = fix: {_fix(d.fix)}"))
    return "\n".join(lines)


def _place(source: SourceFile, span: Span) -> str:
    position = source.position(span.start)
    return f"{source.path}:{position.line}:{position.column}"


def _source(source: SourceFile, span: Span, gutter: int, severity: str, paint: Paint) -> list[str]:
    """Return the source lines with a gutter; nothing for an empty text."""
    if not source.text.strip():
        return []
    bar = paint("gutter", "|")
    empty = " " * gutter + f" {bar}"
    lines = [empty]
    for line in snippet(source, span):
        if not line.number:
            lines.append(paint("gutter", "." * gutter) + f" {bar} …")
            continue
        number = paint("gutter", f"{line.number:>{gutter}}")
        lines.append(f"{number} {bar} {line.text}".rstrip())
        at = len(line.carets) - len(line.carets.lstrip())
        lines.append(f"{empty} {line.carets[:at]}{paint(severity, line.carets[at:])}")
    return lines


def _fix(fix: Fix) -> str:
    return f"{fix.title} ('mline check --fix' does it)"
