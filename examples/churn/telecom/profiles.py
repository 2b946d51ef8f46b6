"""What is known of each customer at a given day: the component behind `telecom.Profile`."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

COMPLAINTS = ("billing", "outage", "speed")


def build(customers: pd.DataFrame, tickets: pd.DataFrame, as_of: str, window: int) -> pd.DataFrame:
    """Return the customers with a summary of their tickets of the last `window` days.

    Tickets after `as_of` do not count: on that day nobody could have known them.
    """
    last = date.fromisoformat(as_of)
    first = last - timedelta(days=window)
    opened = pd.to_datetime(tickets["opened"]).dt.date
    known = tickets[(opened > first) & (opened <= last)]
    complaints = known[known["topic"].isin(COMPLAINTS)]
    return customers.assign(
        tickets=count(known, customers),
        complaints=count(complaints, customers),
        helpdesk_minutes=customers["customer_id"]
        .map(known.groupby("customer_id")["minutes"].sum())
        .fillna(0)
        .astype(int),
    )


def count(tickets: pd.DataFrame, customers: pd.DataFrame) -> pd.Series:
    """Return the number of tickets of each customer, 0 for who has none."""
    return customers["customer_id"].map(tickets["customer_id"].value_counts()).fillna(0).astype(int)
