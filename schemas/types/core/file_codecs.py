"""Read and write JSON, JSON Lines, text and folders, with the standard library alone."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any, Mapping


def load_json(path: Path) -> Any:
    """Return the JSON value."""
    return json.loads(path.read_text("utf-8"))


def save_json(value: Any, path: Path) -> None:
    """Write a JSON value; NumPy's numbers and arrays too. What is not a number becomes null."""
    path.write_text(f"{_dumps(value, indent=2)}\n", "utf-8")


def load_json_lines(path: Path) -> list[Any]:
    """Return one value for each line that is not blank."""
    with path.open(encoding="utf-8-sig") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def save_json_lines(value: Any, path: Path) -> None:
    """Write a list of JSON values, or the rows of a DataFrame, one a line."""
    rows = value.to_dict("records") if hasattr(value, "to_dict") else value
    if isinstance(rows, (str, bytes, dict)):
        raise TypeError(f"JSON Lines hold a list of values, not one {type(rows).__name__}")
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(f"{_dumps(row)}\n")


def load_text(path: Path) -> str:
    """Return the text; line ends stay as they are."""
    return path.read_bytes().decode("utf-8-sig")


def save_text(value: Any, path: Path) -> None:
    """Write a text; line ends stay as they are. Raises TypeError for what is no text."""
    if not isinstance(value, str):
        raise TypeError(f"a text is a str, not {type(value).__name__}")
    path.write_bytes(value.encode("utf-8"))


def load_folder(path: Path) -> Path:
    """Return the folder's path."""
    return path


def save_folder(value: str | Path | Mapping[str, str | bytes], path: Path) -> None:
    """Copy a folder, or write a dict of relative paths and contents."""
    if isinstance(value, (str, Path)):
        shutil.copytree(str(value), str(path), dirs_exist_ok=True)
        return
    path.mkdir(parents=True, exist_ok=True)
    root = path.resolve()
    for name, content in _files(value).items():
        target = (root / name).resolve()
        if root not in target.parents:
            raise ValueError(f"the path {name!r} leads out of the folder")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)


def _files(value: Any) -> dict[str, str | bytes]:
    if isinstance(value, Mapping) and all(isinstance(c, (str, bytes)) for c in value.values()):
        return {str(name): content for name, content in value.items()}
    raise TypeError(
        f"a folder is a path, or a dict of relative paths and contents, not {type(value).__name__}"
    )


def _dumps(value: Any, **options: Any) -> str:
    # The first try costs nothing where all is plain; the second finds NaN and arrays.
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, **options)
    except (ValueError, TypeError):
        return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False, **options)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(child) for key, child in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(child) for child in value]
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    raise TypeError(f"{type(value).__name__} is not JSON")
