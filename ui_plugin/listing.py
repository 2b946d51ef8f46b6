"""The list of experiments: every file that the user may read, with what is wrong with it."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from pathlib import Path

from mline_airflow.dag_factory.project import kind_of
from mline_airflow.provider_settings import profile

from . import engine, messages
from .dags import states
from .engine import Summary
from .rights import User, dags_of
from .workspace.names import revision_of
from .workspace.working_copy import File, WorkingCopy

_SECONDS = 30.0
"""Code beside an experiment is part of its meaning and not of the key: so an entry gets old."""
_MOST = 5000


class Summaries:
    """What is known of texts, by all that they hang on."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[float, Summary]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, root: Path, path: str, text: str, context: str) -> Summary:
        """Return the summary of a file."""
        now = time.monotonic()
        with self._lock:
            kept = self._kept.get(context)
        if kept is not None and now - kept[0] < _SECONDS:
            return kept[1]
        found = engine.summarize(root, path, text, profile())
        with self._lock:
            self._kept[context] = (now, found)
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return found


_summaries = Summaries()


def listed(here: WorkingCopy, who: User) -> messages.Experiments:
    """Return everything in the workspace that the user may read."""
    files, unreadable = {}, {}
    for path, file, why in here.files():
        files[path] = file or File(path, b"", revision_of(b""))
        if file is None:
            unreadable[path] = Summary("", why, "", (), 1, 0, 0)
    texts = {path: file.data.decode("utf-8", "replace") for path, file in files.items()}
    contexts = engine.context_of(texts)
    ids = {p: dags_of(p, t) for p, t in texts.items() if kind_of(Path(p)) == "experiment"}
    readable = who.readable({name for names in ids.values() for name in names})
    shown = {path: names for path, names in ids.items() if names <= readable}
    names = {name for several in shown.values() for name in several}
    writable = not here.reason_not_to_write()
    editable = {name for name in names if writable and who.may("PUT", name)}
    libraries = [path for path in texts if path not in ids and who.may("GET", None)]
    found = {
        path: unreadable.get(path) or _summaries.of(here.root, path, texts[path], contexts[path])
        for path in (*shown, *libraries)
    }
    airflow = states(here, {path: (files[path], found[path].id) for path in shown})
    return messages.Experiments(
        experiments=[
            messages.Experiment(
                path=path,
                experiment=found[path].id,
                title=found[path].title,
                owner=found[path].owner,
                tags=list(found[path].tags),
                revision=files[path].revision,
                stages=found[path].stages,
                problems=_problems(found[path]),
                dag=airflow[path].dag,
                runs=airflow[path].runs,
                may_edit=several <= editable,
            )
            for path, several in shown.items()
        ],
        libraries=[_library(files[path], found[path]) for path in libraries],
    )


def _problems(summary: Summary) -> messages.Problems:
    return messages.Problems(error=summary.errors, warning=summary.warnings)


def _library(file: File, summary: Summary) -> messages.LibraryFile:
    return messages.LibraryFile(
        path=file.path,
        kind="project" if kind_of(Path(file.path)) == "project" else "library",
        name=summary.id,
        revision=file.revision,
        problems=_problems(summary),
    )
