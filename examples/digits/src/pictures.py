"""Pictures of digits on disk: PNG files in one folder for each digit, as `7/0042.png`."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

LEVELS = 16
"""scikit-learn's digits are 8 x 8 pixels in 17 shades, 0 (paper) to 16 (ink)."""


def draw(images: Path) -> None:
    """Write the 1,797 digits that come with scikit-learn as pictures."""
    digits = load_digits()
    for number, (pixels, digit) in enumerate(zip(digits.images, digits.target, strict=True)):
        folder = images / str(digit)
        folder.mkdir(parents=True, exist_ok=True)
        shades = (pixels * (255 / LEVELS)).round().astype(np.uint8)
        Image.fromarray(shades).save(folder / f"{number:04d}.png")


def split(
    table: Path,
    train: Path,
    valid: Path,
    test: Path,
    valid_size: float,
    test_size: float,
    seed: int,
) -> None:
    """Copy each picture of `table` to train, valid or test, all digits in the same proportions."""
    pictures = sorted(table.glob("*/*.png"))
    digits = [picture.parent.name for picture in pictures]
    rest, tested = train_test_split(
        pictures, test_size=test_size, random_state=seed, stratify=digits
    )
    trained, validated = train_test_split(
        rest,
        test_size=valid_size / (1 - test_size),
        random_state=seed,
        stratify=[picture.parent.name for picture in rest],
    )
    for folder, group in ((train, trained), (valid, validated), (test, tested)):
        for picture in group:
            place = folder / picture.parent.name
            place.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(picture, place / picture.name)


def arrays(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return pixels (n x 64, 0 to 1) and digits (n) of a folder, in the order of file names."""
    pictures = sorted(folder.glob("*/*.png"), key=lambda picture: picture.name)
    pixels = np.array([np.asarray(Image.open(picture)) for picture in pictures])
    digits = np.array([int(picture.parent.name) for picture in pictures])
    return pixels.reshape(len(pictures), -1) / 255, digits
