"""Code that stages name: is it there, and does the function fit the ports?

The user's Python is parsed, never imported. A module that is not among the injected code may be
in the image, so its absence is a warning; a function that a found module lacks is an error.
"""

from __future__ import annotations

import posixpath
from functools import lru_cache
from typing import TYPE_CHECKING

from .diagnostic import Collector
from .files import Files
from .model import Action, CodeItem
from .resolved import Resolved, ResolvedStage
from .scope import Scope
from .suggest import did_you_mean, listing
from .text import Span

if TYPE_CHECKING:
    import ast

    _Function = ast.FunctionDef | ast.AsyncFunctionDef


def check_code(scope: Scope, files: Files) -> None:
    """Check the code, calls and input files of a whole experiment."""
    resolved = scope.resolved
    checked: set[tuple[str, Span]] = set()
    for stage in resolved.stages.values():
        items = _code_items(stage)
        for item in items:
            if item.path and (item.path, item.span) not in checked:
                checked.add((item.path, item.span))
                check_path(scope.found, files, item)
        action = stage.stage.action
        if action is not None and action.kind == "call" and items:
            _check_call(scope, files, stage, action, items)
        for port, word in {**stage.stage.adapt_takes, **stage.stage.adapt_gives}.items():
            del port
            if items:
                find_function(scope.found, files, word.text, word.span, items)
    for service in resolved.services.values():
        for item in service.service.files:
            if item.path:
                check_path(scope.found, files, item)
    _check_data(scope, files, resolved)


def _code_items(stage: ResolvedStage) -> tuple[CodeItem, ...]:
    """Return the experiment's own code of a stage; a library's is checked with the library."""
    if "code" not in stage.settings or "code" in stage.origin:
        return ()
    items: tuple[CodeItem, ...] = stage.settings["code"].value
    return items


def check_path(found: Collector, files: Files, item: CodeItem) -> None:
    """Report code that is not there, or that lies outside the project."""
    if not files.inside(item.path):
        message = f"'{item.path}' leads out of the project"
        found.add("path-outside", item.span, message)
    elif not files.kind(item.path):
        message = f"there is no file or folder '{item.path}' beside this file"
        found.add("missing-file", item.span, message)


def _check_data(scope: Scope, files: Files, resolved: Resolved) -> None:
    taken = {ref.node for s in resolved.stages.values() for t in s.takes.values() for ref in t.refs}
    for name, ref in resolved.sources.items():
        if ref.kind != "file" or "://" in ref.target:
            continue
        if not files.inside(ref.target):
            message = f"'{ref.target}' leads out of the project; use a URL for data elsewhere"
            scope.found.add("path-outside", ref.span, message)
        elif name in taken and not files.kind(ref.target):
            message = f"there is no file or folder '{ref.target}' yet; a run needs it"
            scope.found.add("missing-data", ref.span, message)


# -- calls ---------------------------------------------------------------------------------------


def _check_call(
    scope: Scope,
    files: Files,
    stage: ResolvedStage,
    action: Action,
    items: tuple[CodeItem, ...],
) -> None:
    function = find_function(scope.found, files, action.value, action.span, items)
    if function is not None:
        _check_arguments(scope, stage, action, function)


def find_function(
    found: Collector, files: Files, call: str, span: Span, items: tuple[CodeItem, ...]
) -> _Function | None:
    """Return the function's syntax; report a module or function that is not there."""
    module, _, name = call.partition(":")
    place = module_of(files, module, items)
    if place is None:
        if any(item.path and not files.kind(item.path) for item in items):
            return None  # the missing folder is reported already
        message = f"no module '{module}' is in the code of this stage; it must then be in the image"
        found.add("unknown-module", span, message)
        return None
    path, text = place
    try:
        functions = _top_level(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        reason = getattr(error, "msg", None) or "it is nested too deep"
        message = f"'{path}' is not valid Python: line {line}: {reason}"
        found.add("python-syntax", span, message)
        return None
    first = name.partition(".")[0]
    if functions is None or first in functions:
        return (functions or {}).get(name)
    target = Span(span.end - len(name), span.end)
    if found.source.text[target.start : target.end] != name:
        target = span
    hint, fix = did_you_mean(name, functions, target)
    message = f"'{path}' has no function '{name}'{hint}"
    found.add("unknown-function", span, message, fix=fix)
    return None


def module_of(files: Files, module: str, items: tuple[CodeItem, ...]) -> tuple[str, str] | None:
    """Return the path and text of a module among the injected code."""
    relative = module.replace(".", "/")
    candidates = (f"{relative}.py", f"{relative}/__init__.py")
    for item in items:
        if item.text is not None:
            if item.to in candidates:
                return item.to, item.text
            continue
        kind = files.kind(item.path)
        paths = [posixpath.join(item.path, c) for c in candidates] if kind == "folder" else []
        if kind == "file" and posixpath.basename(item.path) in candidates:
            paths = [item.path]
        for path in paths:
            text = files.text(path)
            if text is not None:
                return posixpath.normpath(path), text
    return None


@lru_cache(maxsize=512)
def _top_level(text: str) -> dict[str, _Function | None] | None:
    """Return the names that a module defines; None when it imports or makes names unseen."""
    import ast  # an experiment without `call` does not need it

    names: dict[str, _Function | None] = {}
    open_ended = False
    for node in ast.walk(ast.parse(text)) if "__getattr__" in text else ast.parse(text).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            names[node.name] = None if node.decorator_list else node
            open_ended |= node.name == "__getattr__"
        elif isinstance(node, ast.ClassDef):
            names[node.name] = None
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                open_ended |= alias.name == "*"
                names[(alias.asname or alias.name).partition(".")[0]] = None
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names.update({t.id: None for t in targets if isinstance(t, ast.Name)})
            open_ended |= not all(isinstance(t, ast.Name) for t in targets)
        elif not isinstance(node, ast.Expr):
            open_ended = True  # names made under `if`, `try`, `for` are not followed
    return None if open_ended else names


def _check_arguments(
    scope: Scope, stage: ResolvedStage, action: Action, function: _Function
) -> None:
    """Every input and value needs an argument, every required argument a port or value."""
    args = function.args
    takes_any = args.kwarg is not None
    names = [a.arg for a in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
    if args.posonlyargs:
        message = f"'{function.name}' has positional-only arguments; they are passed by name"
        scope.found.add("unknown-argument", action.span, message)
        return
    optional = {a.arg for a in args.args[len(args.args) - len(args.defaults) :]}
    optional.update(
        a.arg for a, default in zip(args.kwonlyargs, args.kw_defaults, strict=True) if default
    )
    swept = stage.sweep.sweep.over if stage.sweep is not None else ()
    values = {*stage.stage.with_, *(name.text for name in swept)}
    known = {*stage.stage.takes, *values, *stage.gives, *stage.stage.gives}
    name = stage.stage.id.text
    needed = [a for a in names if a not in known and a not in optional]
    unmatched = [p for p in (*stage.takes, *stage.stage.with_) if p not in names]
    if not unmatched or takes_any:
        for argument in needed:
            message = (
                f"'{function.name}' needs '{argument}', which is neither a port of '{name}' nor a "
                f"value under 'with' (there are {listing(sorted(known))})"
            )
            scope.found.add("unknown-argument", action.span, message)
    if takes_any:
        return
    also = f"; it needs {listing(needed)}" if needed else ""
    for key in stage.stage.with_:
        if key not in names:
            span = stage.stage.with_keys[key]
            hint, fix = did_you_mean(key, names, span)
            message = f"'{function.name}' has no argument '{key}'{hint or also}"
            scope.found.add("unknown-argument", span, message, fix=fix)
    for port, take in stage.stage.takes.items():
        if port not in names:
            hint, fix = did_you_mean(port, names, take.port.span)
            message = f"'{function.name}' has no argument for the input '{port}'{hint or also}"
            scope.found.add("unknown-argument", take.port.span, message, fix=fix)
