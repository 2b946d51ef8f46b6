"""Images: found in the engine or in a registry, named by digest, pulled when they are missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mline_airflow.failures import MLineError

from .docker_client import explanation, telling
from .docker_settings import Pull


class ImageError(MLineError):
    """There is no such image, neither in the engine nor where it could be pulled from."""

    code = "no-image"


@dataclass(frozen=True)
class Image:
    """An image of the engine. `digest` is the registry's, else the image's own."""

    name: str
    digest: str
    entrypoint: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    user: str = ""
    """Empty: root."""
    working_dir: str = ""


def look_up(client: Any, name: str, pull: Pull) -> Image:
    """Return an image that the engine has to pull, as far as its registry tells: its digest."""
    if pull == "never":
        raise _not_there(name, "the profile has `pull: never`")
    from docker.errors import APIError

    try:
        with telling(f"image '{name}'"):
            told = client.inspect_distribution(name)
    except MLineError as error:
        cause = error.__cause__
        raise _not_there(
            name, explanation(cause) if isinstance(cause, APIError) else str(error)
        ) from error
    return Image(name, str(told["Descriptor"]["digest"]))


def have(client: Any, name: str, pull: Pull, log: Callable[[str], None]) -> Image:
    """Return an image of the engine, which is pulled if need be."""
    found = None if pull == "always" else inspect(client, name)
    if found is None:
        if pull == "never":
            raise _not_there(name, "the profile has `pull: never`")
        _pull(client, name, log)
        found = inspect(client, name)
    if found is None:
        raise _not_there(name, "it was pulled, and is gone")
    return found


def inspect(client: Any, name: str) -> Image | None:
    """Return an image that is in the engine, None for another."""
    from docker.errors import ImageNotFound

    try:
        with telling(f"image '{name}'"):
            found = client.inspect_image(name)
    except MLineError as error:
        if isinstance(error.__cause__, ImageNotFound):
            return None
        raise
    config = found.get("Config") or {}
    variables = [one.partition("=") for one in config.get("Env") or ()]
    return Image(
        name,
        _digest(name, found),
        tuple(config.get("Entrypoint") or ()),
        {key: value for key, _, value in variables},
        tuple(config.get("Cmd") or ()),
        config.get("User") or "",
        config.get("WorkingDir") or "",
    )


def _digest(name: str, found: Mapping[str, Any]) -> str:
    """Return the digest that the registry has it under; a built image has only its own."""
    known = [one.partition("@") for one in found.get("RepoDigests") or ()]
    repository = _repository(name)
    own = [digest for place, _, digest in known if place == repository]
    return str((own or [digest for *_, digest in known] or [found["Id"]])[0])


def _repository(name: str) -> str:
    bare = name.partition("@")[0]
    head, slash, tail = bare.rpartition("/")
    return head + slash + tail.partition(":")[0]


def _pull(client: Any, name: str, log: Callable[[str], None]) -> None:
    from docker.utils import parse_repository_tag

    log(f"pulling image {name}")
    repository, tag = parse_repository_tag(name)
    try:
        with telling(f"image '{name}'"):
            # Without a tag the engine would pull all of them.
            for told in client.pull(repository, tag=tag or "latest", stream=True, decode=True):
                if "error" in told:
                    raise _not_there(name, told["error"])
    except ImageError:
        raise
    except MLineError as error:
        from docker.errors import APIError

        if isinstance(error.__cause__, APIError):
            raise _not_there(name, explanation(error.__cause__)) from error
        raise


def _not_there(name: str, reason: str) -> ImageError:
    return ImageError(f"image '{name}' is not in the Docker Engine and cannot be pulled: {reason}")
