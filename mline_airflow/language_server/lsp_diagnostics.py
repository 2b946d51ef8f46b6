"""Findings of the compiler as LSP diagnostics."""

from __future__ import annotations

from typing import Any, Final

from mline_airflow.dag_factory.diagnostic import Diagnostic, catalogue

from .asked import Asked

SEVERITIES: Final = {"error": 1, "warning": 2, "info": 3}
_UNNECESSARY: Final = 1
_UNUSED: Final = frozenset({"unused-param", "unused-entity", "unused-service", "useless-key"})


def lsp_diagnostic(d: Diagnostic, asked: Asked, link: str = "") -> dict[str, Any]:
    """Return a finding as LSP has it. `link` is a URL in which `{code}` stands for the code."""
    related = ((asked.location(r.source, r.span), r.message) for r in d.related)
    entry: dict[str, Any] = {
        "range": asked.range_in(d.source, d.span),
        "severity": SEVERITIES[d.severity],
        "code": d.code,
        "source": "mline",
        "message": d.message,
        "relatedInformation": [
            {"location": location, "message": message}
            for location, message in related
            if location is not None
        ],
    }
    if link and d.code in catalogue():
        entry["codeDescription"] = {"href": link.replace("{code}", d.code)}
    if d.code in _UNUSED:
        entry["tags"] = [_UNNECESSARY]
    return entry
