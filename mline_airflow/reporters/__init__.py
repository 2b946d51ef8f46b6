"""What `mline check` found, written for people and for machines."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from mline_airflow.dag_factory.diagnostic import Diagnostic

from .report import Report

FORMATS: Final = ("text", "json", "sarif", "github")
_MODULES: Final = {
    "text": ".text_report",
    "json": ".json_report",
    "sarif": ".sarif_report",
    "github": ".github_report",
}

__all__ = ["FORMATS", "Diagnostic", "Report", "render"]


def render(report: Report, form: str, *, colour: bool = False) -> str:
    """Return the report as one of `FORMATS`; `colour` matters to text only."""
    text: str = import_module(_MODULES[form], __name__).render(report, colour=colour)
    return text
