"""The database of a quickstart, which several processes of Airflow write."""

from __future__ import annotations

import threading
from pathlib import Path

from sqlalchemy import create_engine, text

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
