"""Divide the rows of a table by chance, with the standard library alone."""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from pathlib import Path
from typing import Any, Hashable


def split(
    table: Any,
    train: Path,
    test: Path,
    valid: Path | None = None,
    test_share: float = 0.2,
    valid_share: float = 0.2,
    stratify: str | None = None,
    group: str | None = None,
    seed: int = 0,
) -> None:
    """Write the parts of `table`, a DataFrame or a list of dicts, as CSV.

    Rows keep their order inside a part. With `group`, shares are shares of groups, and a stratum
    is the value of the group's first row. Raises ValueError when a part would be empty.
    """
    shares = {"test": test_share}
    targets = {"train": train, "test": test}
    if valid is not None:
        shares["valid"] = valid_share
        targets["valid"] = valid
    if sum(shares.values()) >= 1:
        raise ValueError(f"the shares of {' and '.join(shares)} leave nothing to train on")
    size = len(table)
    groups = _values(table, group) if group is not None else list(range(size))
    strata = _values(table, stratify) if stratify is not None else [None] * size
    parts = divide(groups, strata, shares, seed)
    for name, target in targets.items():
        rows = [row for row in range(size) if parts[row] == name]
        if not rows:
            raise ValueError(f"'{name}' would be empty: the table has only {size} rows")
        _write(table, rows, target)


def divide(
    groups: list[Hashable], strata: list[Hashable], shares: dict[str, float], seed: int
) -> list[str]:
    """Return the name of each row's part; what no share asks for is `train`."""
    stratum_of: dict[Hashable, Hashable] = {}
    for member, stratum in zip(groups, strata):
        stratum_of.setdefault(member, stratum)
    members = defaultdict(list)
    for member, stratum in stratum_of.items():
        members[stratum].append(member)
    chance = random.Random(seed)  # noqa: S311 - it divides rows, it guards nothing
    part_of: dict[Hashable, str] = {}
    for stratum in members:
        chosen = members[stratum]
        chance.shuffle(chosen)
        start, wanted = 0, 0.0
        for name, share in shares.items():
            # Rounding the running total keeps what all parts get together right.
            wanted += share * len(chosen)
            stop = int(wanted + 0.5)
            part_of.update(dict.fromkeys(chosen[start:stop], name))
            start = stop
    return [part_of.get(member, "train") for member in groups]


def _values(table: Any, column: str) -> list[Any]:
    names = list(table.columns) if hasattr(table, "columns") else list(table[0] if table else [])
    if column not in names:
        raise ValueError(f"the table has no column '{column}'; it has {', '.join(names)}")
    if hasattr(table, "columns"):
        # A missing value is not equal to itself; all of them are one stratum.
        values = table[column].tolist()
        return [None if value != value else value for value in values]  # noqa: PLR0124
    return [row[column] for row in table]


def _write(table: Any, rows: list[int], target: Path) -> None:
    if hasattr(table, "iloc"):
        table.iloc[rows].to_csv(target, index=False)
        return
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table[row] for row in rows)
