"""Whether a service is ready: its checks, one after the other, until each has passed."""

from __future__ import annotations

import re
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from mline_airflow.dag_factory.plan import Ready
from mline_airflow.runners.lines import LineReader, Masker

from .place import Place
from .spec import Spec
from .values import Exit, Instance, ServiceError

Log = Callable[[str], None]
_POLL = 0.1
_PATIENCE = 2.0
"""Seconds that one question may take."""
_COMMAND = 10.0
"""Seconds that a command may take, if so many are left."""
_RECENT = 1 << 16
"""Bytes of a log in which a pattern is looked for again, for what has not come whole."""
_SETTLED = 0.5
"""A service without any check has to live this long."""


class Follower:
    """Passes on what an instance prints, from its first line, and keeps the last of it."""

    def __init__(self, place: Place, spec: Spec, instance: Instance, log: Log) -> None:
        self._new = place.follow(instance)
        self.reader = LineReader(log, Masker(spec.masked))
        self._patterns = {check["log"] for check in spec.service["ready"] if "log" in check}
        self.matched: set[str] = set()
        """The patterns of `log` checks that a line has matched."""
        self._recent = bytearray()

    def poll(self) -> None:
        """Take what has come since the last time."""
        for piece in self._new():
            self.reader.feed(piece)
            self._recent += piece
            if len(self._recent) > 2 * _RECENT:
                self._match()
        self._match()

    def _match(self) -> None:
        text = self._recent.decode("utf-8", "replace")
        for pattern in self._patterns - self.matched:
            if re.search(pattern, text, re.MULTILINE):
                self.matched.add(pattern)
        if (most := len(self._recent) - _RECENT) > 0:
            del self._recent[: self._recent.find(b"\n", most) + 1 or most]

    def end(self) -> tuple[str, ...]:
        """Take the rest; return the last lines."""
        self.poll()
        self.reader.end()
        return tuple(self.reader.last)


def wait_until_ready(
    place: Place, spec: Spec, instance: Instance, log: Log, cancelled: Callable[[], bool]
) -> None:
    """Return when every check has passed; raises ServiceError with the real reason otherwise."""
    follower = Follower(place, spec, instance, log)
    begun = time.monotonic()
    checks = spec.service["ready"]
    waiting = _Waiting(place, spec, instance, follower, cancelled)
    for check in checks:
        waiting.for_check(check, begun + check["within"])
    if not checks:
        waiting.until(begun + _SETTLED)
    follower.end()
    waiting.look()


class _Waiting:
    def __init__(
        self,
        place: Place,
        spec: Spec,
        instance: Instance,
        follower: Follower,
        cancelled: Callable[[], bool],
    ) -> None:
        self.place = place
        self.spec = spec
        self.instance = instance
        self.follower = follower
        self.cancelled = cancelled
        self.masked = Masker(spec.masked)

    def for_check(self, check: Ready, deadline: float) -> None:
        """Ask until the answer is yes."""
        while True:
            self.follower.poll()
            answer = self.masked(self._ask(check, deadline))
            if answer == "":
                return
            self.look()
            if time.monotonic() > deadline:
                last = self.follower.end()
                message = (
                    f"service '{self.spec.id}' was not ready within {check['within']:g} s: {answer}"
                )
                raise ServiceError(message, code="service-not-ready", last_lines=last)
            time.sleep(_POLL)

    def until(self, moment: float) -> None:
        """Wait, and look whether it lives."""
        while time.monotonic() < moment:
            self.follower.poll()
            self.look()
            time.sleep(_POLL)

    def look(self) -> None:
        """Raise ServiceError when the service has ended, or is to end."""
        if self.cancelled():
            message = f"service '{self.spec.id}' was ended while it started"
            raise ServiceError(message, code="service-cancelled")
        now = self.place.get(self.instance.id)
        if now is None or not now.alive:
            how = (now.exit if now else None) or Exit("gone")
            last = self.follower.end()
            message = f"service '{self.spec.id}' did not start: it {how}"
            raise ServiceError(message, last_lines=last)

    def _ask(self, check: Ready, deadline: float) -> str:
        """Return why a check has not passed, or ""."""
        if "log" in check:
            found = check["log"] in self.follower.matched
            return "" if found else f"no line of its log matches '{check['log']}'"
        if "command" in check:
            return self._command(check["command"], deadline - time.monotonic())
        endpoint = check["endpoint"]
        if "http" in check:
            return self._http(endpoint, check["http"])
        port = self.spec.service["offers"][endpoint]["port"]
        if self.place.listens(self.instance, endpoint, port):
            return ""
        return f"nothing listens on port {port} ('{endpoint}')"

    def _command(self, command: list[str], left: float) -> str:
        seconds = max(_PATIENCE, min(_COMMAND, round(left, 1)))
        status, output = self.place.execute(self.instance, command, seconds)
        if status == 0:
            return ""
        last = output.strip().rpartition("\n")[2]
        return f"'{' '.join(command)}' said {status}" + (f": {last}" if last else "")

    def _http(self, endpoint: str, path: str) -> str:
        reached = self.place.reach(self.instance, endpoint)
        if reached is None:
            return "this worker cannot reach the engine's ports; use a `log` or `command` check"
        scheme = self.spec.service["offers"][endpoint]["scheme"]
        scheme = scheme if scheme in {"http", "https"} else "http"
        host, port = reached
        url = f"{scheme}://{host}:{port}/{path.lstrip('/')}"
        try:
            with _OPENER.open(url, timeout=_PATIENCE) as response:
                return "" if response.status < 400 else f"{path} says {response.status}"
        except urllib.error.HTTPError as error:
            error.close()
            return f"{path} says {error.code}"
        except (OSError, ValueError) as error:
            return f"{path} cannot be read: {getattr(error, 'reason', error)}"
        except Exception as error:  # noqa: BLE001 - http.client has its own kinds for garbage
            return f"{path} cannot be read: {error!r}"


def _trusting() -> ssl.SSLContext:
    """Return what takes any certificate: it is for the service's name, and we ask at 127.0.0.1.

    A check carries no data, and is asked at an address that the engine gave; Kubernetes does so:
    https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
    """
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


# A proxy of the worker's environment knows nothing of a service.
_OPENER: Any = urllib.request.build_opener(
    urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=_trusting())
)


def stays_open(host: str, port: int, seconds: float = 0.25) -> bool:
    """Tell whether a connection holds: a port that an engine publishes accepts every one first."""
    try:
        with socket.create_connection((host, port), 1) as connection:
            connection.settimeout(seconds)
            return bool(connection.recv(1))
    except TimeoutError:
        return True
    except OSError:
        return False
