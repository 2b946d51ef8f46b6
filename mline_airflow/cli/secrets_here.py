"""Secrets of a run without Airflow: environment variables, under the names that Airflow has."""

from __future__ import annotations

import json
import os
from urllib.parse import parse_qs, unquote, urlsplit

from ..failures import MLineError

_PARTS = ("conn_type", "login", "password", "host", "port", "schema")


def secret(reference: str) -> str:
    """Return the value of `variable.NAME`, `connection.ID` or `connection.ID.part`.

    Raises MLineError that names the variable to set.
    """
    kind, _, rest = reference.partition(".")
    if kind == "variable":
        return _variable(f"AIRFLOW_VAR_{rest.upper()}", reference)
    name, _, part = rest.partition(".")
    variable = f"AIRFLOW_CONN_{name.upper()}"
    text = _variable(variable, reference)
    if part in {"", "uri"}:
        return text
    value = _parts(text).get(part.removeprefix("extra."))
    if value is None:
        raise MLineError(f"the connection in {variable} has no '{part}'", code="no-secret")
    return value


def _variable(name: str, reference: str) -> str:
    value = os.environ.get(name)
    if value is None:
        message = f"the secret '{reference}' is read from {name} here, and that is not set"
        raise MLineError(message, code="no-secret")
    return value


def _parts(text: str) -> dict[str, str]:
    """Read a connection as Airflow writes it: JSON, or a URI."""
    if text.lstrip().startswith("{"):
        given = json.loads(text)
        extra = given.get("extra") or {}
        extra = json.loads(extra) if isinstance(extra, str) else extra
        return {k: str(v) for k, v in {**extra, **given}.items() if k != "extra" and v is not None}
    url = urlsplit(text)
    found = {key: values[0] for key, values in parse_qs(url.query).items()}
    own = (url.scheme, url.username, url.password, url.hostname, url.port, url.path.strip("/"))
    for key, value in zip(_PARTS, own, strict=True):
        if value:
            found[key] = unquote(str(value))
    return found
