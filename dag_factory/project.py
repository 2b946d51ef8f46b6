"""A project on disk: finds its files, reads them, and keeps what it compiled.

This is the only module of the compiler that reads an experiment's surroundings.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from .analysis import Analysis, Context, Kind, analyze_experiment, exports_of
from .build_library import build_library
from .build_project import build_project
from .builtin import LIBRARIES, builtin
from .diagnostic import Collector, Diagnostic, Related, has_errors
from .files import Files, digest
from .library import TypeNetwork, build_types
from .model import Experiment, Library, Profile, ProjectFile, Word
from .plan import LibraryInfo, Plan
from .plan_cache import PlanCache
from .planner import make_plan
from .suggest import did_you_mean
from .text import SourceFile, Span
from .tree import parse

PROJECT_FILE = "mline.yaml"
EXPERIMENT_SUFFIX = ".mline.yaml"
LIBRARY_SUFFIX = ".types.mline.yaml"
SKIPPED = frozenset({"node_modules", "__pycache__", "venv"})
_ID = re.compile(r"^experiment:[ \t]*['\"]?([A-Za-z0-9_]+)", re.MULTILINE)


class Compiled(NamedTuple):
    """A plan, or None with the errors that stood in its way.

    A plan that comes from the cache has no diagnostics: it had no errors when it was made.
    """

    plan: Plan | None
    diagnostics: tuple[Diagnostic, ...]


class LoadedLibrary(NamedTuple):
    """A library of the project, or the reason why there is none."""

    library: Library | None
    diagnostics: tuple[Diagnostic, ...]
    source: SourceFile
    file: Path


class Project:
    """One project. Files are read again when they change; an instance is not thread-safe."""

    def __init__(self, root: Path, *, base: Path | None = None, cache: Path | None = None) -> None:
        self.root = root
        self.base = base or root
        self._sources: dict[Path, tuple[tuple[int, int], SourceFile, Diagnostic | None]] = {}
        self._libraries: dict[Path, tuple[SourceFile, LoadedLibrary]] = {}
        self._networks: dict[tuple[object, ...], TypeNetwork] = {}
        self._cache = PlanCache(cache) if cache is not None else None

    @classmethod
    def open(cls, path: Path, *, base: Path | None = None, cache: Path | None = None) -> Project:
        """Open the project of a file or folder: the nearest folder above with a `mline.yaml`.

        `base` is what displayed paths are relative to (default: the project's root); `cache` a
        folder for plans, shared by processes and safe to delete (default: none is kept).
        """
        path = Path(os.path.abspath(path))  # noqa: PTH100 - links are kept as the user wrote them
        folder = path if path.is_dir() else path.parent
        for candidate in (folder, *folder.parents):
            if (candidate / PROJECT_FILE).is_file():
                return cls(candidate, base=base, cache=cache)
        return cls(folder, base=base, cache=cache)

    # -- mline.yaml ------------------------------------------------------------------------------

    @cached_property
    def file(self) -> ProjectFile:
        """The project's own file, or the defaults when there is none."""
        return self._file[0]

    @cached_property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """The findings of `mline.yaml`."""
        return self._file[1]

    @cached_property
    def _file(self) -> tuple[ProjectFile, tuple[Diagnostic, ...]]:
        path = self.root / PROJECT_FILE
        if not path.is_file():
            return ProjectFile(SourceFile(self._display(path), "")), ()
        source, broken = self.source(path)
        found = Collector(source)
        if broken is not None:
            return ProjectFile(source), (broken,)
        model = build_project(parse(found), found)
        for word in model.types:
            self._library(word, self.root, found)
        return model, found.sorted()

    @property
    def name(self) -> str:
        """The project's name: its own, or that of its folder."""
        return self.file.name or self.root.name

    @property
    def profiles(self) -> Mapping[str, Profile]:
        """The profiles in the order of the file; `default` (Docker) when there are none."""
        return self.file.profiles or {"default": Profile("default", {})}

    def profile(self, name: str | None = None) -> Profile:
        """Return the profile of that name, or the default one. Raises KeyError when unknown."""
        name = name or os.environ.get("MLINE_PROFILE") or next(iter(self.profiles))
        return self.profiles[name]

    # -- files -----------------------------------------------------------------------------------

    def experiments(self) -> list[Path]:
        """Return every experiment of the project, sorted."""
        return [p for p in self._walk(EXPERIMENT_SUFFIX) if kind_of(p) == "experiment"]

    def libraries(self) -> list[Path]:
        """Return every type library of the project, sorted."""
        return self._walk(LIBRARY_SUFFIX)

    def _walk(self, suffix: str) -> list[Path]:
        found = []
        for folder, folders, files in os.walk(self.root):
            folders[:] = [f for f in folders if not f.startswith(".") and f not in SKIPPED]
            found.extend(Path(folder, f) for f in files if f.endswith(suffix) and f[0] != ".")
        return sorted(found)

    def _display(self, path: Path) -> str:
        try:
            return path.relative_to(self.base).as_posix()
        except ValueError:
            return str(path)

    def source(self, path: Path) -> tuple[SourceFile, Diagnostic | None]:
        """Read a file, from memory when it has not changed. Raises OSError.

        A file that is not UTF-8 gives what can be read and a finding at its first wrong byte.
        """
        status = path.stat()
        stamp = (status.st_mtime_ns, status.st_size)
        cached = self._sources.get(path)
        if cached is None or cached[0] != stamp:
            source, broken = decode(path.read_bytes(), self._display(path))
            cached = (stamp, source, broken)
            self._sources[path] = cached
        return cached[1], cached[2]

    # -- analysis --------------------------------------------------------------------------------

    def analyze(self, path: Path, text: str | None = None) -> Analysis:
        """Analyze a file of the project, or `text` in its place. Raises OSError."""
        path = Path(os.path.abspath(path))  # noqa: PTH100
        broken = None
        if text is None:
            source, broken = self.source(path)
        else:
            source = SourceFile(self._display(path), text.removeprefix("\ufeff"))
        kind = kind_of(path)
        if broken is not None:
            return Analysis(source, kind, (broken,))
        if kind == "project":
            return self._analyze_project(source)
        if kind == "library":
            return self._analyze_library(path, source)
        return self._analyze(path, source, Files(self.root, path.parent))

    def _analyze(self, path: Path, source: SourceFile, files: Files) -> Analysis:
        context = Context(
            types=lambda experiment, found: self._types_of(path, experiment, found, files),
            exports=lambda wanted: self._exports(wanted, files),
            files=files,
            levels=self.file.rules,
        )
        return analyze_experiment(source, context)

    def _analyze_project(self, source: SourceFile) -> Analysis:
        found = Collector(source)
        tree = parse(found)
        model = build_project(tree, found)
        for word in model.types:
            self._library(word, self.root, found)
        return Analysis(source, "project", found.sorted(), tree.root, model)

    def _analyze_library(self, path: Path, source: SourceFile) -> Analysis:
        found = Collector(source)
        tree = parse(found)
        library = build_library(tree, found)
        if library is None:
            return Analysis(source, "library", found.sorted(), tree.root)
        files = Files(self.root, path.parent)
        loaded, _visible = self._closure([library], path.parent, found, files)
        types = build_types(loaded, (lib.id.text for lib in loaded))
        own = [d for d in types.diagnostics if d.source is source]
        diagnostics = tuple(
            sorted(dict.fromkeys([*found.sorted(), *own]), key=lambda d: d.sort_key)
        )
        return Analysis(source, "library", diagnostics, tree.root, library, types)

    # -- libraries -------------------------------------------------------------------------------

    def types(self) -> TypeNetwork:
        """Return all types of the project: built-in libraries and its own."""
        loaded = [lib[0] for lib in map(builtin, LIBRARIES) if lib is not None]
        for path in self.libraries():
            entry = self._load(path)
            if entry.library is not None and entry.library.id.text not in {x.id.text for x in loaded}:
                loaded.append(entry.library)
        return self._network(loaded, [lib.id.text for lib in loaded])

    def _types_of(
        self, path: Path, experiment: Experiment, found: Collector, files: Files
    ) -> TypeNetwork:
        first: list[Library] = []
        for word in self.file.types:
            library = self._library(word, self.root, Collector(self.file.source), files)
            if library is not None:
                first.append(library)
        for word in experiment.use:
            library = self._library(word, path.parent, found, files)
            if library is not None:
                first.append(library)
        loaded, visible = self._closure(first, path.parent, found, files)
        return self._network(loaded, visible)

    def _network(self, loaded: list[Library], visible: list[str]) -> TypeNetwork:
        key = (*map(id, loaded), *visible)
        network = self._networks.get(key)
        if network is None:
            network = build_types(loaded, visible)
            self._networks[key] = network
        return network

    def _closure(
        self, first: list[Library], folder: Path, found: Collector, files: Files
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
                    found.add("duplicate-library", Span(0, 0), message)
                continue
            loaded[library.id.text] = library
            home = folder if library.source is found.source else self._folder_of(library)
            for word in library.use:
                own = found if library.source is found.source else Collector(library.source)
                used = self._library(word, home, own, files)
                if used is not None and used.id.text not in loaded:
                    stack.append(used)
        return list(loaded.values()), visible

    def _folder_of(self, library: Library) -> Path:
        for path, (_source, entry) in self._libraries.items():
            if entry.library is library:
                return path.parent
        return self.root

    def _library(
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
            files.asked[str(path)] = "file" if path.is_file() else ""
        if not path.is_file():
            here = [p.name for p in self.libraries()]
            near, _fix = did_you_mean(path.name, here, word.span)
            found.add("unknown-library", word.span, f"there is no file '{name}'{near}")
            return None
        return self._checked(self._load(path), word, found, files)

    def _library_by_name(
        self, word: Word, found: Collector, files: Files | None
    ) -> Library | None:
        built = builtin(word.text)
        if built is not None:
            return built[0]
        own = {path.name.removesuffix(LIBRARY_SUFFIX): path for path in self.libraries()}
        if word.text in own:
            return self._checked(self._load(own[word.text]), word, found, files)
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

    def _load(self, path: Path) -> LoadedLibrary:
        source, broken = self.source(path)
        cached = self._libraries.get(path)
        if cached is not None and cached[0] is source:
            return cached[1]
        if broken is not None:
            entry = LoadedLibrary(None, (broken,), source, path)
        else:
            found = Collector(source)
            library = build_library(parse(found), found)
            entry = LoadedLibrary(library, found.sorted(), source, path)
        self._libraries[path] = (source, entry)
        if entry.library is not None and not has_errors(entry.diagnostics):
            analysis = self._analyze_library(path, source)
            entry = entry._replace(diagnostics=analysis.diagnostics)
            self._libraries[path] = (source, entry)
        return entry

    def _library_info(self, types: TypeNetwork, name: str, files: Files) -> LibraryInfo:
        library = types.libraries[name]
        text = library.source.text.encode("utf-8", "replace")
        if builtin(name) is not None:
            from .builtin import code_digest  # noqa: PLC0415 - reads files, only when planning

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

    # -- other experiments -----------------------------------------------------------------------

    def ids(self) -> dict[str, list[Path]]:
        """Return the experiments by id, as their texts say; more than one file is a mistake."""
        result: dict[str, list[Path]] = {}
        for path in self.experiments():
            match = _ID.search(self.source(path)[0].text)
            if match:
                result.setdefault(match[1], []).append(path)
        return result

    def _exports(
        self, wanted: Iterable[str], files: Files
    ) -> dict[str, Mapping[str, str] | None]:
        ids = self.ids()
        result: dict[str, Mapping[str, str] | None] = {name: {} for name in ids}
        for name in wanted:
            if name not in ids:
                result[name] = None
                continue
            path = ids[name][0]
            source, _broken = self.source(path)
            files.asked[str(path)] = digest(source.text.encode("utf-8", "replace"))
            own = Files(self.root, path.parent)
            result[name] = exports_of(
                source,
                lambda experiment, found, path=path, own=own: self._types_of(  # type: ignore[misc]
                    path, experiment, found, own
                ),
            )
            files.asked.update(own.asked)
        return result

    def duplicates(self) -> list[Diagnostic]:
        """Return a finding for every experiment whose id another file has too."""
        found = []
        for name, paths in self.ids().items():
            first = self.source(paths[0])[0]
            for path in paths[1:]:
                source = self.source(path)[0]
                collector = Collector(source)
                here, there = (_ID.search(s.text) for s in (source, first))
                if here is None or there is None:
                    continue
                message = f"the experiment '{name}' is already in '{first.path}'; ids become DAG ids"
                related = (Related(first, Span(*there.span(1)), "it is first here"),)
                collector.add("duplicate-experiment", Span(*here.span(1)), message, related=related)
                found.extend(collector.found)
        return found

    # -- plans -----------------------------------------------------------------------------------

    def plan(self, path: Path, profile: str | None = None, text: str | None = None) -> Compiled:
        """Compile an experiment under a profile. Raises OSError, and KeyError for no such profile.

        The diagnostics are those of `analyze` and the ones that only a profile brings about.
        """
        path = Path(os.path.abspath(path))  # noqa: PTH100
        place = self.profile(profile)
        key = ""
        if self._cache is not None and text is None:
            source, broken = self.source(path)
            relative = os.path.relpath(path, self.root)
            surroundings = [self.name, place.name, repr(place.keys), repr(self.file.rules)]
            key = self._cache.key(source.text, relative, *surroundings)
            plan = self._cache.get(key, self.root) if broken is None else None
            if plan is not None:
                return Compiled(plan, ())
        source, broken = self.source(path) if text is None else (None, None)
        if broken is not None:
            return Compiled(None, (broken,))
        if source is None:
            source = SourceFile(self._display(path), (text or "").removeprefix("\ufeff"))
        files = Files(self.root, path.parent)
        analysis = self._analyze(path, source, files)
        compiled = self._planned(path, analysis, place, files)
        if self._cache is not None and compiled.plan is not None and key:
            self._cache.put(key, compiled.plan, files.asked, self.root)
        return compiled

    def plan_of(self, path: Path, analysis: Analysis, profile: str | None = None) -> Compiled:
        """Return the plan of an analysis that is already there."""
        path = Path(os.path.abspath(path))  # noqa: PTH100
        return self._planned(path, analysis, self.profile(profile), Files(self.root, path.parent))

    def _planned(
        self, path: Path, analysis: Analysis, profile: Profile, files: Files
    ) -> Compiled:
        resolved, types = analysis.resolved, analysis.types
        if not analysis.ok or resolved is None or types is None:
            return Compiled(None, analysis.diagnostics)
        found = Collector(analysis.source)
        plan = make_plan(
            resolved,
            types,
            profile,
            found,
            path=Path(os.path.relpath(path, self.root)).as_posix(),
            project=self.name,
            library_info=lambda name: self._library_info(types, name, files),
        )
        diagnostics = analysis.diagnostics
        if found.found:
            both = (*diagnostics, *found.sorted())
            diagnostics = tuple(sorted(both, key=lambda d: d.sort_key))
        return Compiled(None if has_errors(found.found) else plan, diagnostics)


def kind_of(path: Path) -> Kind:
    """Return what a file is, by its name."""
    if path.name == PROJECT_FILE:
        return "project"
    return "library" if path.name.endswith(LIBRARY_SUFFIX) else "experiment"


def decode(data: bytes, display: str) -> tuple[SourceFile, Diagnostic | None]:
    """Decode UTF-8, a byte-order mark left out; a wrong byte is a finding."""
    try:
        return SourceFile(display, data.decode("utf-8-sig")), None
    except UnicodeDecodeError as error:
        text = data.decode("utf-8", errors="replace").removeprefix("\ufeff")
        source = SourceFile(display, text)
        found = Collector(source)
        at = text.find("\ufffd")
        message = f"byte 0x{data[error.start]:02X} is not UTF-8; save the file as UTF-8"
        found.add("not-utf8", Span(max(at, 0), max(at, 0) + 1), message)
        return source, found.found[0]
