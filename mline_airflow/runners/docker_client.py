"""A connection to a Docker Engine: of this machine, or a remote one over TCP with TLS."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mline_airflow.failures import MLineError

from .docker_settings import DockerSettings

TIMEOUT = 300.0
"""Seconds without a byte from the engine, which is unpacking an archive at worst."""

_USUAL = "unix:///var/run/docker.sock"


class EngineError(MLineError):
    """The Docker Engine could not be reached, or would not do what was asked."""

    code = "engine-failed"


def connect(settings: DockerSettings, timeout: float = TIMEOUT) -> Any:
    """Return a client of the engine that a profile names, else of the user's own.

    As with `docker` itself, that is the one of DOCKER_HOST, else of the current context.
    """
    from docker import APIClient
    from docker.utils import kwargs_from_env

    arguments: dict[str, Any] = {"base_url": settings.url} if settings.url else kwargs_from_env()
    ca, cert, key = certificates(settings.ca, settings.cert, settings.key)
    if ca or cert:
        arguments["tls"] = tls_config(ca, cert, key)
    elif "base_url" not in arguments:
        arguments = of_context()
    address = arguments.get("base_url", _USUAL)
    with telling(f"the Docker Engine at {address}"):
        version = api_version(**arguments, timeout=timeout)
        return APIClient(**arguments, timeout=timeout, version=version)


def api_version(**arguments: Any) -> str | None:
    """Return the version of an engine's interface, None when it does not tell.

    Raises EngineError where there is no such socket, and what the SDK raises (see `telling`).

    `arguments` are those of a client. The SDK asks for more, `/version`, for which the engine
    starts three programs.
    """
    from docker import APIClient
    from docker.constants import DEFAULT_DOCKER_API_VERSION

    address = arguments.get("base_url", _USUAL)
    if address.startswith("unix://") and not Path("/" + address[7:].lstrip("/")).exists():
        raise EngineError(f"there is no Docker Engine at {address}; is it running?")
    # Any version will do to ask for the version: the path of the question has none.
    with APIClient(**arguments, version=DEFAULT_DOCKER_API_VERSION) as client:
        answer = client.get(f"{client.base_url}/_ping", timeout=client.timeout)
        client._raise_for_status(answer)  # noqa: SLF001 - the SDK's own errors
        found: str | None = answer.headers.get("Api-Version")
        return found


def version_of(client: Any) -> tuple[int, ...] | None:
    """Return the version of the interface that a client speaks, None for one that is no number."""
    try:
        return tuple(int(part) for part in str(client.api_version).split("."))
    except ValueError:
        return None


def is_local(client: Any) -> bool:
    """Tell whether an engine is at a socket of this machine."""
    return str(client.base_url) == "http+docker://localhost"


def certificates(
    ca: str | None, cert: str | None, key: str | None
) -> tuple[str | None, str | None, str | None]:
    """Return the files of a profile, else those that this user's `docker` would take."""
    folder = os.environ.get("DOCKER_CERT_PATH")
    if ca or cert or key or not folder or not os.environ.get("DOCKER_TLS_VERIFY"):
        return ca, cert, key
    own = (str(Path(folder, f"{name}.pem")) for name in ("ca", "cert", "key"))
    return next(own), next(own), next(own)


def tls_config(ca: str | None, cert: str | None, key: str | None) -> Any:
    """Return how to speak to an engine over TLS.

    REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE, which many a worker has for other reasons, would stand
    in for `ca` (https://github.com/psf/requests/issues/3829): the client does not read them.
    """
    from docker.tls import TLSConfig

    class OwnTLS(TLSConfig):  # type: ignore[misc]  # the SDK has no types
        def configure_client(self, client: Any) -> None:
            super().configure_client(client)
            client.trust_env = False

    pair = (cert, key) if cert and key else None
    return OwnTLS(client_cert=pair, ca_cert=ca, verify=True)


@contextmanager
def telling(what: str) -> Iterator[None]:
    """Turn what the SDK and its connections raise into one sentence."""
    import requests
    from docker.errors import APIError, DockerException

    try:
        yield
    except APIError as error:
        raise EngineError(f"{what}: {explanation(error)}") from error
    except (DockerException, requests.exceptions.RequestException, OSError) as error:
        raise EngineError(f"{what} does not answer: {_innermost(error)}") from error


def is_gone(error: EngineError) -> bool:
    """Tell whether the engine has no such container."""
    from docker.errors import NotFound

    return isinstance(error.__cause__, NotFound)


def is_leaving(client: Any, container: str) -> bool:
    """Tell whether a container is gone, or going: then what it has not is no news."""
    try:
        with telling("the Docker Engine"):
            state = client.inspect_container(container)["State"]["Status"]
    except EngineError as error:
        return is_gone(error)
    return state in ("removing", "dead")


def is_conflict(error: EngineError) -> bool:
    """Tell whether the engine has another container of the same name."""
    from docker.errors import APIError

    cause = error.__cause__
    return isinstance(cause, APIError) and cause.status_code == 409


def explanation(error: Any) -> str:
    """Return what the engine said."""
    told = error.explanation or str(error)
    return (told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)).strip()


def _innermost(error: BaseException) -> str:
    """Return the first cause: the rest is how the libraries passed it on."""
    seen = {id(error)}
    while (below := error.__cause__ or error.__context__) and id(below) not in seen:
        seen.add(id(below))
        error = below
    return str(error) or type(error).__name__


def of_context() -> dict[str, Any]:
    """Return the address of the `docker` command's context, and its TLS; nothing for the usual."""
    from docker.context import ContextAPI

    context = ContextAPI.get_current_context()
    if context is None or context.Host is None:
        return {}
    return {"base_url": context.Host, "tls": context.TLSConfig or False}
