"""DAG bundles that show experiments to Airflow 3.3: a folder, and a Git repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .bundle import MLineDagBundle, MLineGitDagBundle

__all__ = ["MLineDagBundle", "MLineGitDagBundle"]


def __getattr__(name: str) -> object:
    """Import the bundles when Airflow asks for one: a DAG file needs `folder` alone."""
    if name in __all__:
        from . import bundle

        return getattr(bundle, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
