"""Texts that are being typed, made readable: lines that cannot be read become empty.

The compiler cuts a broken text off where it breaks, so that it never guesses. For completion what
stands behind matters too, and a guess does no harm. Nothing changes its place.
"""

from __future__ import annotations

from collections.abc import Container

import yaml
from yaml import Node

from ..tree import compose, may_be_excessive

_MOST_ROUNDS = 10


def readable(text: str, keep: Container[int] = ()) -> tuple[str, Node] | None:
    """Return the text with unreadable lines emptied, and its tree; None when that does not help.

    Lines are counted from 0; those in `keep` are not emptied.
    """
    if may_be_excessive(text):
        return None
    for _ in range(_MOST_ROUNDS):
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
    marks = (getattr(error, name, None) for name in ("context_mark", "problem_mark"))
    numbers = [mark.line for mark in marks if mark is not None]
    lines = text.split("\n")
    # What is noticed at a line's start was caused by one before; the error may have no beginning.
    for number in (*numbers, *(n - 1 for n in numbers[-1:])):
        if 0 <= number < len(lines) and lines[number].strip() and number not in keep:
            end = "\r" if lines[number].endswith("\r") else ""
            lines[number] = " " * (len(lines[number]) - len(end)) + end
            return "\n".join(lines)
    return None
