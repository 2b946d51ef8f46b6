"""Tiny valid artifacts. Those in the safetensors format need the standard library only."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def weights(path: Path) -> None:
    """Write the weights of a linear layer from two numbers to one."""
    _write("weight", [1, 2], [0.5, -0.25], path)


def tensors(path: Path) -> None:
    """Write two examples of two features."""
    _write("features", [2, 2], [5.1, 1.4, 6.3, 6.0], path)


def checkpoint(path: Path) -> None:
    """Write the weights of a linear layer after one epoch."""
    import torch

    layer = torch.nn.Linear(2, 1)
    torch.save({"model": layer.state_dict(), "epoch": 1}, path)


def program(path: Path) -> None:
    """Write a linear layer as a program."""
    import torch

    exported = torch.export.export(torch.nn.Linear(2, 1), (torch.ones(1, 2),))
    with path.open("wb") as file:
        torch.export.save(exported, file)


def _write(name: str, shape: list[int], values: list[float], path: Path) -> None:
    data = struct.pack(f"<{len(values)}f", *values)
    about = {"dtype": "F32", "shape": shape, "data_offsets": [0, len(data)]}
    header = json.dumps({name: about}, separators=(",", ":")).encode("ascii")
    header += b" " * (-len(header) % 8)
    path.write_bytes(struct.pack("<Q", len(header)) + header + data)
