"""DAG bundles that show experiments to Airflow: a folder, and a Git repository.

    [dag_processor]
    dag_bundle_config_list = [{
        "name": "experiments",
        "classpath": "mline_airflow.bundles.MLineDagBundle",
        "kwargs": {"path": "/srv/experiments"}}]

Both give Airflow a folder of DAG files that they keep in step with the experiments, see
`folder`. A worker finds it in step and reads the one file that it needs.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.dag_processing.bundles.base import BaseDagBundle

from .folder import DagFolder
from .warm import up as import_once

if TYPE_CHECKING:
    from collections.abc import Callable

REFRESH_SECONDS = 10
"""A folder is looked at this often; Airflow's own default of five minutes is meant for clones."""


class MLineDagBundle(BaseDagBundle):
    """The experiments below a folder, as `git-sync` or an editor leaves it.

    `path` may be a symbolic link that moves to another folder, as git-sync's does.
    """

    supports_versioning = False

    def __init__(
        self, *, path: str, refresh_interval: int = REFRESH_SECONDS, **kwargs: Any
    ) -> None:
        super().__init__(refresh_interval=refresh_interval, **kwargs)
        self.source = Path(path).expanduser().absolute()
        # Two Airflows of one machine may share the storage path and the bundle's name.
        key = hashlib.sha256(str(self.source).encode()).hexdigest()[:12]
        self._folder = DagFolder(self.source, self.base_dir / f"mline-{key}")

    @property
    def path(self) -> Path:
        """The folder of DAG files."""
        return self._folder.target

    def get_current_version(self) -> None:
        """Return nothing: a folder has no versions."""

    def initialize(self) -> None:
        """Bring the DAG files in step."""
        self.refresh()
        super().initialize()

    def refresh(self) -> None:
        """Bring the DAG files in step."""
        import_once()
        _update(self._folder, self.lock)


def _update(folder: DagFolder, lock: Callable[[], Any]) -> None:
    # Without a lock first: a worker, which may be another user, finds nothing to do.
    if not folder.is_current():
        with lock():
            folder.update()


try:
    from airflow.providers.git.bundles.git import GitDagBundle
except ImportError:
    pass
else:

    class MLineGitDagBundle(GitDagBundle):
        """The experiments of a Git repository; runs keep the commit that they started with.

        Takes what `GitDagBundle` takes: `repo_url` or `git_conn_id`, `tracking_ref`, `subdir`.
        """

        @property
        def source(self) -> Path:
            """The folder of the clone that holds the experiments."""
            return self.repo_path / self.subdir if self.subdir else self.repo_path

        @property
        def path(self) -> Path:
            """The folder of DAG files of this version."""
            return self._shown_versions / (self.version or "tracking")

        @property
        def _shown_versions(self) -> Path:
            return self.base_dir / "mline"

        def initialize(self) -> None:
            """Clone what is missing and bring the DAG files in step."""
            self.path.mkdir(parents=True, exist_ok=True)  # or Airflow warns that it is not there
            super().initialize()
            self._show()

        def refresh(self) -> None:
            """Fetch the newest commit and bring the DAG files in step."""
            super().refresh()
            import_once()
            self._show()
            self._drop_old_versions()

        def _show(self) -> None:
            _update(DagFolder(self.source, self.path), self.lock)

        def _drop_old_versions(self) -> None:
            """Forget the DAG files of versions that Airflow has cleaned up."""
            for shown in self._shown_versions.iterdir():
                if shown.name != "tracking" and not (self.versions_dir / shown.name).exists():
                    shutil.rmtree(shown, ignore_errors=True)
