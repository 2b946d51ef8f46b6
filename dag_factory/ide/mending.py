"""Texts that are being typed, made readable: lines that cannot be read become empty.

The compiler cuts a broken text off where it breaks, so that it never guesses. For completion what
stands behind matters too, and a guess does no harm. Nothing changes its place.
"""

from __future__ import annotations

from collections.abc import Container

import yaml
from yaml import Node

from ..tree import compose, excess_of

_MOST_ROUNDS = 10


def readable(text: str, keep: Container[int] = ()) -> tuple[str, Node] | None:
    """Return the text with unreadable lines emptied, and its tree; None when that does not help.

    Lines are counted from 0; those in `keep` are not emptied.
    """
    for _ in range(_MOST_ROUNDS):
        if excess_of(text) is not None:
            return None
        try:
            root = compose(text)
        except yaml.YAMLError as error:
            mended = _without_a_line(text, error, keep)
            if mended is None:
                return None
            text = mended
        except (UnicodeEncodeError, RecursionError):
            return None
        else:
            return None if root is None else (text, root)
    return None


def _without_a_line(text: str, error: yaml.YAMLError, keep: Container[int]) -> str | None:
    """Empty the line that an error began on, or else the one that it was noticed on."""
    lines = text.split("\n")
    for number in _suspects(error):
        if 0 <= number < len(lines) and lines[number].strip() and number not in keep:
            end = "\r" if lines[number].endswith("\r") else ""
            lines[number] = " " * (len(lines[number]) - len(end)) + end
            return "\n".join(lines)
    return None


def _suspects(error: yaml.YAMLError) -> list[int]:
    """Return the lines that may be to blame, the likeliest first."""
    began, noticed = (
        mark.line if (mark := getattr(error, name, None)) is not None else -1
        for name in ("context_mark", "problem_mark")
    )
    # Where a whole block begins says nothing: what was noticed is a line of it, or the one above.
    if "block" in str(getattr(error, "context", "")):
        return [noticed, noticed - 1, began]
    return [began, noticed, noticed - 1]
