"""Read and write figures: bytes, matplotlib figures, Pillow images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def load_png(path: Path) -> bytes:
    """Return the bytes of the PNG file."""
    return path.read_bytes()


def save_png(value: Any, path: Path) -> None:
    """Write a matplotlib figure or axes, a Pillow image, or the bytes of a PNG file."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        data = bytes(value)
        if not data.startswith(PNG_SIGNATURE):
            raise ValueError("these bytes are no PNG file")
        path.write_bytes(data)
    elif hasattr(_figure(value), "savefig"):
        _savefig(_figure(value), path, "png")
    elif hasattr(value, "save") and hasattr(value, "mode"):
        value.save(str(path), format="PNG")
    else:
        raise TypeError(
            f"a figure is a matplotlib figure, an image or bytes, not {type(value).__name__}"
        )


def load_svg(path: Path) -> str:
    """Return the text of the SVG file."""
    return path.read_text("utf-8-sig")


def save_svg(value: Any, path: Path) -> None:
    """Write a matplotlib figure or axes, or the text of an SVG file."""
    if isinstance(value, (bytes, bytearray)):
        value = bytes(value).decode("utf-8")
    if isinstance(value, str):
        if "<svg" not in value[:4096]:
            raise ValueError("this text is no SVG file")
        path.write_text(value, "utf-8")
    elif hasattr(_figure(value), "savefig"):
        _savefig(_figure(value), path, "svg")
    else:
        raise TypeError(f"a figure is a matplotlib figure or text, not {type(value).__name__}")


def _figure(value: Any) -> Any:
    # Axes know their figure; a seaborn grid has `savefig` of its own.
    return value if hasattr(value, "savefig") else getattr(value, "figure", value)


def _savefig(figure: Any, path: Path, kind: str) -> None:
    # An open file keeps matplotlib from adding a suffix to the path.
    with path.open("wb") as file:
        figure.savefig(file, format=kind, bbox_inches="tight")
