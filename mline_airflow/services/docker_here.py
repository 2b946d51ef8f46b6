"""Whether loopback of an engine's machine is this process's own: then its ports are."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mline_airflow.runners.docker_client import is_local, telling

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_MARKS = (Path("/.dockerenv"), Path("/run/.containerenv"))
"""What Docker and Podman put into a container."""


def is_here(client: Any) -> bool:
    """Tell whether ports that the engine publishes on loopback can be reached from here.

    A worker in a container that was given the socket of its host cannot: the names of the two
    machines differ then. (A desktop's engine has another name, too, and passes its ports on.)
    """
    if not is_local(client):
        return urlsplit(client.base_url).hostname in _LOOPBACK
    if not _in_container():
        return True
    with telling("the Docker Engine"):
        return bool(client.info()["Name"] == socket.gethostname())


def _in_container() -> bool:
    in_pod = "KUBERNETES_SERVICE_HOST" in os.environ
    return in_pod or any(mark.exists() for mark in _MARKS)
