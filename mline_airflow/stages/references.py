"""Values of a plan at run time: `{"$ref": what}` becomes what it stands for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..failures import MLineError

ROOT = "/mline"
"""Where a stage finds its folders; the process runner puts them elsewhere."""

ServiceAddress = Mapping[str, Mapping[str, Any]]
"""Endpoint -> `{"url", "host", "port"}`."""


@dataclass(frozen=True)
class Scope:
    """What the references of one task stand for."""

    run: str
    params: Mapping[str, Any]
    point: Mapping[str, Any] = field(default_factory=dict)
    services: Callable[[str], ServiceAddress] | None = None
    secret: Callable[[str], str] | None = None
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Name -> reference to a connection or variable."""
    adapted: frozenset[str] = frozenset()
    """Input and output ports (`in.x`, `out.x`) that a command finds in converted form."""

    def resolve(self, value: Any, root: str = ROOT) -> Any:
        """Return a value with every reference replaced; paths start with `root`."""
        if isinstance(value, Mapping):
            if value.keys() == {"$ref"}:
                return self._look_up(str(value["$ref"]), root)
            return {key: self.resolve(item, root) for key, item in value.items()}
        if isinstance(value, list):
            return [self.resolve(item, root) for item in value]
        return value

    def public(self, value: Any) -> Any:
        """Resolve what may be told: secrets and the addresses of services stay references."""
        if isinstance(value, Mapping):
            if value.keys() == {"$ref"} and str(value["$ref"]).startswith(
                ("secrets.", "services.")
            ):
                return dict(value)
            if value.keys() == {"$ref"}:
                return self._look_up(str(value["$ref"]), ROOT)
            return {key: self.public(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.public(item) for item in value]
        return value

    def path(self, direction: str, port: str, root: str = ROOT) -> str:
        """Return the path of a port (`in` or `out`) as the user's code sees it."""
        folder = f"adapted/{direction}" if f"{direction}.{port}" in self.adapted else direction
        return f"{root}/{folder}/{port}"

    def secret_value(self, name: str) -> str:
        """Return a secret; it is looked up where the caller keeps secrets."""
        if self.secret is None:
            raise MLineError(f"there is no place to look up the secret '{name}'", code="no-secret")
        return self.secret(self.secrets.get(name, name))

    def _look_up(self, what: str, root: str) -> Any:
        kind, _, name = what.partition(".")
        if kind == "params" and name in self.params:
            return self.params[name]
        if kind == "point" and name in self.point:
            return self.point[name]
        if kind in ("in", "out"):
            return self.path(kind, name, root)
        if what == "run.id":
            return self.run
        if kind == "secrets":
            return self.secret_value(name)
        if kind == "services":
            return self._service(name)
        raise MLineError(f"'${what}' has no value here", code="unknown-reference")

    def _service(self, name: str) -> Any:
        service, _, rest = name.partition(".")
        endpoint, _, part = rest.partition(".")
        try:
            known = self.services(service) if self.services is not None else {}
            return known[endpoint][part]
        except KeyError as error:
            message = f"service '{service}' is not running; '$services.{name}' has no value"
            raise MLineError(message, code="service-not-running") from error


def text_of(value: Any) -> str:
    """Return a value as an argument or variable: a string as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
