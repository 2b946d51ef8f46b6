"""What a new experiment begins with: a template or an example of MLine, with all its files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Literal, NamedTuple

from mline_airflow.dag_factory.experiment_ids import experiment_id
from mline_airflow.dag_factory.project import EXPERIMENT_SUFFIX, PROJECT_FILE
from mline_airflow.dag_factory.project_libraries import LIBRARY_SUFFIX

from .errors import Refusal

_TITLE = re.compile(r"^title:[ \t]*(.+?)[ \t]*$", re.MULTILINE)
_DOC = re.compile(r"^doc:[ \t]*(?:[>|][-+]?[ \t]*\n[ \t]+)?(.+?)[ \t]*$", re.MULTILINE)
_ID = re.compile(r"^(experiment:[ \t]*['\"]?)([A-Za-z0-9_]+)", re.MULTILINE)
_TAKEN_FROM = re.compile(r"\bfrom:[ \t]*['\"]?([a-z][a-z0-9_]*)\.")
_MOST = 2_000_000
Kind = Literal["template", "example"]


class Beginning(NamedTuple):
    """A template or an example: its experiment, and the files that it needs beside it."""

    id: str
    title: str
    doc: str
    kind: Kind
    text: str
    beside: dict[str, bytes]
    """Path relative to the experiment's folder -> bytes."""


def all_of_them() -> Iterator[Beginning]:
    """Yield the templates, then the examples."""
    package = resources.files("mline_airflow")
    places: dict[str, Kind] = {"templates": "template", "examples": "example"}
    for place, kind in places.items():
        for folder in _folders(package / place):
            yield from _read(folder, kind)


def beginning(kind: Kind, wanted: str) -> Beginning:
    """Return one of them. Raises Refusal when there is none."""
    found = {one.id: one for one in all_of_them() if one.kind == kind}
    if wanted not in found:
        there = ", ".join(found) or "none"
        raise Refusal(422, f"no-{kind}", f"there is no {kind} '{wanted}'; there are: {there}")
    return found[wanted]


def with_id(text: str, id_: str) -> str:
    """Return an experiment's text with another id; all other bytes stay."""
    return _ID.sub(lambda match: match[1] + id_, text, count=1)


def id_for(path: str) -> str:
    """Return the id of an experiment that is to lie at a path, or raise Refusal."""
    name = path.rpartition("/")[2].removesuffix(EXPERIMENT_SUFFIX)
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name):
        raise Refusal(
            422,
            "bad-path",
            f"'{name}' cannot be an experiment's id; write lower-case letters, digits and '_'",
        )
    return name


def _folders(folder: Traversable) -> list[Traversable]:
    found = [item for item in folder.iterdir() if item.is_dir() and item.name[0] not in "._"]
    return sorted(found, key=lambda item: item.name)


def _read(folder: Traversable, kind: Kind) -> Iterator[Beginning]:
    files = dict(_files(folder, ""))
    experiments = {
        path: data
        for path, data in files.items()
        if path.endswith(EXPERIMENT_SUFFIX) and not path.endswith(LIBRARY_SUFFIX)
    }
    for path, data in experiments.items():
        text = data.decode("utf-8")
        title, doc = _TITLE.search(text), _DOC.search(text)
        name = path.rpartition("/")[2].removesuffix(EXPERIMENT_SUFFIX)
        beside = {p: d for p, d in files.items() if p not in experiments and _is_needed(p)}
        # Another experiment of the folder comes along when this one takes from it.
        taken = set(_TAKEN_FROM.findall(text))
        beside |= {
            p: d for p, d in experiments.items() if experiment_id(d.decode("utf-8")) in taken
        }
        yield Beginning(
            folder.name if len(experiments) == 1 else f"{folder.name}/{name}",
            title[1].strip("'\"") if title else name,
            doc[1].strip("'\"") if doc else "",
            kind,
            text,
            beside,
        )


def _is_needed(path: str) -> bool:
    return path not in {"README.md", "gitignore", PROJECT_FILE}


def _files(folder: Traversable, below: str) -> Iterator[tuple[str, bytes]]:
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.name[0] in "._":
            continue
        if item.is_dir():
            yield from _files(item, f"{below}{item.name}/")
        else:
            data = item.read_bytes()
            if len(data) <= _MOST:
                yield below + item.name, data
