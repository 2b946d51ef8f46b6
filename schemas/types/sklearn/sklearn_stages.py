"""Train, apply and measure estimators of scikit-learn on pandas DataFrames."""

from __future__ import annotations

import importlib
import json
import math
from typing import TYPE_CHECKING, Any, Callable, Sequence

if TYPE_CHECKING:
    from pathlib import Path


def train(
    data: Any,
    estimator: str,
    target: str,
    features: Sequence[str] | None = None,
    params: dict[str, Any] | None = None,
    scale: bool = True,
    seed: int = 0,
) -> Any:
    """Return a pipeline of preprocessing and estimator, fitted to the rows of `data`."""
    columns = _features(data, target, features)
    whole = _pipeline(data[columns], estimator, params or {}, scale=scale, seed=seed)
    return whole.fit(data[columns], data[target])


def predict(model: Any, data: Any) -> Any:
    """Return `data` with the column `prediction`, and `probability` of the predicted class."""
    features = data[_known_features(model, data)]
    result = data.copy()
    result["prediction"] = model.predict(features)
    if hasattr(model, "predict_proba"):
        result["probability"] = model.predict_proba(features).max(axis=1)
    return result


def evaluate(
    model: Any,
    data: Any,
    target: str,
    measure: str = "accuracy",
    matrix: Path | None = None,
    curve: Path | None = None,
    report: Path | None = None,
) -> float:
    """Return the measured value; write the outputs that were asked for."""
    features, truth = data[_known_features(model, data)], data[target]
    value = _measured(measure, model, features, truth)
    if matrix is not None:
        _write_json(_confusion(model, features, truth), matrix)
    if curve is not None:
        _write_json(_roc(model, features, truth), curve)
    if report is not None:
        report.write_text(_report(model, features, truth, measure, value), "utf-8")
    return value


def cross_validate(
    data: Any,
    estimator: str,
    target: str,
    features: Sequence[str] | None = None,
    params: dict[str, Any] | None = None,
    scale: bool = True,
    measure: str = "accuracy",
    folds: int = 5,
    seed: int = 0,
) -> dict[str, Any]:
    """Return the mean over the folds as `value`, with their deviation and the value of each."""
    from sklearn.base import is_classifier
    from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score

    columns = _features(data, target, features)
    whole = _pipeline(data[columns], estimator, params or {}, scale=scale, seed=seed)
    kind = StratifiedKFold if is_classifier(whole) else KFold
    parts = kind(n_splits=folds, shuffle=True, random_state=seed)

    def score(fitted: Any, rows: Any, truth: Any) -> float:
        return _measured(measure, fitted, rows, truth)

    values = cross_val_score(
        whole, data[columns], data[target], cv=parts, scoring=score, error_score="raise"
    )
    return {
        "value": float(values.mean()),
        "deviation": float(values.std()),
        "folds": values.tolist(),
    }


def _features(data: Any, target: str, features: Sequence[str] | None) -> list[str]:
    names = [str(name) for name in data.columns]
    chosen = list(features) if features else [name for name in names if name != target]
    missing = [name for name in [target, *chosen] if name not in names]
    if missing:
        listed = " and ".join(f"'{name}'" for name in missing)
        raise ValueError(f"the table has no column {listed}; it has {', '.join(names)}")
    if target in chosen:
        raise ValueError(f"'{target}' is the target, so it cannot be a feature")
    return chosen


def _known_features(model: Any, data: Any) -> list[str]:
    """Return the columns that the model was fitted to, in its order."""
    names = getattr(model, "feature_names_in_", None)
    if names is None:
        raise ValueError("the model does not know the names of its features; fit it to a table")
    missing = [str(name) for name in names if name not in data.columns]
    if missing:
        raise ValueError(f"the table lacks features of the model: {', '.join(missing)}")
    return [str(name) for name in names]


def _pipeline(
    features: Any, estimator: str, params: dict[str, Any], *, scale: bool, seed: int
) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline, make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = list(features.select_dtypes(include=["number", "bool"]).columns)
    texts = [name for name in features.columns if name not in numbers]
    steps = [SimpleImputer(strategy="median"), *([StandardScaler()] if scale else [])]
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    prepare = ColumnTransformer(
        [("numbers", make_pipeline(*steps), numbers), ("texts", encoder, texts)]
    )
    return Pipeline([("prepare", prepare), ("estimator", _estimator(estimator, params, seed))])


def _estimator(name: str, params: dict[str, Any], seed: int) -> Any:
    found = _class(name)
    given = dict(params)
    if "random_state" in found().get_params():
        given.setdefault("random_state", seed)
    return found(**given)


def _class(name: str) -> Any:
    from sklearn.base import BaseEstimator
    from sklearn.utils import all_estimators

    module, _, bare = name.rpartition(".")
    if not module:
        known = dict(all_estimators())
        if bare not in known:
            raise ValueError(f"scikit-learn has no estimator '{name}'")
        return known[bare]
    if module.split(".")[0] != "sklearn":
        raise ValueError(f"'{name}' is not in scikit-learn; write a stage with code of your own")
    found = getattr(importlib.import_module(module), bare, None)
    if not (isinstance(found, type) and issubclass(found, BaseEstimator)):
        raise ValueError(f"scikit-learn has no estimator '{name}'")  # noqa: TRY004 - the name is wrong, not its type
    return found


def _measured(measure: str, model: Any, features: Any, truth: Any) -> float:
    from sklearn import metrics

    if measure == "roc_auc":
        chances = model.predict_proba(features)
        scores = chances[:, 1] if chances.shape[1] == 2 else chances
        return float(metrics.roc_auc_score(truth, scores, multi_class="ovr", labels=model.classes_))
    if measure == "log_loss":
        chances = model.predict_proba(features)
        return float(metrics.log_loss(truth, chances, labels=model.classes_))
    guess = model.predict(features)
    averaged: dict[str, Callable[..., float]] = {
        "precision": metrics.precision_score,
        "recall": metrics.recall_score,
        "f1": metrics.f1_score,
    }
    if measure in averaged:
        return float(averaged[measure](truth, guess, average="macro", zero_division=0))
    if measure == "root_mean_squared_error":
        return math.sqrt(metrics.mean_squared_error(truth, guess))
    return float(getattr(metrics, measure + ("" if "error" in measure else "_score"))(truth, guess))


def _confusion(model: Any, features: Any, truth: Any) -> dict[str, Any]:
    from sklearn.metrics import confusion_matrix

    if not hasattr(model, "classes_"):
        raise ValueError("a confusion matrix needs a classifier")
    counts = confusion_matrix(truth, model.predict(features), labels=model.classes_)
    return {"labels": [str(label) for label in model.classes_], "matrix": counts.tolist()}


def _roc(model: Any, features: Any, truth: Any) -> list[list[float]]:
    from sklearn.metrics import roc_curve

    if len(getattr(model, "classes_", ())) != 2 or not hasattr(model, "predict_proba"):
        raise ValueError("this curve needs a classifier of two classes that tells probabilities")
    chances = model.predict_proba(features)[:, 1]
    wrong, right, _ = roc_curve(truth, chances, pos_label=model.classes_[1])
    return [[float(x), float(y)] for x, y in zip(wrong, right)]


def _report(model: Any, features: Any, truth: Any, measure: str, value: float) -> str:
    lines = ["# Evaluation", "", f"{measure} = {value:.6g} on {len(truth)} rows", ""]
    if hasattr(model, "classes_"):
        from sklearn.metrics import classification_report

        text = classification_report(truth, model.predict(features), zero_division=0)
        lines += ["```text", text.rstrip("\n"), "```", ""]
    return "\n".join(lines)


def _write_json(value: Any, path: Path) -> None:
    path.write_text(f"{json.dumps(value)}\n", "utf-8")
