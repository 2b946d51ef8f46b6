"""A machine that reads digits. It knows arrays only: where they come from is others' business."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import learning_curve
from sklearn.svm import SVC


def fit(data: tuple[np.ndarray, np.ndarray], gamma: float, seed: int) -> SVC:
    """Return a support vector machine; `gamma` says how close two pictures are to be alike."""
    pixels, digits = data
    return SVC(gamma=gamma, random_state=seed).fit(pixels, digits)


def score(model: SVC, data: tuple[np.ndarray, np.ndarray]) -> float:
    """Return the share of pictures that are read correctly."""
    return float(model.score(*data))


def judge(model: SVC, data: tuple[np.ndarray, np.ndarray]) -> dict[str, Any]:
    """Return the accuracy, and which digits are taken for which."""
    pixels, digits = data
    read = model.predict(pixels)
    labels = [int(digit) for digit in model.classes_]
    counts = confusion_matrix(digits, read, labels=labels)
    return {
        "value": float((read == digits).mean()),
        "matrix": {"labels": [str(label) for label in labels], "matrix": counts.tolist()},
    }


def learn(
    model: SVC, data: tuple[np.ndarray, np.ndarray], points: int, seed: int
) -> dict[str, Any]:
    """Return how well a model like this one reads after few, more, and all pictures.

    Each point is the mean of three folds of `data`, so that no picture outside of it is needed.
    """
    pixels, digits = data
    sizes, _, scores = learning_curve(
        SVC(**model.get_params()),
        pixels,
        digits,
        train_sizes=np.linspace(0.1, 1.0, points),
        cv=3,
        shuffle=True,
        random_state=seed,
    )
    means = [round(float(folds.mean()), 6) for folds in scores]
    curve = [{"x": int(size), "y": mean} for size, mean in zip(sizes, means, strict=True)]
    return {"value": means[-1], "curve": curve}
