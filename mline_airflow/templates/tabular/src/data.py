"""The table: where it comes from, and how it is divided. Plain functions; they know nothing of MLine."""

import pandas as pd
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split


def load() -> pd.DataFrame:
    """Return one row a wine, its cultivar in the column `target`."""
    return load_wine(as_frame=True).frame


def split(table: pd.DataFrame, test_size: float, seed: int) -> dict[str, pd.DataFrame]:
    """Keep a share of the rows apart, with as many of each cultivar."""
    train, test = train_test_split(
        table, test_size=test_size, random_state=seed, stratify=table["target"]
    )
    return {"train": train, "test": test}
