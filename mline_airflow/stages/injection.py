"""The code that is put into a stage: what, under which path, with which digest."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path, PurePosixPath

from ..artifacts import Artifact, ArtifactStore, Entry
from ..dag_factory.plan import Code, Plan, TypeInfo
from ..failures import BadTreeError, InputError, MLineError, NotAllowedError
from ..store.tree import EntryKind
from .inputs import inside_project

_SKIPPED = frozenset({"__pycache__", "node_modules"})
_MOST_FILES = 20_000
SHIM = "shim/mline_shim.py"
_BUILT_IN = Path(str(resources.files("mline_airflow.schemas") / "types"))


@dataclass(frozen=True)
class Injected:
    """Code in the store, as a folder with `code/` and `lib/<library>/`, ready for any runner."""

    artifact: Artifact
    entries: tuple[Entry, ...]
    origins: Mapping[str, str]
    """Path in the stage -> path from the project's root, for tracebacks that a user can open."""


class _Builder:
    """Gathers files; the same path with other content is an error, told by both origins."""

    def __init__(self, store: ArtifactStore) -> None:
        self.store = store
        self.entries: dict[str, Entry] = {}
        self.origins: dict[str, str] = {}

    def add_file(self, place: str, path: Path, origin: str) -> None:
        artifact = self.store.put(path, expect_known=True)
        kind: EntryKind = "exec" if os.access(path, os.X_OK) else "file"
        self._add(Entry(kind, place, artifact.size, artifact.hex), origin)

    def add_text(self, place: str, text: str, origin: str) -> None:
        artifact = self.store.put_bytes(text.encode("utf-8"))
        kind: EntryKind = "exec" if text.startswith("#!") else "file"
        self._add(Entry(kind, place, artifact.size, artifact.hex), origin)

    def _add(self, entry: Entry, origin: str) -> None:
        known = self.entries.get(entry.path)
        if known is not None and known.sha256 != entry.sha256:
            shown = PurePosixPath(*PurePosixPath(entry.path).parts[1:])
            raise MLineError(
                f"code: '{shown}' comes from both {self.origins[entry.path]} and {origin}",
                code="code-collision",
            )
        if len(self.entries) >= _MOST_FILES:
            raise MLineError(
                f"code: more than {_MOST_FILES} files in {origin}; name a smaller folder",
                code="code-too-large",
            )
        self.entries[entry.path] = entry
        self.origins[entry.path] = origin


def collect_code(
    plan: Plan, code: Iterable[Code], codecs: Iterable[TypeInfo], store: ArtifactStore, root: Path
) -> Injected:
    """Put a task's code and the codecs of its types into the store."""
    builder = _Builder(store)
    for one in code:
        _add_code(builder, plan, one, root)
    for library, module in sorted(_codec_modules(codecs)):
        for place, path, origin in _library_files(plan, library, module, root):
            builder.add_file(place, path, origin)
    entries = tuple(builder.entries[path] for path in sorted(builder.entries))
    return Injected(store.compose(entries), entries, builder.origins)


def shim_bytes() -> bytes:
    """Return the program that runs `call` inside a stage."""
    return (resources.files("mline_airflow") / SHIM).read_bytes()


def _add_code(builder: _Builder, plan: Plan, one: Code, root: Path) -> None:
    if "text" in one:
        builder.add_text(_place("code", one["to"]), one["text"], f"{plan['path']} (code)")
        return
    reference = one["path"]
    if "library" in one:
        path = _library_path(plan, one["library"], reference, root)
    else:
        path = inside_project(root, plan["path"], reference, "code")
    if path.is_dir():
        for name, file in _walk(path, root.resolve()):
            place = _place("code", one.get("to", "."), name)
            builder.add_file(place, file, _origin(file, root))
    elif path.is_file():
        place = _place("code", one.get("to", PurePosixPath(reference).name))
        builder.add_file(place, path, _origin(path, root))
    else:
        raise InputError(f"code: there is no file or folder '{reference}'", code="missing-code")


def _library_path(plan: Plan, library: str, reference: str, root: Path) -> Path:
    folder = plan["libraries"][library].get("folder")
    # The code of a built-in library lies in a folder of its name, beside its file.
    base = _BUILT_IN / library if folder is None else root / folder
    limit = base if folder is None else root
    path = (base / reference).resolve()
    if not path.is_relative_to(limit.resolve()):
        raise NotAllowedError(f"code of library '{library}': '{reference}' leads out of its folder")
    return path


def _codec_modules(codecs: Iterable[TypeInfo]) -> set[tuple[str, str]]:
    found = set()
    for info in codecs:
        for reference in (info.get("load"), info.get("save")):
            if reference and "codec_library" in info:
                found.add((info["codec_library"], reference.partition(":")[0].partition(".")[0]))
    return found


def _library_files(
    plan: Plan, library: str, module: str, root: Path
) -> Iterator[tuple[str, Path, str]]:
    """Yield the files of a codec's module with their places.

    Modules lie in a folder named for the library, all of which goes along, or else beside the
    library's file: then only the module does, for the rest may be anything.
    """
    folder = plan["libraries"][library].get("folder")
    beside = _BUILT_IN if folder is None else root / folder
    limit = _BUILT_IN.resolve() if folder is None else root.resolve()
    own, lib = beside / library, f"lib/{library}"
    if (own / f"{module}.py").is_file() or (own / module).is_dir():
        found = [(f"{lib}/{name}", path) for name, path in _walk(own, limit)]
    elif (beside / f"{module}.py").is_file():
        found = [(f"{lib}/{module}.py", beside / f"{module}.py")]
    elif (beside / module).is_dir():
        found = [(f"{lib}/{module}/{name}", path) for name, path in _walk(beside / module, limit)]
    else:
        raise InputError(
            f"library '{library}': there is no module '{module}' beside it", code="missing-code"
        )
    for place, path in found:
        origin = f"mline:{library}/{path.name}" if folder is None else _origin(path, root)
        yield place, path, origin


def _walk(folder: Path, limit: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files of a code folder by relative path; links are followed inside `limit`."""
    seen: set[str] = set()

    def walk(here: Path, prefix: str) -> Iterator[tuple[str, Path]]:
        real = os.path.realpath(here)
        if real in seen:
            raise BadTreeError(f"code: '{here}' is linked into itself")
        seen.add(real)
        for item in sorted(here.iterdir()):
            if item.name.startswith(".") or item.name in _SKIPPED or item.suffix == ".pyc":
                continue
            if not Path(os.path.realpath(item)).is_relative_to(limit):
                raise BadTreeError(f"code: '{item}' links out of the project's folder")
            if item.is_dir():
                yield from walk(item, f"{prefix}{item.name}/")
            elif item.is_file():
                yield f"{prefix}{item.name}", item
            else:
                raise BadTreeError(f"code: '{item}' is neither a file nor a folder")
        seen.discard(real)

    return walk(folder, "")


def _place(*parts: str) -> str:
    path = PurePosixPath(*parts)
    if ".." in path.parts or path.is_absolute():
        raise NotAllowedError(f"code: '{path}' leads out of the stage's code folder")
    return str(path)


def _origin(path: Path, root: Path) -> str:
    real, real_root = path.resolve(), root.resolve()
    return real.relative_to(real_root).as_posix() if real.is_relative_to(real_root) else path.name
