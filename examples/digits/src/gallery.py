"""Draw the pictures that were misread: `python -m gallery --model M --images FOLDER --out PNG`.

A program of its own, as others write them: it takes paths and writes a file.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import joblib
import numpy as np
from matplotlib.figure import Figure
from pictures import arrays

COLUMNS = 6
ROWS = 2


def gallery(pixels: np.ndarray, digits: np.ndarray, read: np.ndarray, out: Path) -> None:
    """Draw up to twelve misread digits, each with what it is and what it was taken for."""
    wrong = np.flatnonzero(read != digits)
    # No pyplot, since a stage has no screen.
    figure = Figure(figsize=(COLUMNS * 1.3, ROWS * 1.6), layout="constrained")
    axes = figure.subplots(ROWS, COLUMNS)
    for axis in axes.flat:
        axis.axis("off")
    for axis, index in zip(axes.flat, wrong, strict=False):
        axis.imshow(pixels[index].reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
        axis.set_title(f"{digits[index]}, read as {read[index]}", fontsize=7)
    figure.suptitle(f"{len(wrong)} of {len(digits)} misread", fontsize=10)
    # Without the metadata the same picture is the same file, whatever version drew it.
    figure.savefig(out, format="png", dpi=120, metadata={"Software": None})


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="written by joblib")
    parser.add_argument("--images", type=Path, required=True, help="a folder for each digit")
    parser.add_argument("--out", type=Path, required=True, help="the PNG file to write")
    given = parser.parse_args()
    pixels, digits = arrays(given.images)
    gallery(pixels, digits, joblib.load(given.model).predict(pixels), given.out)


if __name__ == "__main__":
    main()
