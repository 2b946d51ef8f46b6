"""Names that the language keeps for itself."""

from __future__ import annotations

from typing import Final

LIBRARIES: Final = ("core", "tabular", "sklearn", "text", "torch")
"""The built-in type libraries."""

ENTITY_KEYS: Final = ("is", "title", "doc", "at", "from")
"""Keys of an entity that are no property and no relation."""
