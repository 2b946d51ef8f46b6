"""Tiny fitted models; they need scikit-learn (and skops for its format)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [[5.1, 1.4], [4.9, 1.4], [6.3, 6.0], [5.8, 5.1]]
CLASSES = ["setosa", "setosa", "virginica", "virginica"]


def model(path: Path) -> None:
    """Write a decision tree that tells two classes apart."""
    import joblib
    from sklearn.tree import DecisionTreeClassifier

    joblib.dump(DecisionTreeClassifier(random_state=0).fit(ROWS, CLASSES), path)


def pipeline(path: Path) -> None:
    """Write a scaler and a tree as one pipeline."""
    import joblib
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.tree import DecisionTreeClassifier

    whole = make_pipeline(StandardScaler(), DecisionTreeClassifier(random_state=0))
    joblib.dump(whole.fit(ROWS, CLASSES), path)


def transformer(path: Path) -> None:
    """Write a scaler."""
    import joblib
    from sklearn.preprocessing import StandardScaler

    joblib.dump(StandardScaler().fit(ROWS), path)


def skops_model(path: Path) -> None:
    """Write a logistic regression in the format of skops."""
    import skops.io
    from sklearn.linear_model import LogisticRegression

    skops.io.dump(LogisticRegression().fit(ROWS, CLASSES), path)
