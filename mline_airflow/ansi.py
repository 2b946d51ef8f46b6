"""Colours for a terminal, by what they mean, without importing anything."""

from __future__ import annotations

from typing import Final

_CODES: Final = {
    "error": "1;31",
    "warning": "1;33",
    "info": "1;36",
    "good": "32",
    "strong": "1",
    "faint": "2",
    "gutter": "34",
    "type": "36",
    "relation": "35",
}


class Paint:
    """Wraps text in ANSI colours, or leaves it alone."""

    def __init__(self, *, colour: bool) -> None:
        self.colour = colour

    def __call__(self, kind: str, text: str) -> str:
        """Return `text` as a terminal shows this kind of thing."""
        return f"\x1b[{_CODES[kind]}m{text}\x1b[0m" if self.colour and text else text
