"""Secrets of a local run come from the environment, under Airflow's names."""

from __future__ import annotations

import pytest

from mline_airflow.cli.secrets_here import secret
from mline_airflow.failures import MLineError

URI = "postgresql://me:p%40ss@db.example:5432/lab?sslmode=require"
JSON = (
    '{"conn_type": "postgres", "login": "me", "password": "p@ss", "port": 5432, "extra": {"k": 1}}'
)


def test_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_VAR_API_KEY", "x")
    assert secret("variable.api_key") == "x"


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("password", "p@ss"),
        ("login", "me"),
        ("host", "db.example"),
        ("port", "5432"),
        ("schema", "lab"),
        ("sslmode", "require"),
        ("conn_type", "postgresql"),
    ],
)
def test_part_of_a_connection_as_uri(
    part: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_DB", URI)
    assert secret(f"connection.db.{part}") == value


@pytest.mark.parametrize(
    ("part", "value"), [("password", "p@ss"), ("port", "5432"), ("k", "1"), ("extra.k", "1")]
)
def test_part_of_a_connection_as_json(
    part: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_DB", JSON)
    assert secret(f"connection.db.{part}") == value


def test_whole_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_DB", URI)
    assert secret("connection.db") == URI
    assert secret("connection.db.uri") == URI


def test_what_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MLineError, match="is read from AIRFLOW_VAR_NOTHING here"):
        secret("variable.nothing")
    monkeypatch.setenv("AIRFLOW_CONN_DB", "http://h")
    with pytest.raises(MLineError, match="AIRFLOW_CONN_DB has no 'password'"):
        secret("connection.db.password")
