"""How a profile wants its containers: the keys of `docker:`, and `shared_folder`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from mline_airflow.dag_factory.quantities import memory
from mline_airflow.failures import MLineError, NotAllowedError

Pull = Literal["missing", "always", "never"]
FilesBy = Literal["auto", "archive"]
SHM_SIZE = 1 << 30
"""PyTorch's data loaders share tensors in /dev/shm, for which Docker's own 64 MiB are too few."""


@dataclass(frozen=True)
class SharedFolder:
    """A folder that this machine and the engine's see, perhaps under another path each."""

    here: Path
    there: str

    @classmethod
    def parse(cls, text: str) -> SharedFolder:
        """Read `/path`, or `/path/here:/path/there`."""
        here, _, there = text.partition(":")
        return cls(Path(here), there or here)


@dataclass(frozen=True, kw_only=True)
class DockerSettings:
    """What containers of a profile have in common."""

    url: str | None = None
    connection: str | None = None
    """The id of an Airflow connection: the login of an image registry."""
    ca: str | None = None
    cert: str | None = None
    key: str | None = None
    network: str | None = None
    user: str | None = None
    dns: tuple[str, ...] = ()
    extra_hosts: Mapping[str, str] = field(default_factory=dict)
    shm_size: int = SHM_SIZE
    read_only: bool = False
    pull: Pull = "missing"
    files: FilesBy = "auto"
    """How files get into containers; `auto` is a folder of this machine where that is quicker."""
    shared: SharedFolder | None = None

    @classmethod
    def from_profile(cls, profile: Mapping[str, Any]) -> DockerSettings:
        """Read a profile; raises MLineError for a key that it cannot have."""
        given = dict(profile.get("docker") or {})
        tls = dict(given.pop("tls", None) or {})
        _only(profile, "docker.tls", tls, ("ca", "cert", "key"))
        _only(profile, "docker", given, _KEYS)
        shared = profile.get("shared_folder")
        settings = cls(
            **{key: given[key] for key in _PLAIN if given.get(key) is not None},
            **tls,
            user=None if given.get("user") is None else str(given["user"]),
            dns=tuple(given.get("dns") or ()),
            shm_size=memory(str(given.get("shm_size") or "")) or SHM_SIZE,
            pull=cast("Pull", _one_of("pull", given, ("missing", "always", "never"))),
            files=cast("FilesBy", _one_of("files", given, ("auto", "archive"))),
            shared=SharedFolder.parse(shared) if shared else None,
        )
        settings.check()
        return settings

    def check(self) -> None:
        """Refuse what would let a stage out of its container."""
        if self.network == "host" or (self.network or "").startswith("container:"):
            raise NotAllowedError(f"docker: a stage may not have the network '{self.network}'")


_PLAIN = ("url", "connection", "network", "extra_hosts", "read_only")
_KEYS = (*_PLAIN, "user", "dns", "shm_size", "pull", "files")


def _only(
    profile: Mapping[str, Any], where: str, given: Mapping[str, Any], known: tuple[str, ...]
) -> None:
    for key in given:
        if key not in known:
            name = profile.get("name", "")
            names = ", ".join(f"'{one}'" for one in sorted(known))
            message = f"profile '{name}': {where} has no key '{key}'; it has {names}"
            raise MLineError(message, code="bad-profile")


def _one_of(key: str, given: Mapping[str, Any], known: tuple[str, ...]) -> str:
    """Return a value, of which the first is what there is without one."""
    value = given.get(key) or known[0]
    if value not in known:
        names = ", ".join(f"'{one}'" for one in known)
        message = f"docker: {key} is '{value}'; it is one of {names}"
        raise MLineError(message, code="bad-profile")
    return str(value)
