"""Findings as SARIF 2.1.0 (OASIS), which code hosts show beside the lines of a change."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import quote

from mline_airflow import __version__
from mline_airflow.dag_factory.diagnostic import Diagnostic, Fix, catalogue
from mline_airflow.dag_factory.text import SourceFile, Span

from .report import Report

_LEVELS: Final = {"error": "error", "warning": "warning", "info": "note"}
_BASE = "SRCROOT"


def render(report: Report, *, colour: bool = False) -> str:  # noqa: ARG001 - every renderer's shape
    """Return a SARIF log with one run."""
    return json.dumps(as_sarif(report), ensure_ascii=False, indent=2) + "\n"


def as_sarif(report: Report) -> dict[str, Any]:
    """Return the SARIF log as plain data."""
    codes = sorted({d.code for d in report.diagnostics})
    index = {code: number for number, code in enumerate(codes)}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "mline",
                        "semanticVersion": __version__,
                        "rules": [_rule(code) for code in codes],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "artifacts": [{"location": _artifact(path)} for path in report.files],
                "results": [_result(d, index[d.code]) for d in report.diagnostics],
            }
        ],
    }


def _rule(code: str) -> dict[str, Any]:
    info = catalogue().get(code)
    if info is None:  # a rule of a type library
        return {"id": code, "shortDescription": {"text": f"rule {code} of a type library"}}
    return {
        "id": code,
        "shortDescription": {"text": info.title},
        "fullDescription": {"text": info.explanation},
        "help": {"text": info.explanation},
        "defaultConfiguration": {"level": _LEVELS[info.severity]},
    }


def _result(d: Diagnostic, rule: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": d.code,
        "ruleIndex": rule,
        "level": _LEVELS[d.severity],
        "message": {"text": d.message},
        "locations": [_location(d.source, d.span)],
    }
    if d.related:
        result["relatedLocations"] = [
            {"id": number, "message": {"text": r.message}, **_location(r.source, r.span)}
            for number, r in enumerate(d.related)
        ]
    if d.fix is not None:
        result["fixes"] = [_fix(d.source, d.fix)]
    return result


def _location(source: SourceFile, span: Span) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": _artifact(source.path),
            "region": _region(source, span),
        }
    }


def _artifact(path: str) -> dict[str, str]:
    """Return a URI reference: relative to the source root, or a file URI outside it."""
    pure = PurePath(path)
    if pure.is_absolute():
        return {"uri": pure.as_uri()}
    return {"uri": quote(pure.as_posix()), "uriBaseId": _BASE}


def _region(source: SourceFile, span: Span) -> dict[str, int]:
    start, end = source.position(span.start), source.position(span.end)
    return {
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    }


def _fix(source: SourceFile, fix: Fix) -> dict[str, Any]:
    return {
        "description": {"text": fix.title},
        "artifactChanges": [
            {
                "artifactLocation": _artifact(source.path),
                "replacements": [
                    {
                        "deletedRegion": _region(source, edit.span),
                        "insertedContent": {"text": edit.text},
                    }
                    for edit in fix.edits
                ],
            }
        ],
    }
