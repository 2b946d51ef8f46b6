"""Entries in Airflow's audit log: who changed which file, from what to what.

Written after the change is made, so that a save that failed has none.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from airflow.models import Log
from airflow.utils.session import create_session

from .rights import User

_log = logging.getLogger(__name__)


def record(user: User, event: str, dag_id: str | None, **what: Any) -> None:
    """Write an entry `mline.EVENT`.

    The change is made by now and stays: when the database does not take the entry, the server's
    log has it.
    """
    extra = json.dumps({k: v for k, v in what.items() if v is not None}, ensure_ascii=False)
    entry = Log(
        event=f"mline.{event}",
        owner=user.name,
        owner_display_name=user.author.name,
        extra=extra,
        dag_id=dag_id,
    )
    try:
        with create_session() as session:
            session.add(entry)
    except Exception:  # noqa: BLE001 - whatever the database says, the change is made
        _log.exception("no audit entry: mline.%s by %s: %s", event, user.name, extra)
