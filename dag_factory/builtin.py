"""The built-in type libraries, read once a process."""

from __future__ import annotations

from functools import cache

from mline_airflow.schemas import FOLDER

from .build_library import build_library
from .diagnostic import Collector, Diagnostic
from .files import digest
from .model import Library
from .names import LIBRARIES
from .text import SourceFile
from .tree import parse


@cache
def builtin(name: str) -> tuple[Library, tuple[Diagnostic, ...]] | None:
    """Return a built-in library and its findings (none, unless it is broken); None when unknown."""
    if name not in LIBRARIES:
        return None
    file = FOLDER / "types" / f"{name}.types.mline.yaml"
    if not file.is_file():
        return None
    source = SourceFile(f"<{name}>", file.read_text("utf-8"))
    found = Collector(source)
    library = build_library(parse(found), found)
    return None if library is None else (library, found.sorted())


@cache
def _homes() -> dict[str, str]:
    homes: dict[str, str] = {}
    for name in LIBRARIES:
        built = builtin(name)
        for type_ in built[0].types if built else ():
            homes.setdefault(type_, name)
    return homes


def home_of(type_name: str) -> str:
    """Return the built-in library that has a type of this bare name, or ""."""
    return _homes().get(type_name, "")


@cache
def code_digest(name: str) -> str:
    """Return the digest of a built-in library's text and of the code beside it."""
    types = FOLDER / "types"
    parts = [(types / f"{name}.types.mline.yaml").read_bytes()]
    folder = types / name
    if folder.is_dir():
        parts.extend(
            file.name.encode() + b"\0" + file.read_bytes()
            for file in sorted(folder.iterdir(), key=lambda f: f.name)
            if file.name.endswith(".py")
        )
    return digest(b"\0".join(parts))
