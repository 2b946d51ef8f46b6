"""Texts with a reference in the middle: nothing is put there, and who wrote it thinks otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .model import Setting
from .scope import Scope
from .text import Span

_INSIDE = re.compile(r"\$\{?((?:params|in|out|services|secrets|run)\.[A-Za-z_][\w.]*)")


def check_texts(scope: Scope) -> None:
    """Warn of every reference that stands in the middle of a text."""
    experiment = scope.experiment
    for stage in experiment.stages.values():
        settings = [*stage.with_.values(), *_env(stage.settings.get("env"))]
        if stage.action is not None:
            if stage.action.kind == "command":
                settings.append(Setting(stage.action.value, stage.action.span))
            elif stage.action.kind == "run":
                _warn(scope, stage.action.value, stage.action.span, script=True)
        for setting in settings:
            _setting(scope, setting)
    for service in experiment.services.values():
        if service.command is not None:
            _setting(scope, service.command)
        for setting in _env(service.settings.get("env")):
            _setting(scope, setting)
    for setting in _env(experiment.defaults.get("env")):
        _setting(scope, setting)


def _env(setting: Setting | None) -> list[Setting]:
    return list(setting.value.values()) if setting is not None else []


def _setting(scope: Scope, setting: Setting) -> None:
    for text in _texts(setting.value):
        _warn(scope, text, setting.span, script=False)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for child in value:
            yield from _texts(child)
    elif isinstance(value, dict) and "$ref" not in value:
        for child in value.values():
            yield from _texts(child)


def _warn(scope: Scope, text: str, span: Span, *, script: bool) -> None:
    match = _INSIDE.search(text)
    if match is None:
        return
    at = scope.found.source.text.find(match[0], span.start, span.end)
    place = Span(at, at + len(match[0])) if at >= 0 else span
    root, *rest = match[1].split(".")
    if script:
        hint = f"a script reads the environment variable {_variable(root, rest)}"
    else:
        hint = "make it a value or argument of its own"
    message = f"'${match[1]}' is not replaced inside a text; {hint}"
    scope.found.add("reference-in-text", place, message)


def _variable(root: str, rest: list[str]) -> str:
    """Return the environment variable that holds what a reference means."""
    name = "_".join(rest).upper()
    prefix = {"params": "PARAM_", "in": "IN_", "out": "OUT_"}.get(root, "")
    if root == "secrets":
        return f"${'.'.join(rest)}"
    return "$MLINE_RUN_ID" if root == "run" else f"${prefix}{name}"
