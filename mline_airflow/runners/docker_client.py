"""A connection to a Docker Engine: of this machine, or a remote one over TCP with TLS."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mline_airflow.failures import MLineError

from .docker_settings import DockerSettings

TIMEOUT = 300.0
"""Seconds without a byte from the engine, which is unpacking an archive at worst."""

_USUAL = "unix:///var/run/docker.sock"
_KEEP_ALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}
"""After a minute of silence ask the other machine four times, then take it for gone."""


class EngineError(MLineError):
    """The Docker Engine could not be reached, or would not do what was asked."""

    code = "engine-failed"


def connect(settings: DockerSettings, timeout: float = TIMEOUT) -> Any:
    """Return a client of the engine that a profile names, else of the user's own.

    As with `docker` itself, that is the one of DOCKER_HOST, else of DOCKER_CONTEXT, else of the
    current context.
    """
    from docker import APIClient
    from docker.utils import kwargs_from_env

    named = bool(settings.url or os.environ.get("DOCKER_HOST"))
    # First: what the SDK says of files that it misses names none of them.
    ca, cert, key = certificates(settings.ca, settings.cert, settings.key, named=named)
    tls = tls_config(ca, cert, key) if ca or cert else None
    arguments: dict[str, Any] = {"base_url": settings.url}
    if not named:
        arguments = {"base_url": _USUAL} | of_context()
    elif not settings.url:
        with telling("the Docker Engine of DOCKER_HOST"):
            arguments = kwargs_from_env()
    if tls is not None:
        arguments["tls"] = tls
    address = arguments["base_url"]
    check_address(address)
    with telling(f"the Docker Engine at {address}"):
        version = api_version(**arguments, timeout=timeout)
        return keep_alive(APIClient(**arguments, timeout=timeout, version=version))


def keep_alive(client: Any) -> Any:
    """Let a client notice that a remote engine's machine, or the way to it, is gone; return it.

    Who follows a stage waits for as long as it runs: without this, for ever.
    """
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection

    known = ((getattr(socket, name, None), value) for name, value in _KEEP_ALIVE.items())
    options = [
        *HTTPConnection.default_socket_options,
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        *((socket.IPPROTO_TCP, option, value) for option, value in known if option is not None),
    ]

    class Lasting(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **more: Any) -> None:
            super().init_poolmanager(*args, **more, socket_options=options)

        def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
            return super().proxy_manager_for(proxy, **more, socket_options=options)

    through = getattr(getattr(client, "_custom_adapter", None), "ssh_client", None)
    if through is not None:
        through.get_transport().set_keepalive(_KEEP_ALIVE["TCP_KEEPIDLE"])
    scheme = f"{client.base_url.partition('://')[0]}://"
    if scheme in ("http://", "https://"):
        client.get_adapter(client.base_url).close()
        client.mount(scheme, Lasting())
    return client


def check_address(address: str) -> None:
    """Raise EngineError for what is no address of an engine, or one that nothing here speaks to."""
    from docker.errors import DockerException
    from docker.utils import parse_host

    try:
        parse_host(address)
    except (DockerException, ValueError) as error:
        message = (
            f"'{address}' is no address of a Docker Engine, such as 'tcp://host:2376' "
            f"or '{_USUAL}': {error}"
        )
        raise EngineError(message) from error
    if address.startswith("ssh://") and find_spec("paramiko") is None:
        message = (
            f"'{address}': to reach a Docker Engine over SSH, the Python that runs MLine needs "
            "paramiko, which is not installed: pip install paramiko"
        )
        raise EngineError(message)


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
    ca: str | None, cert: str | None, key: str | None, *, named: bool
) -> tuple[str | None, str | None, str | None]:
    """Return the files of a profile, else those that this user's `docker` would take.

    A context has its own; the environment's are for an engine that is `named` otherwise.
    """
    folder = os.environ.get("DOCKER_CERT_PATH") if named else None
    if ca or cert or key or not folder or not os.environ.get("DOCKER_TLS_VERIFY"):
        return ca, cert, key
    own = (str(Path(folder, f"{name}.pem")) for name in ("ca", "cert", "key"))
    return next(own), next(own), next(own)


def tls_config(ca: str | None, cert: str | None, key: str | None) -> Any:
    """Return how to speak to an engine over TLS; raises EngineError for a file that is not there.

    REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE, which many a worker has for other reasons, would stand
    in for `ca` (https://github.com/psf/requests/issues/3829): the client does not read them.
    """
    from docker.tls import TLSConfig

    class OwnTLS(TLSConfig):  # type: ignore[misc]  # the SDK has no types
        def configure_client(self, client: Any) -> None:
            super().configure_client(client)
            client.trust_env = False

    for path in filter(None, (ca, cert, key)):
        if not Path(path).is_file():
            raise EngineError(f"the TLS of the Docker Engine: there is no file '{path}'")
    pair = (cert, key) if cert and key else None
    return OwnTLS(client_cert=pair, ca_cert=ca, verify=True)


@contextmanager
def telling(what: str) -> Iterator[None]:
    """Turn what the SDK and its connections raise into one sentence."""
    import requests
    from docker.errors import APIError, DockerException, TLSParameterError

    try:
        yield
    except APIError as error:
        raise EngineError(f"{what}: {explanation(error)}") from error
    except TLSParameterError as error:
        raise EngineError(f"{what}: its TLS: {error.msg.rstrip('.')}") from error
    except (DockerException, requests.exceptions.RequestException, OSError, *_of_ssh()) as error:
        raise EngineError(f"{what} does not answer: {_innermost(error)}") from error


def _of_ssh() -> tuple[type[Exception], ...]:
    """Return what paramiko raises, through which the SDK speaks SSH, beside OSError."""
    try:
        from paramiko import SSHException
    except ImportError:
        return ()
    return (SSHException, EOFError)


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
    """Return the address of the `docker` command's context, and its TLS; nothing for the usual.

    Raises EngineError for one that is not there, or cannot be read: `docker` itself takes no other
    engine then.
    """
    from docker.context import ContextAPI
    from docker.context.config import get_current_context_name

    name = os.environ.get("DOCKER_CONTEXT") or get_current_context_name()
    try:
        context = ContextAPI.get_context(name)
    except Exception as error:  # the SDK raises bare ones
        message = f"the context '{name}' of the `docker` command cannot be read: {error}"
        raise EngineError(message) from error
    if context is None:
        message = f"the `docker` command has no context '{name}'; `docker context ls` lists them"
        raise EngineError(message)
    if not context.Host:
        return {}
    return {"base_url": context.Host, "tls": context.TLSConfig or False}
