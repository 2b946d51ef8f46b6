"""Airflow's connections: from its secret backends, and as the login of an image registry."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from airflow.sdk import Connection

from mline_airflow.failures import MLineError

_YES = ("y", "yes", "t", "true", "on", "1")
_NO = ("n", "no", "f", "false", "off", "0")


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
    extra = found.extra_dejson
    with telling(f"the login at the image registry {registry}"):
        client.login(
            found.login,
            found.password,
            email=extra.get("email") or None,
            registry=registry,
            reauth=_truth(name, extra.get("reauth", True)),
        )


def _truth(name: str, told: Any) -> bool:
    """Read `reauth` of a connection as Airflow's own hook does."""
    known = {True: True, False: False} | dict.fromkeys(_YES, True) | dict.fromkeys(_NO, False)
    word = told.lower() if isinstance(told, str) else bool(told)
    if word not in known:
        message = f"the Airflow connection '{name}' has 'reauth' {told!r}; it is true or false"
        raise MLineError(message, code="no-secret")
    return known[word]


def log_in_before_it_asks(client: Any, name: str) -> Any:
    """Let a Docker client log in by a connection before it asks a registry; return it.

    Whose images are in the engine needs no registry, which may be away.
    """

    @cache
    def once() -> None:
        try:
            log_in(client, name)
        except MLineError as error:
            # As it is, an image would be told to be missing for what the registry said.
            raise MLineError(str(error), code=error.code) from error

    for method in ("pull", "inspect_distribution"):
        setattr(client, method, _after(once, getattr(client, method)))
    return client


def _after(first: Callable[[], None], then: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(then)
    def both(*arguments: Any, **more: Any) -> Any:
        first()
        return then(*arguments, **more)

    return both
