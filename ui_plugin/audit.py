"""Entries in Airflow's audit log: who changed which file, from what to what.

Written after the change is made, so that a save that failed has none.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from airflow.models import Log
from airflow.models.dag import DagModel
from airflow.utils.session import create_session

from .rights import User

_log = logging.getLogger(__name__)


def record(user: User, event: str, dag_id: str | None, **what: Any) -> None:
    """Write an entry `mline.EVENT`.

    Airflow shows an entry with a DAG's id only while it has that DAG: one that it does not have yet
    is named in the entry's text alone. The change is made by now and stays: when the database does
    not take the entry, the server's log has it.
    """
    what = {"experiment": dag_id, **what}
    extra = json.dumps({k: v for k, v in what.items() if v is not None}, ensure_ascii=False)
    try:
        with create_session() as session:
            known = dag_id is not None and session.get(DagModel, dag_id) is not None
            entry = Log(
                f"mline.{event}",
                owner=user.name,
                owner_display_name=user.author.name,
                extra=extra,
                dag_id=dag_id if known else None,
            )
            session.add(entry)
    except Exception:  # noqa: BLE001 - whatever the database says, the change is made
        _log.exception("no audit entry: mline.%s by %s: %s", event, user.name, extra)
