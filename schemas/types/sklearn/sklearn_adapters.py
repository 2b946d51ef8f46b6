"""From one format of models to another: `python sklearn_adapters.py NAME FROM TO`."""

from __future__ import annotations

import sys
from pathlib import Path

from sklearn_codecs import load_skops, save_joblib  # type: ignore[import-not-found]


def skops_to_joblib(source: Path, target: Path) -> None:
    """Write a skops model with joblib."""
    save_joblib(load_skops(source), target)


ADAPTERS = {"skops_to_joblib": skops_to_joblib}

if __name__ == "__main__":
    ADAPTERS[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
