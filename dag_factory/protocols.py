"""What an endpoint speaks: the scheme of its URL, and what else it will do for.

A service says it with `offers: {sql: {port: 5432, protocol: postgres}}`, a stage type asks for it
with `needs: sql`.
"""

from __future__ import annotations

from typing import NamedTuple


class Protocol(NamedTuple):
    """A protocol: `scheme` begins its URLs, `is_` names the more general one that it is."""

    scheme: str
    is_: str = ""


PROTOCOLS = {
    "tcp": Protocol("tcp"),
    "http": Protocol("http"),
    "https": Protocol("https", "http"),
    "mlflow": Protocol("http", "http"),
    "s3": Protocol("http", "http"),
    "grpc": Protocol("grpc"),
    # SQLAlchemy knows no `postgres://`; libpq knows both.
    "sql": Protocol("postgresql"),
    "postgres": Protocol("postgresql", "sql"),
    "mysql": Protocol("mysql", "sql"),
    "redis": Protocol("redis"),
    "mongodb": Protocol("mongodb"),
    "amqp": Protocol("amqp"),
    "kafka": Protocol("kafka"),
    "mqtt": Protocol("mqtt"),
    "nats": Protocol("nats"),
}
"""Built in; a service may name one of its own when it says the scheme as well."""


class Endpoint(NamedTuple):
    """A port that a service listens on."""

    port: int
    scheme: str
    protocol: str

    def meets(self, need: str) -> bool:
        """Tell whether this will do where a stage type needs the protocol `need`."""
        name = self.protocol
        if name not in PROTOCOLS and name != need:
            name = self.scheme
        while name in PROTOCOLS and name != need:
            name = PROTOCOLS[name].is_
        return name == need


def guess(endpoint: str, scheme: str | None) -> str:
    """Return the protocol of an endpoint that says none: by its name, else by its scheme."""
    if endpoint in PROTOCOLS:
        return endpoint
    base = (scheme or "tcp").partition("+")[0]
    if base in PROTOCOLS:
        return base
    return next((n for n, one in PROTOCOLS.items() if one.scheme == base and one.is_), "tcp")
