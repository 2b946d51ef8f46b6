"""Sort letters to the desk that answers them.

A letter is a dict with `id`, `text` and `label`, the desk.
"""

from __future__ import annotations

from typing import Any

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, f1_score
from sklearn.pipeline import Pipeline, make_pipeline

Letter = dict[str, str]


def fit(data: list[Letter], words: int, strength: float, seed: int) -> Pipeline:
    """Return a model that counts runs of up to `words` words and weighs them.

    Counting and weighing are one model, so the vocabulary is learnt from `data` only. A high
    `strength` trusts these letters more.
    """
    vectoriser = TfidfVectorizer(ngram_range=(1, words), sublinear_tf=True)
    classifier = LogisticRegression(C=strength, max_iter=1000, random_state=seed)
    model = make_pipeline(vectoriser, classifier).fit(texts(data), labels(data))
    # It holds an address in memory, by which one model would be another file every time.
    vars(vectoriser).pop("_stop_words_id", None)
    return model


def sort(model: Pipeline, data: list[Letter]) -> list[dict[str, Any]]:
    """Return the letters with the desk that the model sends each to, and how sure it is."""
    sure = model.predict_proba(texts(data))
    return [
        {**letter, "predicted": str(model.classes_[row.argmax()]), "sure": round(row.max(), 4)}
        for letter, row in zip(data, sure, strict=True)
    ]


def score(predictions: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the F1 score, each desk counting the same, and which desks are mixed up."""
    truth = labels(predictions)
    guess = [letter["predicted"] for letter in predictions]
    desks = sorted({*truth, *guess})
    return {
        "value": float(f1_score(truth, guess, labels=desks, average="macro")),
        "matrix": {
            "labels": desks,
            "matrix": confusion_matrix(truth, guess, labels=desks).tolist(),
        },
    }


def tune(model: Pipeline, data: list[Letter]) -> float:
    """Return the F1 score of a model on letters that it has not seen."""
    return float(score(sort(model, data))["value"])


def texts(letters: list[Letter]) -> list[str]:
    """Return what the letters say."""
    return [letter["text"] for letter in letters]


def labels(letters: list[Letter]) -> list[str]:
    """Return the desks that the letters belong to."""
    return [letter["label"] for letter in letters]
