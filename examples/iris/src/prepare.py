"""Divide the flowers into three groups that never meet."""

from __future__ import annotations

import pandas as pd
from sklearn.model_selection import train_test_split


def split(
    table: pd.DataFrame, valid_size: float, test_size: float, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return train, valid and test; each has all species in the same proportions.

    Both sizes are shares of the whole table, so that to change one leaves the other as it is.
    """
    rest, test = train_test_split(
        table, test_size=test_size, random_state=seed, stratify=table["species"]
    )
    train, valid = train_test_split(
        rest, test_size=valid_size / (1 - test_size), random_state=seed, stratify=rest["species"]
    )
    return train, valid, test
