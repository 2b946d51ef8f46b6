"""Pictures of digits on disk: PNG files in one folder for each digit, as `7/0042.png`."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

LEVELS = 16
"""scikit-learn's digits are 8 x 8 pixels in 17 shades, 0 (paper) to 16 (ink)."""


def draw(images: Path) -> None:
    """Write the 1,797 digits that come with scikit-learn as pictures."""
    from sklearn.datasets import load_digits  # takes seconds, and only this function needs it

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
    random = Random(seed)
    for digit in sorted(table.iterdir()):
        pictures = sorted(digit.iterdir())
        random.shuffle(pictures)
        tested = round(test_size * len(pictures))
        validated = tested + round(valid_size * len(pictures))
        copy(pictures[:tested], test / digit.name)
        copy(pictures[tested:validated], valid / digit.name)
        copy(pictures[validated:], train / digit.name)


def copy(pictures: list[Path], folder: Path) -> None:
    """Copy files to a new folder."""
    folder.mkdir(parents=True)
    for picture in pictures:
        shutil.copyfile(picture, folder / picture.name)


def arrays(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return pixels (n x 64, 0 to 1) and digits (n) of a folder, in the order of file names."""
    pictures = sorted(folder.glob("*/*.png"), key=lambda picture: picture.name)
    pixels = np.array([np.asarray(Image.open(picture)) for picture in pictures])
    digits = np.array([int(picture.parent.name) for picture in pictures])
    return pixels.reshape(len(pictures), -1) / 255, digits
