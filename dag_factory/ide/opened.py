"""An open file with its project: what questions about other files start from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..analysis import Analysis
from ..files import Files
from ..model import Experiment, Library, ProjectFile
from ..project import Project
from ..text import SourceFile, Span
from .names_in_experiments import ExperimentNames
from .names_in_libraries import LibraryNames, project_names
from .occurrences import Occurrences
from .standing import standing


@dataclass(frozen=True)
class Opened:
    """One file of a project, analyzed."""

    project: Project
    path: Path
    analysis: Analysis

    @classmethod
    def of(cls, project: Project, path: Path, text: str | None = None) -> Opened:
        """Analyze a file, or `text` in its place. Raises OSError."""
        return cls(project, path, standing(project.analyze(path, text)))

    @property
    def source(self) -> SourceFile:
        """The text."""
        return self.analysis.source

    @cached_property
    def names(self) -> Occurrences:
        """Every name in the file."""
        model = self.analysis.model
        if isinstance(model, Experiment):
            return Occurrences(ExperimentNames(self.analysis, model).found())
        if isinstance(model, Library):
            return Occurrences(LibraryNames(self.analysis, model).found())
        if isinstance(model, ProjectFile):
            return Occurrences(project_names(self.analysis, model))
        return Occurrences(())

    @cached_property
    def files(self) -> Files:
        """The files beside it, none outside the project."""
        return Files(self.project.root, self.path.parent)

    @cached_property
    def experiment_id(self) -> str:
        """The id of the experiment that the file is, or nothing."""
        model = self.analysis.model
        return model.id.text if isinstance(model, Experiment) else ""

    def others(self) -> Iterator[Opened]:
        """Yield the other experiments and libraries of the project, analyzed."""
        for path in (*self.project.libraries(), *self.project.experiments()):
            if path != self.path:
                yield Opened.of(self.project, path)

    def experiment(self, name: str) -> Opened | None:
        """Return another experiment of the project by its id."""
        paths = self.project.ids().get(name, [])
        return Opened.of(self.project, paths[0]) if paths else None


@dataclass(frozen=True)
class Location:
    """A place in some file. The path of the source is as the project displays it."""

    source: SourceFile
    span: Span
