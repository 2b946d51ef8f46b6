"""Learn the species from four lengths, and see how well that went."""

from __future__ import annotations

import pandas as pd
from sklearn.tree import DecisionTreeClassifier


def fit(data: pd.DataFrame, depth: int, seed: int) -> DecisionTreeClassifier:
    """Return a tree of at most `depth` questions."""
    tree = DecisionTreeClassifier(max_depth=depth, random_state=seed)
    return tree.fit(data.drop(columns="species"), data["species"])


def score(model: DecisionTreeClassifier, data: pd.DataFrame) -> float:
    """Return the share of flowers that the tree names correctly."""
    return float(model.score(data.drop(columns="species"), data["species"]))
