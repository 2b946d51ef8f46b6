"""A project on disk: finds its files, reads them, and keeps what it compiled.

This is the only module of the compiler that reads an experiment's surroundings.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from .analysis import Analysis, Context, Kind, analyze_experiment, exports_of
from .build_project import build_project
from .check import check_levels
from .collector_pause import collector_paused
from .diagnostic import Collector, Diagnostic, Related, has_errors
from .experiment_ids import ExperimentIds, id_match
from .files import Files, digest
from .library import TypeNetwork
from .model import Experiment, Profile, ProjectFile, Word
from .plan import Plan
from .planner import make_plan
from .project_libraries import LIBRARY_SUFFIX, Libraries, read_library
from .sources import Sources
from .text import SourceFile, Span
from .tree import parse

if TYPE_CHECKING:
    from .plan_cache import PlanCache

PROJECT_FILE = "mline.yaml"
EXPERIMENT_SUFFIX = ".mline.yaml"


class Compiled(NamedTuple):
    """A plan, or None with the errors that stood in its way.

    A plan that comes from the cache has no diagnostics: it had no errors when it was made.
    """

    plan: Plan | None
    diagnostics: tuple[Diagnostic, ...]


class Project:
    """One project. Files are read again when they change; an instance is not thread-safe."""

    def __init__(self, root: Path, *, base: Path | None = None, cache: Path | None = None) -> None:
        self.root = root
        self.sources = Sources(root, base or root)
        self._libraries = Libraries(self.sources)
        self._ids = ExperimentIds(self.sources, self.experiments)
        self._cache = None if cache is None else _plan_cache(cache)

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
        if not self.sources.is_file(path):
            return ProjectFile(SourceFile(self.sources.display(path), "")), ()
        source, broken = self.source(path)
        if broken is not None:
            return ProjectFile(source), (broken,)
        analysis = self._analyze_project(source)
        model = analysis.model if isinstance(analysis.model, ProjectFile) else ProjectFile(source)
        return model, analysis.diagnostics

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
        return [p for p in self.sources.walk(EXPERIMENT_SUFFIX) if kind_of(p) == "experiment"]

    def libraries(self) -> list[Path]:
        """Return every type library of the project, sorted."""
        return self._libraries.paths()

    def source(self, path: Path) -> tuple[SourceFile, Diagnostic | None]:
        """Read a file; a wrong byte is a finding. Raises OSError."""
        return self.sources.read(path)

    def put(self, path: Path, text: str | None) -> None:
        """Let `text` stand for a file, as an editor's that is not saved; None ends it.

        The project's own file is read once: open the project anew when it changes.
        """
        self.sources.put(Path(os.path.abspath(path)), text)  # noqa: PTH100

    # -- analysis --------------------------------------------------------------------------------

    def checked(
        self, path: Path, text: str | None = None, profile: str | None = None
    ) -> tuple[Analysis, tuple[Diagnostic, ...]]:
        """Analyze a file and return all that `mline check` says of it, under a profile.

        Raises OSError, and KeyError for no such profile.
        """
        analysis = self.analyze(path, text)
        if analysis.kind != "experiment" or not analysis.ok:
            return analysis, analysis.diagnostics
        return analysis, self.plan_of(path, analysis, profile).diagnostics

    def analyze(self, path: Path, text: str | None = None) -> Analysis:
        """Analyze a file of the project, or `text` in its place. Raises OSError."""
        path = Path(os.path.abspath(path))  # noqa: PTH100
        broken = None
        if text is None:
            source, broken = self.source(path)
        else:
            source = SourceFile(self.sources.display(path), text.removeprefix("\ufeff"))
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
            self._libraries.find(word, self.root, found)
        if model.rules:
            check_levels(model, self._libraries.all_types(), found)
        return Analysis(source, "project", found.sorted(), tree.root, model)

    def _analyze_library(self, path: Path, source: SourceFile) -> Analysis:
        found = Collector(source)
        library, tree = read_library(found)
        if library is None:
            return Analysis(source, "library", found.sorted(), tree.root)
        diagnostics, types = self._libraries.join(path, library, found.sorted())
        return Analysis(source, "library", diagnostics, tree.root, library, types)

    def library(self, name: str, folder: Path) -> SourceFile | None:
        """Return the text of the library that `use` names in a file of a folder, or None."""
        found = Collector(SourceFile("", ""))
        library = self._libraries.find(Word(name, Span(0, 0)), folder, found)
        return None if library is None else library.source

    def types(self) -> TypeNetwork:
        """Return all types of the project: built-in libraries and its own."""
        return self._libraries.all_types()

    def _types_of(
        self, path: Path, experiment: Experiment, found: Collector, files: Files
    ) -> TypeNetwork:
        common = self.file.types
        return self._libraries.types_of(path, experiment, found, files, common)

    # -- other experiments -----------------------------------------------------------------------

    def ids(self) -> dict[str, list[Path]]:
        """Return the experiments by id, as their texts say; more than one file is a mistake."""
        return self._ids.all()

    def _exports(self, wanted: Iterable[str], files: Files) -> dict[str, Mapping[str, str] | None]:
        homes = {name: self._ids.having(name) for name in wanted}
        result: dict[str, Mapping[str, str] | None] = {name: {} for name in self._ids.known()}
        for name, paths in homes.items():
            if not paths:
                result[name] = None
                continue
            path = paths[0]
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

    def exports(self, path: Path) -> dict[str, Mapping[str, str]]:
        """Return what every other experiment gives: id -> declared entity -> qualified type."""
        own = Files(self.root, path.parent)
        wanted = [name for name, paths in self.ids().items() if path not in paths]
        found = self._exports(wanted, own)
        return {name: given for name, given in found.items() if given}

    def duplicates(self) -> list[Diagnostic]:
        """Return a finding for every experiment whose id another file has too."""
        found = (
            self._duplicate(path, paths[0]) for paths in self.ids().values() for path in paths[1:]
        )
        return [diagnostic for diagnostic in found if diagnostic is not None]

    def duplicate(self, path: Path) -> Diagnostic | None:
        """Return the finding for one experiment when an earlier file has its id. Raises OSError."""
        path = Path(os.path.abspath(path))  # noqa: PTH100
        first = self._ids.first(path)
        return None if first == path else self._duplicate(path, first)

    def _duplicate(self, path: Path, first_path: Path) -> Diagnostic | None:
        source, first = self.source(path)[0], self.source(first_path)[0]
        here, there = id_match(source.text), id_match(first.text)
        if here is None or there is None:
            return None
        collector = Collector(source)
        message = f"the experiment '{here[1]}' is already in '{first.path}'; ids become DAG ids"
        related = (Related(first, Span(*there.span(1)), "it is first here"),)
        collector.add("duplicate-experiment", Span(*here.span(1)), message, related=related)
        return collector.found[0]

    # -- plans -----------------------------------------------------------------------------------

    def plan(self, path: Path, profile: str | None = None, text: str | None = None) -> Compiled:
        """Compile an experiment under a profile. Raises OSError, and KeyError for no such profile.

        The diagnostics are those of `analyze` and the ones that only a profile brings about.
        """
        with collector_paused():
            return self._plan(Path(os.path.abspath(path)), profile, text)  # noqa: PTH100

    def _plan(self, path: Path, profile: str | None, text: str | None) -> Compiled:
        place = self.profile(profile)
        files = Files(self.root, path.parent)
        if text is not None:
            source = SourceFile(self.sources.display(path), text.removeprefix("\ufeff"))
            return self._planned(path, self._analyze(path, source, files), place, files)
        source, broken = self.source(path)
        if broken is not None:
            return Compiled(None, (broken,))
        if self._cache is None:
            return self._planned(path, self._analyze(path, source, files), place, files)
        surroundings = (self.name, place.name, repr(place.keys), repr(self.file.rules))
        key = self._cache.key(source.text, os.path.relpath(path, self.root), *surroundings)
        plan = self._cache.get(key, self.root)
        if plan is not None:
            return Compiled(plan, ())
        compiled = self._planned(path, self._analyze(path, source, files), place, files)
        if compiled.plan is not None:
            self._cache.put(key, compiled.plan, files.asked, self.root)
        return compiled

    def plan_of(
        self, path: Path, analysis: Analysis, profile: str | Profile | None = None
    ) -> Compiled:
        """Return the plan of an analysis that is already there, under a profile or its name."""
        path = Path(os.path.abspath(path))  # noqa: PTH100
        place = profile if isinstance(profile, Profile) else self.profile(profile)
        return self._planned(path, analysis, place, Files(self.root, path.parent))

    def _planned(self, path: Path, analysis: Analysis, profile: Profile, files: Files) -> Compiled:
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
            library_info=lambda name: self._libraries.info(types, name, files),
        )
        diagnostics = analysis.diagnostics
        if found.found:
            both = (*diagnostics, *found.sorted())
            diagnostics = tuple(sorted(both, key=lambda d: d.sort_key))
        return Compiled(None if has_errors(found.found) else plan, diagnostics)


def _plan_cache(folder: Path) -> PlanCache:
    from .plan_cache import PlanCache  # the command line keeps none, and starts sooner without

    return PlanCache(folder)


def kind_of(path: Path) -> Kind:
    """Return what a file is, by its name."""
    if path.name == PROJECT_FILE:
        return "project"
    return "library" if path.name.endswith(LIBRARY_SUFFIX) else "experiment"
