"""Divide the flowers into three groups that never meet."""

from __future__ import annotations

import pandas as pd


def split(
    table: pd.DataFrame, valid_size: float, test_size: float, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return train, valid and test; each has all species in the same proportions.

    Both sizes are shares of the whole table, so that to change one leaves the other as it is.
    """
    test = table.groupby("species").sample(frac=test_size, random_state=seed)
    rest = table.drop(test.index)
    valid = rest.groupby("species").sample(frac=valid_size / (1 - test_size), random_state=seed)
    return rest.drop(valid.index), valid, test
