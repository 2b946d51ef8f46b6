"""Make the two tables of the churn example: `customers.csv` and `tickets.jsonl`.

Nobody's data: a made-up phone company, drawn from one seed by the standard library alone, so
that the files are the same on every machine. Run it in this folder: `python generate.py`.

What is true in this world, and what a model can therefore find:

* customers with a monthly contract leave more often than those bound for one or two years;
* so do new ones, those who pay much, and those with many complaints in the last 90 days;
* the country, the payment day and the topic `question` have nothing to do with it.

What is wrong with the tables, as in real ones: some customers are there twice, some cells are
empty, `closed_on` tells who left (it must not become a feature), and the helpdesk's log goes on
after the day at which we look (later tickets must not be counted).
"""

from __future__ import annotations

import csv
import json
import math
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

SEED = 20240630
CUSTOMERS = 1500
DUPLICATES = 24
AS_OF = date(2024, 6, 30)
"""The day at which we look: who is still a customer then may leave in the 90 days after it."""
HORIZON = 90
"""Days of the log before and after that day."""

CONTRACTS = {"monthly": 0.9, "one_year": -0.6, "two_years": -1.6}
COUNTRIES = ("AT", "CH", "DE")
COMPLAINTS = ("billing", "outage", "speed")

Row = dict[str, Any]


def customer(random: Random, number: int) -> tuple[Row, list[Row]]:
    """Return one customer and their tickets."""
    tenure = 1 + int(random.random() ** 2 * 96)
    contract = random.choices(list(CONTRACTS), (5, 3, 2))[0]
    fee = round(15 + 55 * random.random(), 2)
    usage = round(random.lognormvariate(2.2, 0.7), 1)
    unhappy = random.random() ** 3
    row: Row = {
        "customer_id": f"C{number:05d}",
        "country": random.choice(COUNTRIES),
        "contract": contract,
        "tenure_months": tenure,
        "monthly_fee": fee,
        "data_gb": usage,
        "payment_day": random.randint(1, 28),
        "closed_on": "",
        "churned": 0,
    }
    tickets = log(random, row["customer_id"], unhappy)
    logit = -3.3 + CONTRACTS[contract] - 0.02 * tenure + 0.045 * (fee - 30) + 5.0 * unhappy
    if random.random() < 1 / (1 + math.exp(-logit)):
        row["closed_on"] = (AS_OF + timedelta(days=random.randint(1, HORIZON))).isoformat()
        row["churned"] = 1
    return with_gaps(random, row), tickets


def log(random: Random, customer_id: str, unhappy: float) -> list[Row]:
    """Return the tickets of one customer, before and after the day at which we look."""
    count = sum(random.random() < 0.08 + 0.5 * unhappy for _ in range(8))
    tickets = []
    for _ in range(count):
        opened = AS_OF + timedelta(days=random.randint(-HORIZON - 30, HORIZON))
        complaint = random.random() < 0.2 + 0.75 * unhappy
        topic = random.choice(COMPLAINTS) if complaint else "question"
        minutes = 3 + int(random.expovariate(1 / 12))
        tickets.append(
            {
                "customer": customer_id,
                "opened": opened.isoformat(),
                "about": {"topic": topic, "minutes": minutes},
            }
        )
    return tickets


def with_gaps(random: Random, row: Row) -> Row:
    """Empty a cell now and then, as a form does that asks for too much."""
    return {
        key: "" if key in {"monthly_fee", "data_gb"} and random.random() < 0.03 else value
        for key, value in row.items()
    }


def tables() -> tuple[list[Row], list[Row]]:
    """Return all customers (some twice, in mixed order) and all tickets by date."""
    random = Random(SEED)
    customers: list[Row] = []
    tickets: list[Row] = []
    for number in range(1, CUSTOMERS + 1):
        row, own = customer(random, number)
        customers.append(row)
        tickets.extend(own)
    customers.extend(random.sample(customers, DUPLICATES))
    random.shuffle(customers)
    tickets.sort(key=lambda ticket: (ticket["opened"], ticket["customer"]))
    return customers, tickets


def write(folder: Path) -> None:
    """Write both files."""
    customers, tickets = tables()
    with (folder / "customers.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(customers[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(customers)
    lines = [json.dumps(ticket) + "\n" for ticket in tickets]
    (folder / "tickets.jsonl").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    write(Path(__file__).parent)
