"""The Docker Engine of the tests, as a pytest fixture; `docker.sh` installs and starts it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import pytest

_SCRIPT = Path(__file__).with_name("docker.sh")
_LEFT_OUT = 77
RELEASES = ("trixie", "bookworm")
"""Debian's present release and the one before; `debian-RELEASE` is an engine of its `docker.io`."""
NAME = os.environ.get("TEST_ENGINE") or "docker"
"""The engine that is meant when none is named; `docker.sh` says which there are."""


def address() -> str:
    """Return where the engine is when it runs, without starting it."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    own = f"unix://{Path(cache) / 'mline-tests' / NAME / 'run/docker.sock'}"
    return os.environ.get("TEST_DOCKER_HOST") or own


@dataclass(frozen=True)
class DockerEngine:
    """A running engine. `host` is for DOCKER_HOST; `tcp` answers whoever has the certificates."""

    host: str
    registry: str | None = None
    tcp: str | None = None
    certificates: Path | None = None
    name: str = NAME
    _loaded: dict[str, str] = field(default_factory=dict, repr=False)

    def image(self, name: str) -> str:
        """Return the full name of an image of `images.sh`, which the engine has from now on."""
        if name not in self._loaded:
            _run(self.name, "image", name)
            self._loaded[name] = f"mline-test/{name}:1"
        return self._loaded[name]

    def publish(self, name: str) -> str:
        """Put an image into the registry and return its name there, by digest."""
        return _run(self.name, "publish", name).strip()

    def client(self) -> Any:
        """Return a client of Docker's SDK; close it."""
        from docker import APIClient

        return APIClient(base_url=self.host)


@contextmanager
def running_engine(name: str = NAME) -> Iterator[DockerEngine]:
    """Start an engine, or share the one that another worker started; the last one stops it."""
    told = _run(name, "up", str(os.getpid()))
    values = dict(line.split("=", 1) for line in told.splitlines())
    certificates = values.get("TEST_DOCKER_CERTS")
    try:
        yield DockerEngine(
            values["DOCKER_HOST"],
            values.get("TEST_REGISTRY"),
            values.get("TEST_DOCKER_TCP"),
            Path(certificates) if certificates else None,
            name,
        )
    finally:
        _run(name, "down", str(os.getpid()))


@pytest.fixture(scope="session")
def docker_engine() -> Iterator[DockerEngine]:
    """The engine that all tests share."""
    with running_engine() as engine:
        yield engine


def missing(what: str) -> NoReturn:
    """Leave a test out for want of a program; in CI that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


def _run(engine: str, *arguments: str) -> str:
    environment = {**os.environ, "TEST_ENGINE": engine}
    done = subprocess.run(
        [_SCRIPT, *arguments], env=environment, check=False, capture_output=True, text=True
    )
    if done.returncode == _LEFT_OUT:
        missing(done.stderr.strip().splitlines()[-1])
    if done.returncode:
        pytest.fail(f"docker.sh {' '.join(arguments)}:\n{done.stderr[-4000:]}", pytrace=False)
    return done.stdout
