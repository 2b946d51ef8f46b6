"""Read and write models of scikit-learn.

A joblib file is a pickle: loading one runs whatever it says. That happens inside a stage only,
with a file that a stage of this project wrote or that the experiment names. For models from
elsewhere use skops, which loads known types and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def load_joblib(path: Path) -> Any:
    """Return the estimator."""
    import joblib

    return joblib.load(path)


def save_joblib(value: Any, path: Path) -> None:
    """Write a fitted estimator. Raises TypeError for what has no `get_params`."""
    import joblib

    _require_estimator(value)
    joblib.dump(value, path)


def load_skops(path: Path) -> Any:
    """Return the estimator. Raises ValueError when it holds types that skops does not know."""
    import skops.io

    unknown = skops.io.get_untrusted_types(file=path)
    if unknown:
        raise ValueError(f"the model holds types that are not trusted: {', '.join(unknown)}")
    return skops.io.load(path, trusted=[])


def save_skops(value: Any, path: Path) -> None:
    """Write a fitted estimator. Raises TypeError for what has no `get_params`."""
    import skops.io

    _require_estimator(value)
    skops.io.dump(value, path)


def _require_estimator(value: Any) -> None:
    if not hasattr(value, "get_params"):
        raise TypeError(f"a model of scikit-learn is an estimator, not {type(value).__name__}")
