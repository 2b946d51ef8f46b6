"""Read and write models and tensors of PyTorch without pickles that run code.

The safetensors format is eight bytes of length, a JSON header, and the bytes of the tensors:
https://github.com/huggingface/safetensors#format. It is read and written here, so that a stage
needs nothing but PyTorch.
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any, Mapping

if TYPE_CHECKING:
    from pathlib import Path

# Names of the format -> names of PyTorch.
_DTYPES = {
    "BOOL": "bool",
    "U8": "uint8",
    "I8": "int8",
    "I16": "int16",
    "I32": "int32",
    "I64": "int64",
    "F16": "float16",
    "BF16": "bfloat16",
    "F32": "float32",
    "F64": "float64",
}
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}
_MAX_HEADER = 100_000_000


def load_weights(path: Path) -> dict[str, Any]:
    """Return the tensors by name, on the CPU: what `module.load_state_dict` takes."""
    import torch

    data = bytearray(path.read_bytes())
    (size,) = struct.unpack_from("<Q", data) if len(data) >= 8 else (_MAX_HEADER + 1,)
    if size > min(_MAX_HEADER, len(data) - 8):
        raise ValueError("this is no safetensors file")
    header = json.loads(bytes(data[8 : 8 + size]))
    header.pop("__metadata__", None)
    start = 8 + size
    tensors = {}
    for name, about in header.items():
        begin, end = about["data_offsets"]
        dtype = getattr(torch, _DTYPES[about["dtype"]])
        # A tensor must start at a multiple of its size in memory, which the file does not promise.
        part = data[start + begin : start + end]
        flat = torch.frombuffer(part, dtype=dtype) if part else torch.empty(0, dtype=dtype)
        tensors[name] = flat.reshape(about["shape"])
    return tensors


def save_weights(value: Any, path: Path) -> None:
    """Write a module's state dict, or a dict of tensors.

    Raises TypeError for anything that is not a tensor; TorchCheckpoint takes more.
    """
    state = value.state_dict() if hasattr(value, "state_dict") else value
    if not isinstance(state, Mapping):
        raise TypeError(f"weights are a module or a dict of tensors, not {type(value).__name__}")
    header: dict[str, Any] = {}
    parts = []
    offset = 0
    # The largest element first keeps every tensor at a multiple of its element's size.
    for name, tensor in sorted(state.items(), key=lambda item: (-_item_size(*item), item[0])):
        dtype = str(tensor.dtype).rpartition(".")[2]
        if dtype not in _NAMES:
            raise TypeError(f"'{name}' is of type {dtype}, which the format lacks")
        raw = _bytes(tensor)
        header[name] = {
            "dtype": _NAMES[dtype],
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + len(raw)],
        }
        offset += len(raw)
        parts.append(raw)
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.writelines(parts)


def load_checkpoint(path: Path) -> Any:
    """Return what `torch.save` wrote, on the CPU; only tensors and plain values are loaded."""
    import torch

    return torch.load(path, map_location="cpu", weights_only=True)


def save_checkpoint(value: Any, path: Path) -> None:
    """Write tensors and plain values, as a dict of state dicts and an epoch."""
    import torch

    torch.save(value.state_dict() if isinstance(value, torch.nn.Module) else value, path)


def load_program(path: Path) -> Any:
    """Return the torch.export.ExportedProgram; `.module()` makes it callable."""
    import torch

    with path.open("rb") as file:
        return torch.export.load(file)


def save_program(value: Any, path: Path) -> None:
    """Write a torch.export.ExportedProgram."""
    import torch

    # An open file, because the function refuses a path without its own suffix.
    with path.open("wb") as file:
        torch.export.save(value, file)


def _item_size(name: str, tensor: Any) -> int:
    if not hasattr(tensor, "element_size"):
        raise TypeError(f"'{name}' is no tensor but {type(tensor).__name__}")
    return int(tensor.element_size())


def _bytes(tensor: Any) -> bytes:
    import torch

    plain = tensor.detach().to("cpu").contiguous().reshape(-1)
    # NumPy knows no bfloat16, but every tensor can be seen as bytes.
    return bytes(plain.view(torch.uint8).numpy()) if plain.numel() else b""
