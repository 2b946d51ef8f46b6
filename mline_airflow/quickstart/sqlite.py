"""SQLite as a database of several processes: who will write waits for its turn, nobody for ever.

Python starts a transaction before the first statement that writes, and then SQLite waits for other
writers as long as `timeout` says. Two things of Airflow's do not go with that.

- A savepoint is a transaction that Python knows nothing of: when it reads before it writes, SQLite
  refuses at once, "database is locked", if anybody writes at that moment. Airflow makes the runs of
  a backfill in savepoints. So a savepoint begins a transaction that writes.
  https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#pysqlite-serializable
- The API server writes its audit log in its event loop. It may wait there for a request in one of
  its threads, whose transaction ends only when the loop goes on: all of Airflow would stand still
  for the whole `timeout`. So what runs in an event loop waits no longer than by SQLite's default;
  then that one request fails, and can be made again.
"""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Any

IN_LOOP_SECONDS = 5.0
"""How long a statement in an event loop waits: as Python's `sqlite3` does by default."""


class _Cursor(sqlite3.Cursor):
    connection: _Connection

    def execute(self, sql: str, parameters: Any = (), /) -> _Cursor:
        self.connection.set_patience()
        if sql.startswith("SAVEPOINT") and not self.connection.in_transaction:
            super().execute("BEGIN IMMEDIATE")
        super().execute(sql, parameters)
        return self

    def executemany(self, sql: str, parameters: Any, /) -> _Cursor:
        self.connection.set_patience()
        super().executemany(sql, parameters)
        return self


class _Connection(sqlite3.Connection):
    def __init__(self, database: Any, timeout: float = 5.0, *more: Any, **named: Any) -> None:
        super().__init__(database, timeout, *more, **named)
        self._timeout = self._patience = timeout

    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)

    def set_patience(self) -> None:
        """Let what follows wait as it may here: a pool hands connections to any thread."""
        wanted = min(self._timeout, IN_LOOP_SECONDS) if _is_in_loop() else self._timeout
        if wanted != self._patience:
            self._patience = wanted
            super().execute(f"PRAGMA busy_timeout = {int(wanted * 1000)}")


def _is_in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


CONNECT_ARGS = {"factory": _Connection}
"""For `[database] sql_alchemy_connect_args`."""
