"""Write `iris.csv` from the copy of the data that comes with scikit-learn.

Run it in this folder: `python export.py`. The file is committed, so nobody needs to.
"""

from __future__ import annotations

import csv
from pathlib import Path

from sklearn.datasets import load_iris

COLUMNS = ("sepal_length", "sepal_width", "petal_length", "petal_width", "species")


def rows() -> list[list[object]]:
    """Return 150 rows: four lengths in centimetres and the name of the species."""
    iris = load_iris()
    return [
        [*(float(value) for value in flower), str(iris.target_names[kind])]
        for flower, kind in zip(iris.data, iris.target, strict=True)
    ]


def write(path: Path) -> None:
    """Write the rows as CSV with a header, lines ended by a line feed."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows())


if __name__ == "__main__":
    write(Path(__file__).with_name("iris.csv"))
