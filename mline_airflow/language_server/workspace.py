"""From URIs to the files of a workspace and their projects, and back."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from mline_airflow.dag_factory.project import EXPERIMENT_SUFFIX, PROJECT_FILE, Project
from mline_airflow.dag_factory.text import SourceFile
from mline_airflow.schemas import FOLDER

_MOST_PROJECTS = 64


class Workspace:
    """A folder with the projects in it. `file:` URIs name any file, `mline:/PATH` one below it.

    Texts that are put stand for the files of those names. Not thread-safe, as projects are not.
    """

    def __init__(self, root: Path | None, scheme: str = "file") -> None:
        self.root = Path(os.path.abspath(root)) if root is not None else None  # noqa: PTH100
        self.scheme = scheme
        self._texts: dict[Path, str] = {}
        self._projects: dict[Path, tuple[object, Project]] = {}

    # -- URIs ------------------------------------------------------------------------------------

    def path(self, uri: str) -> Path | None:
        """Return the file that a URI means; None when it is none of this workspace."""
        parts = urlsplit(uri)
        name = unquote(parts.path)
        if parts.scheme != self.scheme or "\0" in name:
            return None
        if self.scheme == "file":
            return Path(os.path.normpath(name)) if name.startswith("/") else None
        if self.root is None:
            return None
        path = Path(os.path.normpath(self.root / name.lstrip("/")))
        if not path.is_relative_to(self.root):
            return None
        real = Path(os.path.realpath(path))
        return path if real.is_relative_to(os.path.realpath(self.root)) else None

    def uri(self, path: Path) -> str | None:
        """Return the URI of a file; None when this workspace has no name for it."""
        if self.scheme == "file":
            return path.as_uri()
        if self.root is None or not path.is_relative_to(self.root):
            return None
        return f"{self.scheme}:/{quote(path.relative_to(self.root).as_posix())}"

    def uri_of(self, project: Project, source: SourceFile) -> str | None:
        """Return the URI of a source that a project read, a built-in library's too."""
        if source.path.startswith("<"):
            return self.uri(FOLDER / "types" / f"{source.path.strip('<>')}.types.mline.yaml")
        return self.uri(project.root / source.path)

    # -- texts and projects ----------------------------------------------------------------------

    def put(self, path: Path, text: str | None) -> None:
        """Let a text stand for a file; None ends it."""
        if text is None:
            self._texts.pop(path, None)
        else:
            self._texts[path] = text
        if path.name == PROJECT_FILE:
            self._projects.clear()
        for _stamp, project in self._projects.values():
            project.put(path, text)

    def clear(self) -> None:
        """Let no text stand for a file any more."""
        for path in list(self._texts):
            self.put(path, None)

    def project(self, path: Path) -> Project:
        """Return the project of a file, opened anew when its `mline.yaml` has changed."""
        root = self._project_root(path.parent)
        stamp = self._stamp(root / PROJECT_FILE)
        known = self._projects.get(root)
        if known is not None and known[0] == stamp:
            return known[1]
        if len(self._projects) >= _MOST_PROJECTS:
            self._projects.clear()
        project = Project(root)
        for other, text in self._texts.items():
            project.put(other, text)
        self._projects[root] = (stamp, project)
        return project

    def _project_root(self, folder: Path) -> Path:
        """Return the nearest folder with a `mline.yaml`, not above the workspace; else its root."""
        inside = self.root is not None and folder.is_relative_to(self.root)
        for candidate in (folder, *folder.parents):
            if self._is_file(candidate / PROJECT_FILE):
                return candidate
            if inside and candidate == self.root:
                return candidate
        return folder

    def _is_file(self, path: Path) -> bool:
        return path in self._texts or path.is_file()

    def _stamp(self, path: Path) -> object:
        if path in self._texts:
            return self._texts[path]
        try:
            status = path.stat()
        except OSError:
            return None
        return (status.st_mtime_ns, status.st_size)

    def is_ours(self, path: Path) -> bool:
        """Tell whether a file is one of MLine's."""
        return path.name == PROJECT_FILE or path.name.endswith(EXPERIMENT_SUFFIX)
