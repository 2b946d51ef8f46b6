"""Functions in the code of stages: found and read, never run."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..code_check import module_of
from ..files import Files
from ..model import CodeItem
from ..text import SourceFile, Span

_MOST_FILES = 200


class Function(NamedTuple):
    """A function at the top of a module."""

    call: str
    """`module:function`, as a stage writes it."""
    arguments: tuple[str, ...]
    required: tuple[str, ...]
    doc: str
    source: SourceFile
    span: Span

    @property
    def signature(self) -> str:
        """Return `fit(data, depth=…)`."""
        shown = (a if a in self.required else f"{a}=…" for a in self.arguments)
        return f"{self.call.partition(':')[2]}({', '.join(shown)})"


def functions_of(files: Files, items: Sequence[CodeItem]) -> Iterator[Function]:
    """Yield the public functions of all modules among the code of a stage."""
    for path, text, module in _modules(files, items):
        for function in _functions(path, text, module):
            if not function.call.partition(":")[2].startswith("_"):
                yield function


def find_function(files: Files, items: Sequence[CodeItem], call: str) -> Function | None:
    """Return the function that `call` names, or None."""
    module, _, name = call.partition(":")
    place = module_of(files, module, tuple(items))
    if place is None:
        return None
    found = _functions(place[0], place[1], module)
    return next((f for f in found if f.call == f"{module}:{name}"), None)


def code_at(files: Files, path: str) -> SourceFile | None:
    """Return a file that `code`, `at` or `use` names; empty when it is too large to be text."""
    if files.kind(path) != "file":
        return None
    return SourceFile(files.path(path), "")


def _modules(files: Files, items: Sequence[CodeItem]) -> Iterator[tuple[str, str, str]]:
    """Yield path, text and module name of the Python files."""
    for item in items:
        if item.text is not None:
            if item.to.endswith(".py"):
                yield item.to, item.text, item.to.removesuffix(".py").replace("/", ".")
            continue
        kind = files.kind(item.path)
        names = files.below(item.path, ".py")[:_MOST_FILES] if kind == "folder" else []
        if kind == "file" and item.path.endswith(".py"):
            names = [""]
        for name in names:
            path = posixpath.normpath(posixpath.join(item.path, name)) if name else item.path
            text = files.text(path)
            if text is not None:
                module = (name or posixpath.basename(item.path)).removesuffix(".py")
                yield path, text, module.removesuffix("/__init__").replace("/", ".")


def _functions(path: str, text: str, module: str) -> Iterator[Function]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    source = SourceFile(path, text)
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            line = text[starts[node.lineno - 1] :]
            at = starts[node.lineno - 1] + max(line.find(node.name), 0)
            args = node.args
            names = [a.arg for a in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
            plain = [a.arg for a in (*args.posonlyargs, *args.args)]
            optional = set(plain[len(plain) - len(args.defaults) :])
            keyword = zip(args.kwonlyargs, args.kw_defaults, strict=True)
            optional.update(a.arg for a, default in keyword if default is not None)
            yield Function(
                call=f"{module}:{node.name}",
                arguments=tuple(names),
                required=tuple(n for n in names if n not in optional),
                doc=ast.get_docstring(node) or "",
                source=source,
                span=Span(at, at + len(node.name)),
            )
