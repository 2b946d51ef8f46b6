"""Small values of a plan: paths, images, references inside `with`, `env` and `command`."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from typing import Any

from .model import CodeItem, Profile
from .plan import Code


def normal_path(path: str) -> str:
    """Return a relative path without `./`, or a URL as it is."""
    return path if "://" in path else posixpath.normpath(path)


def full_image(image: str, profile: Profile) -> str:
    """Put the profile's `image_prefix` before an image that names no registry."""
    prefix = profile.keys.get("image_prefix", "")
    first, slash, _rest = image.partition("/")
    has_registry = bool(slash) and ("." in first or ":" in first or first == "localhost")
    return image if not prefix or has_registry else f"{prefix.rstrip('/')}/{image}"


def with_references(value: Any, normal: Callable[[str], str]) -> Any:
    """Return the value with every `{"$ref": …}` in its canonical form."""
    if isinstance(value, dict):
        ref = value.get("$ref")
        if isinstance(ref, str) and len(value) == 1:
            return {"$ref": normal(ref)}
        return {key: with_references(child, normal) for key, child in value.items()}
    if isinstance(value, list):
        return [with_references(child, normal) for child in value]
    return value


def plan_code(items: tuple[CodeItem, ...], library: str) -> list[Code]:
    """Return the code to inject; `library` is where a component's paths start."""
    result: list[Code] = []
    for item in items:
        if item.text is not None:
            result.append({"to": item.to, "text": item.text})
        elif library:
            result.append({"path": normal_path(item.path), "library": library})
        else:
            result.append({"path": normal_path(item.path)})
    return result
