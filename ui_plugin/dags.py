"""What Airflow has of an experiment: its DAG, its import error, its last runs."""

from __future__ import annotations

import ast
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from airflow.models.dag import DagModel
from airflow.models.dagcode import DagCode
from airflow.models.dagrun import DagRun
from airflow.models.errors import ParseImportError
from airflow.utils.session import create_session
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mline_airflow.provider_settings import profile

from . import engine, messages
from .settings import place
from .workspace import names
from .workspace.working_copy import File, WorkingCopy

_LAST = 5
_KEPT_SECONDS = 30
_SHOWN = re.compile(r"\A# .*\n(r?(\"\"\"|''')\n.*?\n\2)\nfrom mline_airflow", re.DOTALL)


@dataclass(frozen=True, slots=True)
class State:
    """What Airflow has of one file."""

    dag: messages.Dag
    runs: list[messages.Run] = field(default_factory=list)
    seen: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """Rows of Airflow's database about some DAGs, by id; import errors by file."""

    dags: Mapping[str, DagModel]
    code: Mapping[str, str]
    errors: Mapping[str, ParseImportError]
    runs: Mapping[str, list[messages.Run]]


def states(here: WorkingCopy, files: Mapping[str, tuple[File, str]]) -> dict[str, State]:
    """Return the state of each file; `files` are paths with their file and experiment id."""
    with create_session() as session:
        known = _read(session, {dag_id for _file, dag_id in files.values() if dag_id})
        session.expunge_all()
    return {path: _state(here, file, dag_id, known) for path, (file, dag_id) in files.items()}


def state(here: WorkingCopy, file: File, dag_id: str) -> State:
    """Return the state of one file."""
    return states(here, {file.path: (file, dag_id)})[file.path]


def _read(session: Session, ids: Iterable[str]) -> _Known:
    ids = list(ids)
    bundle = place().bundle
    dags = session.scalars(
        select(DagModel).where(DagModel.dag_id.in_(ids), DagModel.bundle_name == bundle)
    )
    errors = session.scalars(select(ParseImportError).where(ParseImportError.bundle_name == bundle))
    newest = (
        select(DagCode.dag_id, func.max(DagCode.last_updated).label("at"))
        .where(DagCode.dag_id.in_(ids))
        .group_by(DagCode.dag_id)
        .subquery()
    )
    code = session.execute(
        select(DagCode.dag_id, DagCode.source_code).join(
            newest, (DagCode.dag_id == newest.c.dag_id) & (DagCode.last_updated == newest.c.at)
        )
    )
    return _Known(
        {dag.dag_id: dag for dag in dags},
        {row.dag_id: row.source_code for row in code},
        {(error.filename or "").removesuffix(".py"): error for error in errors},
        _runs(session, ids),
    )


def _runs(session: Session, ids: list[str]) -> dict[str, list[messages.Run]]:
    number = (
        func.row_number()
        .over(partition_by=DagRun.dag_id, order_by=DagRun.run_after.desc())
        .label("number")
    )
    ranked = (
        select(DagRun.dag_id, DagRun.run_id, DagRun.state, DagRun.start_date, number)
        .where(DagRun.dag_id.in_(ids))
        .subquery()
    )
    found = defaultdict(list)
    for row in session.execute(
        select(ranked).where(ranked.c.number <= _LAST).order_by(ranked.c.dag_id, ranked.c.number)
    ):
        started = row.start_date.isoformat() if row.start_date else None
        found[row.dag_id].append(
            messages.Run(run_id=row.run_id, state=str(row.state), started=started)
        )
    return found


def _state(here: WorkingCopy, file: File, dag_id: str, known: _Known) -> State:
    dag = known.dags.get(dag_id)
    runs = known.runs.get(dag_id, [])
    text = _normal(file.data.decode("utf-8", "replace"))
    source = (
        shown_text(known.code.get(dag_id, "")) if dag is not None and not dag.is_stale else None
    )
    paused = bool(dag.is_paused) if dag is not None else False
    saved = datetime.fromtimestamp(names.modified_ns(here.root, file.path) / 1e9, UTC)
    error = known.errors.get(file.path)
    if error is not None and error.timestamp is not None:
        # Its clock is the database's or the DAG processor's, the file's that of its disk.
        if error.timestamp >= saved - timedelta(seconds=0.5):
            shown = messages.Dag(state="import-error", dag_id=dag_id, paused=paused)
            return State(shown, runs, None, error.stacktrace)
        return State(messages.Dag(state="waiting", dag_id=dag_id, paused=paused), runs)
    if source is not None and (source == text or _same(here.root, file.path, text, source)):
        ready = messages.Dag(state="ready", dag_id=dag_id, paused=paused)
        return State(ready, runs, file.revision)
    # A folder that no bundle shows never becomes DAGs.
    state: messages.State = "waiting" if place().bundle else "absent"
    return State(messages.Dag(state=state, dag_id=dag_id, paused=paused), runs)


def _same(root: Path, path: str, text: str, source: str) -> bool:
    """Compare two DAGs; the answer is kept for a while, since the list asks again and again."""
    return _compared(root, path, text, source, int(time.monotonic() / _KEPT_SECONDS))


@lru_cache(maxsize=1024)
def _compared(root: Path, path: str, text: str, source: str, _now: int) -> bool:
    return engine.same_dag(root, path, text, source, profile())


def shown_text(code: str) -> str:
    """Return the YAML of a DAG's code as Airflow has it: the file itself, or a DAG file's text."""
    match = _SHOWN.match(code)
    if match is None:
        return _normal(code)
    try:
        text = ast.literal_eval(match[1])
    except (ValueError, SyntaxError):
        return ""
    return _normal(str(text).removeprefix("\n"))


def _normal(text: str) -> str:
    """Return a text as bundles show it, so that the two can be compared."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return text.replace("\0", "\ufffd").rstrip("\n")
