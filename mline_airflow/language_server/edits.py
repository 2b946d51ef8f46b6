"""Changes of texts for the client: formatting, and lists of edits."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Any

from mline_airflow.dag_factory.diagnostic import Edit
from mline_airflow.dag_factory.text import Span

from ..formatting.formatter import format_text
from .asked import Asked
from .messages import REQUEST_FAILED, Message, RefusedError


def text_edits(asked: Asked, edits: Iterable[Edit]) -> list[dict[str, Any]]:
    """Return edits of this document's text as LSP has them."""
    return [{"range": asked.range(edit.span), "newText": edit.text} for edit in edits]


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
