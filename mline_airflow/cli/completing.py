"""What the shell offers after Tab: experiments, stages, profiles, parameters, types."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

import click
from click.shell_completion import CompletionItem

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def _offered(words: Iterable[tuple[str, str]], start: str) -> list[CompletionItem]:
    return [CompletionItem(word, help=about) for word, about in words if word.startswith(start)]


def _quiet(offer: Callable[[dict[str, Any], str], list[CompletionItem]]) -> Complete:
    """Return a completion that offers nothing when the project cannot be read."""

    def complete(ctx: click.Context, param: click.Parameter, start: str) -> list[CompletionItem]:
        del param
        try:
            return offer(ctx.params, start)
        except Exception:  # noqa: BLE001 - a traceback in the middle of a command line helps nobody
            return []

    return complete


def _experiments(params: dict[str, Any], start: str) -> list[CompletionItem]:
    del params
    from mline_airflow.dag_factory.project import Project

    from .places import absolute

    project = Project.open(absolute("."))
    ids = [(name, os.path.relpath(paths[0])) for name, paths in project.ids().items()]
    files = [(os.path.relpath(path), "") for path in project.experiments()]
    return _offered(ids + files, start) or [CompletionItem(start, type="file")]


def _stages(params: dict[str, Any], start: str) -> list[CompletionItem]:
    from .loading import load

    model = load(params.get("experiment")).experiment
    return _offered(((s.id.text, s.doc) for s in model.stages.values()), start)


def _params(params: dict[str, Any], start: str) -> list[CompletionItem]:
    from .loading import load

    model = load(params.get("experiment")).experiment
    return _offered(
        ((f"{p.name.text}=", str(p.schema.get("default", ""))) for p in model.params.values()),
        start,
    )


def _profiles(params: dict[str, Any], start: str) -> list[CompletionItem]:
    del params
    from mline_airflow.dag_factory.project import Project

    from .places import absolute

    profiles = Project.open(absolute(".")).profiles
    return _offered(((p.name, str(p.keys.get("runner", ""))) for p in profiles.values()), start)


def _types(params: dict[str, Any], start: str) -> list[CompletionItem]:
    del params
    from mline_airflow.dag_factory.project import Project

    from .places import absolute

    types = Project.open(absolute(".")).types().types
    bare = [(name.rpartition(".")[2], t.decl.doc) for name, t in types.items()]
    return _offered(bare, start)


experiments = _quiet(_experiments)
stages = _quiet(_stages)
parameters = _quiet(_params)
profiles = _quiet(_profiles)
types = _quiet(_types)
