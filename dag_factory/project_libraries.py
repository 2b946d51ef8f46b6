"""The type libraries of a project: found by name or path, loaded once, joined into networks."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from .build_library import build_library
from .builtin import builtin, code_digest
from .diagnostic import Collector, Diagnostic, Related, has_errors
from .files import Files, digest
from .join import build_types
from .library import TypeNetwork
from .library_code import check_library_code
from .model import Experiment, Library, Word
from .names import LIBRARIES
from .plan import LibraryInfo
from .sources import Sources
from .suggest import did_you_mean
from .text import SourceFile, Span
from .tree import Tree, parse

LIBRARY_SUFFIX = ".types.mline.yaml"

_BUILTIN_NETWORKS: dict[tuple[object, ...], TypeNetwork] = {}
"""Networks of built-in libraries alone, by libraries and names in sight: shared by all projects of
a process, as the libraries are. Joining them is a third of the cost of a small experiment."""

_MOST_NETWORKS = 64


def read_library(found: Collector) -> tuple[Library | None, Tree]:
    """Read a library's text; an empty one is a mistake."""
    tree = parse(found)
    library = build_library(tree, found)
    if tree.root is None and tree.complete:
        message = "the file is empty; a type library begins with 'mline: 1'"
        found.add("empty-file", Span(0, 0), message)
    return library, tree


class LoadedLibrary(NamedTuple):
    """A library of the project, or the reason why there is none."""

    library: Library | None
    diagnostics: tuple[Diagnostic, ...]
    source: SourceFile
    file: Path


class Libraries:
    """The type libraries of one project, built-in ones included."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.root = sources.root
        self._loaded: dict[Path, tuple[SourceFile, LoadedLibrary]] = {}
        self._networks: dict[tuple[object, ...], TypeNetwork] = {}

    def paths(self) -> list[Path]:
        """Return every type library of the project, sorted."""
        return self.sources.walk(LIBRARY_SUFFIX)

    def all_types(self) -> TypeNetwork:
        """Return all types of the project: built-in libraries and its own."""
        loaded = [lib[0] for lib in map(builtin, LIBRARIES) if lib is not None]
        for path in self.paths():
            entry = self.load(path)
            if entry.library is not None and entry.library.id.text not in {
                x.id.text for x in loaded
            }:
                loaded.append(entry.library)
        return self._network(loaded, [lib.id.text for lib in loaded])

    def types_of(
        self,
        path: Path,
        experiment: Experiment,
        found: Collector,
        files: Files,
        common: tuple[Word, ...],
    ) -> TypeNetwork:
        """Return the types that an experiment can name; `common` are the libraries for all."""
        first: list[Library] = []
        for word in common:
            library = self.find(word, self.root, Collector(found.source), files)
            if library is not None:
                first.append(library)
        places = {}
        for word in experiment.use:
            library = self.find(word, path.parent, found, files)
            if library is not None:
                first.append(library)
                places[id(library)] = word.span
        loaded, visible = self.closure(first, path.parent, found, files, places)
        return self._network(loaded, visible)

    def _network(self, loaded: list[Library], visible: list[str]) -> TypeNetwork:
        key = (*map(id, loaded), *visible)
        builtins = (builtin(library.id.text) for library in loaded)
        shared = all(b and b[0] is library for b, library in zip(builtins, loaded, strict=True))
        networks = _BUILTIN_NETWORKS if shared else self._networks
        network = networks.get(key)
        if network is None:
            if len(networks) >= _MOST_NETWORKS:  # an editor makes one a keystroke in a library
                networks.clear()
            network = networks[key] = build_types(loaded, visible)
        return network

    def closure(
        self,
        first: list[Library],
        folder: Path,
        found: Collector,
        files: Files,
        places: Mapping[int, Span] = MappingProxyType({}),
    ) -> tuple[list[Library], list[str]]:
        """Return the libraries with `core` first and all that they use, and the ids in sight."""
        core = builtin("core")
        loaded: dict[str, Library] = {"core": core[0]} if core else {}
        visible = ["core", *(library.id.text for library in first)]
        stack = list(reversed(first))
        while stack:
            library = stack.pop()
            known = loaded.get(library.id.text)
            if known is not None:
                if known is not library:
                    message = f"two libraries are named '{library.id.text}'"
                    place = Related(known.source, known.id.span, "the other one is here")
                    span = places.get(id(library), Span(0, 0))
                    found.add("duplicate-library", span, message, related=(place,))
                continue
            loaded[library.id.text] = library
            home = folder if library.source is found.source else self._folder_of(library)
            for word in library.use:
                own = found if library.source is found.source else Collector(library.source)
                used = self.find(word, home, own, files)
                if used is not None and used.id.text not in loaded:
                    stack.append(used)
        return list(loaded.values()), visible

    def _folder_of(self, library: Library) -> Path:
        for path, (_source, entry) in self._loaded.items():
            if entry.library is library:
                return path.parent
        return self.root

    def find(
        self, word: Word, folder: Path, found: Collector, files: Files | None = None
    ) -> Library | None:
        """Return the library that `use` names, by id or by path; report when it is not there."""
        name = word.text
        if "/" not in name and not name.endswith((".yaml", ".yml")):
            return self._library_by_name(word, found, files)
        path = Path(os.path.normpath(folder / name))
        if not path.is_relative_to(self.root):
            found.add("path-outside", word.span, f"'{name}' leads out of the project")
            return None
        if files is not None:
            files.asked[str(path)] = "file" if self.sources.is_file(path) else ""
        if not self.sources.is_file(path):
            here = [p.name for p in self.paths()]
            near, _fix = did_you_mean(path.name, here, word.span)
            found.add("unknown-library", word.span, f"there is no file '{name}'{near}")
            return None
        return self._checked(self.load(path), word, found, files)

    def _library_by_name(self, word: Word, found: Collector, files: Files | None) -> Library | None:
        built = builtin(word.text)
        if built is not None:
            return built[0]
        own = {path.name.removesuffix(LIBRARY_SUFFIX): path for path in self.paths()}
        if word.text in own:
            return self._checked(self.load(own[word.text]), word, found, files)
        hint, fix = did_you_mean(word.text, [*LIBRARIES, *own], word.span)
        message = f"there is no type library '{word.text}'{hint}"
        found.add("unknown-library", word.span, message, fix=fix)
        return None

    def _checked(
        self, entry: LoadedLibrary, word: Word, found: Collector, files: Files | None
    ) -> Library | None:
        if files is not None:
            files.asked[str(entry.file)] = digest(entry.source.text.encode("utf-8", "replace"))
        errors = [d for d in entry.diagnostics if d.severity == "error"]
        if errors:
            first = errors[0]
            related = (Related(first.source, first.span, first.message),)
            count = f"{len(errors)} error{'s' if len(errors) > 1 else ''}"
            message = f"the type library '{word.text}' has {count}"
            found.add("broken-library", word.span, message, related=related)
        return entry.library

    def load(self, path: Path) -> LoadedLibrary:
        """Return the library of a file, with its findings."""
        source, broken = self.sources.read(path)
        cached = self._loaded.get(path)
        if cached is not None and cached[0] is source:
            return cached[1]
        if broken is not None:
            entry = LoadedLibrary(None, (broken,), source, path)
        else:
            found = Collector(source)
            library = read_library(found)[0]
            entry = LoadedLibrary(library, found.sorted(), source, path)
        self._loaded[path] = (source, entry)
        if entry.library is not None and not has_errors(entry.diagnostics):
            own, _types = self.join(path, entry.library, entry.diagnostics)
            entry = entry._replace(diagnostics=own)
            self._loaded[path] = (source, entry)
        return entry

    def info(self, types: TypeNetwork, name: str, files: Files) -> LibraryInfo:
        """Return what a plan says of a library."""
        library = types.libraries[name]
        text = library.source.text.encode("utf-8", "replace")
        if builtin(name) is not None:
            return {"version": library.version, "digest": code_digest(name)}
        folder = self._folder_of(library)
        parts = [digest(text)]
        code = folder / name
        for file in sorted(code.rglob("*.py")) if code.is_dir() else ():
            relative = os.path.relpath(file, files.folder)
            body = files.text(relative)
            parts.append(f"{file.relative_to(code).as_posix()} {digest((body or '').encode())}")
        return {
            "version": library.version,
            "digest": digest("\n".join(parts).encode()),
            "folder": folder.relative_to(self.root).as_posix(),
        }

    def join(
        self, path: Path, library: Library, diagnostics: tuple[Diagnostic, ...]
    ) -> tuple[tuple[Diagnostic, ...], TypeNetwork]:
        """Join a library with the ones that it uses; return all its findings, and the types."""
        found = Collector(library.source)
        files = Files(self.root, path.parent)
        loaded, _visible = self.closure([library], path.parent, found, files)
        types = build_types(loaded, (lib.id.text for lib in loaded))
        if library.id.text not in LIBRARIES:
            check_library_code(library, files, found)
        own = [d for d in types.diagnostics if d.source is library.source]
        every = dict.fromkeys([*diagnostics, *found.sorted(), *own])
        return tuple(sorted(every, key=lambda d: d.sort_key)), types
