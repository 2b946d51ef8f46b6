"""Requests about a document: each method and the function that answers it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from . import reading, writing
from .asked import Asked
from .edits import formatting, rename_prepared, renamed
from .messages import Message

Feature = Callable[[Asked, Message], Any]

FEATURES: Final[dict[str, Feature]] = {
    "textDocument/completion": writing.completed,
    "textDocument/signatureHelp": writing.signed,
    "textDocument/codeAction": writing.actions,
    "textDocument/hover": reading.hovered,
    "textDocument/definition": reading.defined,
    "textDocument/references": reading.referred,
    "textDocument/documentHighlight": reading.highlighted,
    "textDocument/documentSymbol": reading.symbols,
    "textDocument/foldingRange": reading.folded,
    "textDocument/semanticTokens/full": reading.coloured,
    "textDocument/prepareRename": rename_prepared,
    "textDocument/rename": renamed,
    "textDocument/formatting": formatting,
}
