"""What a running service is: an instance, its users and their leases, and how it ended."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from mline_airflow.failures import MLineError
from mline_airflow.runners.process import exit_text

Endpoints = Mapping[str, Mapping[str, Any]]
"""Endpoint -> `{"host", "port", "url"}`."""

Reason = Literal["stopped", "ended", "lease", "gone", "memory"]


class ServiceError(MLineError):
    """A service could not be started, or is not there when a stage needs it."""

    code = "service-failed"

    def __init__(
        self, message: str, *, code: str | None = None, last_lines: Sequence[str] = ()
    ) -> None:
        super().__init__(message + "".join(f"\n  {line}" for line in last_lines), code=code)
        self.last_lines = tuple(last_lines)


class ServiceGoneError(ServiceError):
    """The service that was started for a stage is not there: another try finds it no more."""

    code = "service-gone"


@dataclass(frozen=True)
class Exit:
    """How a service ended: `ended` by itself, or `stopped`, which is no failure."""

    reason: Reason
    status: int | None = None
    detail: str = ""

    def __str__(self) -> str:
        how = f" with {exit_text(self.status)}" if self.status is not None else ""
        words = {
            "stopped": "was stopped",
            "ended": f"ended by itself{how}",
            "lease": "was ended because nobody had renewed its lease",
            "gone": "is gone, and nothing says how it ended",
            "memory": "was ended: it needed more memory than it may have",
        }
        return words[self.reason] + (f": {self.detail}" if self.detail else "")

    def as_json(self) -> dict[str, Any]:
        """Return it for a record."""
        return {"reason": self.reason, "status": self.status, "text": str(self)}


@dataclass(frozen=True)
class Instance:
    """One start of a service, as the place where it runs knows it."""

    id: str
    """Another one for every start: a stage that finds another one was handed a dead one."""
    slug: str
    """The same for every start of this service in this run; what to find and replace it by."""
    experiment: str
    run: str
    service: str
    scope: str
    runner: str
    where: str
    """The container or process group, for people."""
    alive: bool
    exit: Exit | None = None
    users: Mapping[str, float] = field(default_factory=dict)
    """Run -> when its lease ends, in seconds since 1970."""
    store: str = ""
    """Where its log is kept."""
    secrets: tuple[str, ...] = ()
    """References to what its log must not show."""
    endpoints: Endpoints = field(default_factory=dict)
    """As processes of this machine reach it."""
    inside: Endpoints = field(default_factory=dict)
    """As containers of its networks reach it."""

    @property
    def expires(self) -> float:
        """When the last of its leases ends."""
        return max(self.users.values(), default=0.0)

    def is_leased(self, now: float | None = None) -> bool:
        """Tell whether some run has a lease on it."""
        return self.expires > (time.time() if now is None else now)

    def __str__(self) -> str:
        whose = f"run {self.run}" if self.scope == "run" else "all its runs"
        return f"service '{self.service}' of {self.experiment} ({whose}; {self.where})"


def slug_of(experiment: str, service: str, *what: str) -> str:
    """Return a name for folders, containers and networks: readable, and unique by its hash."""
    return f"{experiment}-{service}-{short_hash(experiment, service, *what)}"


def short_hash(*parts: str) -> str:
    """Return twelve digits that differ when a part does."""
    return hashlib.sha256("\0".join(parts).encode("utf-8")).hexdigest()[:12]


def addresses(offers: Mapping[str, Any], host: str, ports: Mapping[str, int]) -> Endpoints:
    """Return where endpoints are, given a host and the port of each."""
    return {
        name: {
            "host": host,
            "port": ports[name],
            "url": f"{offer['scheme']}://{host}:{ports[name]}",
        }
        for name, offer in offers.items()
        if name in ports
    }
