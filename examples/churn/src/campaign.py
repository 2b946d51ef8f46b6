"""Whom to call first."""

from __future__ import annotations

import pandas as pd
from model import risk
from sklearn.pipeline import Pipeline


def call_list(model: Pipeline, customers: pd.DataFrame, contacts: int) -> pd.DataFrame:
    """Return the `contacts` customers who are most likely to leave, with a reason to call."""
    rated = customers.assign(risk=risk(model, customers).round(4))
    first = rated.nlargest(contacts, "risk")
    return first[["customer_id", "risk", "contract", "tenure_months", "complaints"]]
