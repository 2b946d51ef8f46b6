"""Who will leave? A logistic regression on what is known of each customer."""

from __future__ import annotations

import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score, roc_curve
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

ANSWER = "churned"
KINDS = ["country", "contract"]
NUMBERS = [
    "tenure_months",
    "monthly_fee",
    "data_gb",
    "payment_day",
    "tickets",
    "complaints",
    "helpdesk_minutes",
]


def fit(data: pd.DataFrame, strength: float, seed: int) -> Pipeline:
    """Return a model that fills gaps, scales and weighs; all of it learnt from `data` only."""
    columns = make_column_transformer(
        (OneHotEncoder(drop="first"), KINDS),
        (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), NUMBERS),
    )
    weigher = LogisticRegression(C=strength, max_iter=1000, random_state=seed)
    return make_pipeline(columns, weigher).fit(data, data[ANSWER])


def risk(model: Pipeline, data: pd.DataFrame) -> pd.Series:
    """Return the probability to leave, by the index of `data`."""
    return pd.Series(model.predict_proba(data)[:, 1], index=data.index)


def auc(model: Pipeline, data: pd.DataFrame) -> float:
    """Return the chance that a leaver is rated higher than a stayer."""
    return float(roc_auc_score(data[ANSWER], risk(model, data)))


def judge(model: Pipeline, data: pd.DataFrame) -> dict[str, object]:
    """Return the AUC, the lift of the first tenth, and the ROC curve."""
    rated = risk(model, data)
    first = rated.nlargest(max(1, len(data) // 10)).index
    wrong, right, _ = roc_curve(data[ANSWER], rated)
    return {
        "value": auc(model, data),
        "lift": float(data.loc[first, ANSWER].mean() / data[ANSWER].mean()),
        "curve": [
            {"x": round(float(x), 6), "y": round(float(y), 6)}
            for x, y in zip(wrong, right, strict=True)
        ],
    }


def weights(model: Pipeline) -> pd.DataFrame:
    """Return what speaks for leaving (positive) and for staying, the strongest first."""
    columns, weigher = model[0], model[-1]
    names = [name.split("__")[-1] for name in columns.get_feature_names_out()]
    table = pd.DataFrame({"feature": names, "weight": weigher.coef_[0].round(6)})
    return table.sort_values("weight", key=abs, ascending=False, ignore_index=True)
