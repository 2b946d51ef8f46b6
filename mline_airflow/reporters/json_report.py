"""Findings as one JSON object; its shape is described in `docs/command-line.md`."""

from __future__ import annotations

import json
from typing import Any

from mline_airflow.dag_factory.diagnostic import Diagnostic, Fix
from mline_airflow.dag_factory.text import SourceFile, Span

from .report import Report

VERSION = 1


def render(report: Report, *, colour: bool = False) -> str:  # noqa: ARG001 - every renderer's shape
    """Return the report as indented JSON."""
    return json.dumps(as_json(report), ensure_ascii=False, indent=2) + "\n"


def as_json(report: Report) -> dict[str, Any]:
    """Return the report as plain data."""
    return {
        "version": VERSION,
        "summary": {
            "files": len(report.files),
            "errors": report.count("error"),
            "warnings": report.count("warning"),
            "infos": report.count("info"),
        },
        "files": list(report.files),
        "diagnostics": [_diagnostic(d) for d in report.diagnostics],
    }


def _diagnostic(d: Diagnostic) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "code": d.code,
        "severity": d.severity,
        "message": d.message,
        **_place(d.source, d.span),
    }
    if d.related:
        entry["related"] = [{"message": r.message, **_place(r.source, r.span)} for r in d.related]
    if d.fix is not None:
        entry["fix"] = _fix(d.source, d.fix)
    return entry


def _place(source: SourceFile, span: Span) -> dict[str, Any]:
    return {
        "file": source.path,
        "start": _position(source, span.start),
        "end": _position(source, span.end),
    }


def _position(source: SourceFile, offset: int) -> dict[str, int]:
    position = source.position(offset)
    return {"line": position.line, "column": position.column, "offset": offset}


def _fix(source: SourceFile, fix: Fix) -> dict[str, Any]:
    return {
        "title": fix.title,
        "edits": [
            {
                "start": _position(source, edit.span.start),
                "end": _position(source, edit.span.end),
                "text": edit.text,
            }
            for edit in fix.edits
        ],
    }
