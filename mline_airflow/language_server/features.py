"""Requests about a document: each method and the function that answers it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from .asked import Asked
from .edits import formatting
from .messages import Message

Feature = Callable[[Asked, Message], Any]

FEATURES: Final[dict[str, Feature]] = {
    "textDocument/formatting": formatting,
}
