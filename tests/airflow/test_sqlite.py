"""The database of a quickstart, which several processes of Airflow write."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from mline_airflow.quickstart import sqlite
from mline_airflow.quickstart.sqlite import CONNECT_ARGS


def test_a_savepoint_that_reads_first_waits_for_another_writer(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/test.db?timeout=60", connect_args=CONNECT_ARGS)
    with engine.begin() as one:
        one.execute(text("create table runs (id integer)"))
    with engine.connect() as one, engine.connect() as other:
        one.execute(text("insert into runs values (1)"))
        ends = threading.Timer(0.5, one.commit)
        ends.start()
        with other.begin_nested():
            other.execute(text("select count(*) from runs")).scalar_one()
            other.execute(text("insert into runs values (2)"))
        other.commit()
        ends.join()
        assert other.execute(text("select count(*) from runs")).scalar_one() == 2
    engine.dispose()


def test_an_event_loop_does_not_wait_long_for_another_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "IN_LOOP_SECONDS", 0.2)
    engine = create_engine(f"sqlite:///{tmp_path}/test.db?timeout=60", connect_args=CONNECT_ARGS)
    with engine.begin() as one:
        one.execute(text("create table runs (id integer)"))
    insert = text("insert into runs values (:id)")

    async def write() -> None:
        with engine.begin() as here:
            here.execute(insert, {"id": 2})

    with engine.connect() as one:
        one.execute(insert, {"id": 1})
        begun = time.monotonic()
        with pytest.raises(OperationalError, match="database is locked"):
            asyncio.run(write())
        assert time.monotonic() - begun < 30
        # The same connection, in a thread again, waits as long as it was told to.
        ends = threading.Timer(0.5, one.commit)
        ends.start()
        with engine.begin() as other:
            other.execute(insert, [{"id": 3}, {"id": 4}])
        ends.join()
    with engine.connect() as one:
        assert one.execute(text("select count(*) from runs")).scalar_one() == 3
    engine.dispose()
