"""Requests that help to write: what can stand here, what mends a finding."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from mline_airflow.dag_factory.diagnostic import Diagnostic
from mline_airflow.dag_factory.ide.completion import complete
from mline_airflow.dag_factory.ide.completion_items import Item
from mline_airflow.dag_factory.ide.quick_fixes import QuickFix, quick_fixes
from mline_airflow.dag_factory.ide.signatures import signature
from mline_airflow.dag_factory.text import Span

from .asked import Asked
from .edits import text_edits
from .lsp_diagnostics import lsp_diagnostic
from .messages import Message

_KINDS: Final = {
    "key": 10,  # property
    "type": 7,  # class
    "entity": 6,  # variable
    "output": 5,  # field
    "stage": 3,  # function
    "service": 9,  # module
    "param": 21,  # constant
    "port": 5,  # field
    "value": 12,  # value
    "library": 9,  # module
    "function": 3,  # function
    "file": 17,  # file
    "relation": 18,  # reference
    "field": 10,  # property
    "word": 14,  # keyword
}
_FIX_ALL: Final = "source.fixAll"


def completed(asked: Asked, params: Message) -> dict[str, Any]:
    """Say what can be written at a place."""
    offset = asked.offset(params["position"])
    items = complete(asked.project, asked.path, asked.text, offset)
    return {
        "isIncomplete": False,
        "items": [_item(asked, item, number) for number, item in enumerate(items)],
    }


def _item(asked: Asked, item: Item, number: int) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "label": item.label,
        "kind": _KINDS[item.kind],
        "sortText": f"{number:04}",
        "filterText": item.label,
        "textEdit": {"range": asked.range(item.span), "newText": item.insert},
    }
    if item.detail:
        entry["detail"] = item.detail
    if item.doc:
        entry["documentation"] = {"kind": "markdown", "value": item.doc}
    if item.edits:
        entry["additionalTextEdits"] = text_edits(asked, item.edits)
    return entry


def signed(asked: Asked, params: Message) -> dict[str, Any] | None:
    """Show what the `with` of a stage can hold."""
    offset = asked.offset(params["position"])
    found = signature(asked.project, asked.path, asked.text, offset)
    if found is None:
        return None
    active = len(found.parameters) if found.active is None else found.active
    return {
        "signatures": [
            {
                "label": found.label,
                "documentation": {"kind": "markdown", "value": found.doc},
                "parameters": [
                    {"label": text, "documentation": {"kind": "markdown", "value": doc}}
                    for text, doc in found.parameters
                ],
                "activeParameter": active,
            }
        ],
        "activeSignature": 0,
        "activeParameter": active,
    }


# -- code actions --------------------------------------------------------------------------------


def actions(asked: Asked, params: Message) -> list[dict[str, Any]]:
    """Return the changes that mend what is wrong in a range."""
    only = (params.get("context") or {}).get("only")
    place = params["range"]
    span = Span(asked.offset(place["start"]), asked.offset(place["end"]))
    found: list[dict[str, Any]] = []
    if _wants(only, "quickfix"):
        fixes = quick_fixes(asked.opened, span, asked.diagnostics)
        found += [_action(asked, fix) for fix in fixes]
    if isinstance(only, list) and _wants(only, _FIX_ALL):
        found += _fix_all(asked, asked.diagnostics)
    return found


def _wants(only: object, kind: str) -> bool:
    """Tell whether a kind of action is asked for; a kind holds those that it is the head of."""
    if not isinstance(only, list):
        return True
    return any(isinstance(one, str) and f"{kind}.".startswith(f"{one}.") for one in only)


def _action(asked: Asked, fix: QuickFix) -> dict[str, Any]:
    return {
        "title": fix.title,
        "kind": "quickfix",
        "diagnostics": [lsp_diagnostic(fix.diagnostic, asked, asked.session.link)],
        "isPreferred": fix.preferred,
        "edit": {"changes": {asked.document.uri: text_edits(asked, fix.edits)}},
    }


def _fix_all(asked: Asked, diagnostics: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    """Return every certain fix as one change; of two that touch, the first."""
    edits = []
    end = -1
    fixes = (d.fix for d in diagnostics if d.source is asked.analysis.source and d.fix is not None)
    for edit in sorted(edit for fix in fixes for edit in fix.edits):
        if edit.span.start > end:
            edits.append(edit)
            end = edit.span.end
    if not edits:
        return []
    change = {"changes": {asked.document.uri: text_edits(asked, edits)}}
    return [{"title": "mend what is certain", "kind": _FIX_ALL, "edit": change}]
