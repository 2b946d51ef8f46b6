"""Airflow's connections: from its secret backends, and as the login of an image registry."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Connection

from mline_airflow.failures import MLineError


def connection_of(name: str) -> Any:
    """Return a connection by its id; raises MLineError where there is none."""
    try:
        return Connection.get(name)
    except Exception as error:  # each secret backend has its own ways to fail
        message = f"there is no Airflow connection '{name}': {error}"
        raise MLineError(message, code="no-secret") from error


def log_in(client: Any, name: str) -> None:
    """Log a Docker client in to the image registry of a connection; raises MLineError."""
    from mline_airflow.runners.docker_client import telling

    found = connection_of(name)
    for field in ("host", "login"):
        if not getattr(found, field):
            message = f"the Airflow connection '{name}' has no '{field}'"
            raise MLineError(message, code="no-secret")
    registry = f"{found.host}:{found.port}" if found.port else found.host
    with telling(f"the login at the image registry {registry}"):
        client.login(found.login, found.password, registry=registry, reauth=True)
