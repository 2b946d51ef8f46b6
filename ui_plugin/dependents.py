"""Which files of a workspace name another one, and where: what a rename changes with it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from mline_airflow.dag_factory.experiment_ids import experiment_id
from mline_airflow.dag_factory.model import Experiment, Library, ProjectFile, Word
from mline_airflow.dag_factory.project import kind_of
from mline_airflow.dag_factory.project_libraries import LIBRARY_SUFFIX
from mline_airflow.dag_factory.text import Span

from . import engine
from .workspace.working_copy import WorkingCopy

_MARK = "\ufeff"


class Mention(NamedTuple):
    """A place where a file names another one."""

    path: str
    span: Span
    """In the text without a byte-order mark."""
    text: str


def texts_of(here: WorkingCopy) -> dict[str, str]:
    """Return every file of the workspace that can be read with its text."""
    return {
        path: file.data.decode("utf-8", "surrogateescape")
        for path, file, _why in here.files()
        if file is not None
    }


def mentions(here: WorkingCopy, path: str, texts: Mapping[str, str]) -> list[Mention]:
    """Return every place in which another file names this one, by its id or by its path."""
    kind = kind_of(Path(path))
    if kind == "project":
        return []
    own = experiment_id(texts.get(path, "")) if kind == "experiment" else None
    found = []
    for other, text in texts.items():
        if other == path:
            continue
        for word in _words(here, other, text):
            if kind == "experiment":
                named = own is not None and word.text.partition(".")[0] == own
                named = named and isinstance(word, _From)
            else:
                named = not isinstance(word, _From) and names(other, word.text, path)
            if named:
                found.append(Mention(other, word.span, word.text))
    return found


class _From(Word):
    """A word that names an entity of another experiment."""


def _words(here: WorkingCopy, path: str, text: str) -> Iterator[Word]:
    if kind_of(Path(path)) == "experiment" and not ("from" in text or "use" in text):
        return
    model = engine.project_of(here.root, path).analyze(here.root / path, text).model
    if isinstance(model, Experiment):
        yield from model.use
        for entity in model.entities.values():
            if entity.from_ is not None:
                yield _From(*entity.from_)
    elif isinstance(model, Library):
        yield from model.use
    elif isinstance(model, ProjectFile):
        yield from model.types


def names(other: str, word: str, library: str) -> bool:
    """Tell whether a word of `use` in the file `other` means this library."""
    if "/" in word or word.endswith((".yaml", ".yml")):
        return posixpath.normpath(posixpath.join(posixpath.dirname(other), word)) == library
    return word == posixpath.basename(library).removesuffix(LIBRARY_SUFFIX)


def renamed(text: str, changes: Mapping[Span, tuple[str, str]]) -> str:
    """Return a text with the words at some places replaced, all else as it was."""
    mark = _MARK if text.startswith(_MARK) else ""
    text = text.removeprefix(_MARK)
    for span, (old, new) in sorted(changes.items(), reverse=True):
        text = (
            text[: span.start] + text[span.start : span.end].replace(old, new, 1) + text[span.end :]
        )
    return mark + text


def word_for(other: str, word: str, library: str) -> str:
    """Return how the file `other` names a library that has moved, in the way that it did before."""
    if "/" not in word and not word.endswith((".yaml", ".yml")):
        return posixpath.basename(library).removesuffix(LIBRARY_SUFFIX)
    relative = posixpath.relpath(library, posixpath.dirname(other) or ".")
    return relative if relative.startswith(".") or not word.startswith("./") else f"./{relative}"
