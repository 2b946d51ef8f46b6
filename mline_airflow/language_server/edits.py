"""Changes of texts for the client: formatting, and lists of edits."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Any

from mline_airflow.dag_factory.diagnostic import Edit
from mline_airflow.dag_factory.ide.renaming import rename, rename_target
from mline_airflow.dag_factory.text import Span

from ..formatting.formatter import format_text
from .asked import Asked
from .messages import INVALID_PARAMS, REQUEST_FAILED, Message, RefusedError


def text_edits(asked: Asked, edits: Iterable[Edit]) -> list[dict[str, Any]]:
    """Return edits of this document's text as LSP has them."""
    return [{"range": asked.range(edit.span), "newText": edit.text} for edit in edits]


def rename_prepared(asked: Asked, params: Message) -> dict[str, Any] | None:
    """Say what a rename would rename; refuse what cannot be, with the reason."""
    target = rename_target(asked.opened, asked.offset(params["position"]))
    if target is None:
        return None
    if target.refused:
        raise RefusedError(REQUEST_FAILED, f"'{target.name}' is not renamed here: {target.refused}")
    return {"range": asked.range(target.span), "placeholder": target.name}


def renamed(asked: Asked, params: Message) -> dict[str, Any]:
    """Rename a thing in every file of the project that names it."""
    new = params["newName"]
    if not isinstance(new, str):
        raise RefusedError(INVALID_PARAMS, "'newName' must be text")
    renaming = rename(asked.opened, asked.offset(params["position"]), new)
    if renaming.refused:
        raise RefusedError(REQUEST_FAILED, renaming.refused)
    changes: dict[str, list[dict[str, Any]]] = {}
    for opened, edits in renaming.edits:
        uri = asked.uri_of(opened.source)
        if uri is None:
            raise RefusedError(
                REQUEST_FAILED, f"'{opened.source.path}' cannot be changed from here"
            )
        changes[uri] = [
            {"range": asked.range_in(opened.source, e.span), "newText": e.text} for e in edits
        ]
    return {"changes": changes}


def formatting(asked: Asked, _params: Message) -> list[dict[str, Any]]:
    """Lay the document out canonically; only lines that differ are touched."""
    formatted = format_text(asked.path.name, asked.text)
    if formatted.refused:
        raise RefusedError(REQUEST_FAILED, f"left as it is: {formatted.refused}")
    if formatted.diagnostics:
        raise RefusedError(REQUEST_FAILED, f"left as it is: {formatted.diagnostics[0].message}")
    return text_edits(asked, _differences(asked.text, formatted.text))


def _differences(before: str, after: str) -> list[Edit]:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [
        Edit(Span(starts[i1], starts[i2]), "".join(new[j1:j2]))
        for tag, i1, i2, j1, j2 in blocks
        if tag != "equal"
    ]
