"""From one format of models to another: `python torch_adapters.py NAME FROM TO`."""

from __future__ import annotations

import sys
from pathlib import Path

from torch_codecs import load_checkpoint, save_weights  # type: ignore[import-not-found]

KEYS = ("model", "state_dict", "model_state_dict")


def checkpoint_to_model(source: Path, target: Path) -> None:
    """Write the weights of a checkpoint."""
    checkpoint = load_checkpoint(source)
    found = next((checkpoint[key] for key in KEYS if key in checkpoint), checkpoint)
    save_weights(found, target)


ADAPTERS = {"checkpoint_to_model": checkpoint_to_model}

if __name__ == "__main__":
    ADAPTERS[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
