"""SQLite as a database of several processes: a transaction that will write waits for its turn.

Python starts a transaction before the first statement that writes, and then SQLite waits for other
writers as long as `timeout` says. A savepoint, though, is a transaction that Python knows nothing
of: when it reads before it writes, SQLite refuses at once, "database is locked", if anybody writes
at that moment. Airflow makes the runs of a backfill in savepoints.
https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#pysqlite-serializable
"""

from __future__ import annotations

import sqlite3
from typing import Any


class _Cursor(sqlite3.Cursor):
    def execute(self, sql: str, parameters: Any = (), /) -> _Cursor:
        if sql.startswith("SAVEPOINT") and not self.connection.in_transaction:
            super().execute("BEGIN IMMEDIATE")
        super().execute(sql, parameters)
        return self


class _Connection(sqlite3.Connection):
    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)


CONNECT_ARGS = {"factory": _Connection}
"""For `[database] sql_alchemy_connect_args`."""
