"""Findings as GitHub Actions workflow commands, shown as annotations of a change."""

from __future__ import annotations

from typing import Final

from mline_airflow.dag_factory.diagnostic import Diagnostic, Related

from .report import Report

_COMMANDS: Final = {"error": "error", "warning": "warning", "info": "notice"}


def render(report: Report, *, colour: bool = False) -> str:  # noqa: ARG001 - every renderer's shape
    """Return one workflow command a finding, then the summary as a plain line."""
    return "\n".join([*map(_command, report.diagnostics), report.summary]) + "\n"


def _command(d: Diagnostic) -> str:
    start, end = d.source.position(d.span.start), d.source.position(d.span.end)
    properties = {"file": d.source.path, "line": start.line, "endLine": end.line}
    if end.line == start.line:  # columns count only within one line
        properties |= {"col": start.column, "endColumn": max(start.column, end.column - 1)}
    properties["title"] = d.code
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    message = "\n".join([d.message, *map(_related, d.related)])
    return f"::{_COMMANDS[d.severity]} {listed}::{_message(message)}"


def _related(related: Related) -> str:
    at = related.source.position(related.span.start)
    return f"{related.source.path}:{at.line}:{at.column}: {related.message}"


def _message(text: str) -> str:
    """Escape as the runner's own toolkit does: `%` first, then line breaks."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
