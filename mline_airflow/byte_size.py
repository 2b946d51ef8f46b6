"""Sizes as people read them."""

from __future__ import annotations


def byte_size(number: int) -> str:
    """Return `512 B`, `3.4 kB`, `120 MB` for a number of bytes."""
    value = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"
