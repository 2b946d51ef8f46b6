"""The long explanation of a code, as `mline check --explain` prints it."""

from __future__ import annotations

import textwrap

from mline_airflow.dag_factory.builtin import builtin
from mline_airflow.dag_factory.diagnostic import DiagnosticInfo
from mline_airflow.dag_factory.names import LIBRARIES

from ..ansi import Paint

_WIDTH = 88


def rules() -> dict[str, DiagnosticInfo]:
    """Return the rules of the built-in type libraries by code: what the catalogue does not have."""
    found = {}
    for name in LIBRARIES:
        built = builtin(name)
        for rule in built[0].rules.values() if built else ():
            code = rule.name.text.replace("_", "-")
            title = f"A rule of the type library {name}"
            found[code] = DiagnosticInfo(rule.level, title, rule.doc)
    return found


def explain(code: str, info: DiagnosticInfo, *, colour: bool = False) -> str:
    """Return the title and the explanation of a code."""
    paint = Paint(colour=colour)
    body = "\n\n".join(
        textwrap.fill(paragraph, _WIDTH) for paragraph in info.explanation.split("\n\n")
    )
    return f"{paint(info.severity, f'{info.severity} {code}')}\n{info.title}\n\n{body}\n"
