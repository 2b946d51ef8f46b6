"""A random forest: how it is trained, and how good it is."""

from pathlib import Path

import joblib
import pandas as pd
from sklearn.ensemble import RandomForestClassifier


def fit(data: pd.DataFrame, depth: int, seed: int, model: Path) -> None:
    """Train on a table and write the model to the path of the output `model`."""
    forest = RandomForestClassifier(max_depth=depth, random_state=seed)
    forest.fit(data.drop(columns="target"), data["target"])
    joblib.dump(forest, model)


def score(model: Path, data: pd.DataFrame) -> float:
    """Return the share of wines whose cultivar is told rightly."""
    forest = joblib.load(model)
    return float(forest.score(data.drop(columns="target"), data["target"]))
