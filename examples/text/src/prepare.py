"""Divide the letters into three groups that never meet."""

from __future__ import annotations

from random import Random

Letter = dict[str, str]


def split(
    table: list[Letter], valid_size: float, test_size: float, seed: int
) -> tuple[list[Letter], list[Letter], list[Letter]]:
    """Return train, valid and test; both sizes are shares of all letters."""
    letters = list(table)
    Random(seed).shuffle(letters)
    tested = round(test_size * len(letters))
    validated = tested + round(valid_size * len(letters))
    return letters[validated:], letters[tested:validated], letters[:tested]
