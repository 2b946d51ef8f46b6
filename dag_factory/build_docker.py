"""Tree to model: `docker` of a profile, how its containers are made."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .reader import Read, Reader

if TYPE_CHECKING:
    from yaml import Node

PULL = ("missing", "always", "never")
FILES = ("auto", "archive")
TLS = ("ca", "cert", "key")
_URL = re.compile(r"(?:unix|tcp|http|https|ssh|npipe)://\S+")


def docker_settings(reader: Reader, node: Node) -> dict[str, Any]:
    """Read the settings of the Docker runner."""
    table: dict[str, Read] = {
        "url": lambda n: _url(reader, n),
        "connection": reader.text,
        "tls": lambda n: _tls(reader, n),
        "network": lambda n: _network(reader, n),
        "user": reader.text,
        "dns": lambda n: list(reader.texts(n) or ()) or None,
        "extra_hosts": lambda n: _hosts(reader, n),
        "shm_size": reader.memory,
        "read_only": reader.boolean,
        "pull": lambda n: reader.one_of(n, PULL),
        "files": lambda n: reader.one_of(n, FILES),
    }
    return reader.table(node, table, "'docker'")


def _url(reader: Reader, node: Node) -> str | None:
    word = reader.word(node)
    if word is None or _URL.fullmatch(word.text):
        return word.text if word else None
    message = (
        f"'{word.text}' is not where a Docker Engine is; write unix:///path/docker.sock or "
        "tcp://host:2376"
    )
    reader.found.add("invalid-url", word.span, message)
    return None


def _tls(reader: Reader, node: Node) -> dict[str, str]:
    got: dict[str, str] = reader.table(node, dict.fromkeys(TLS, reader.text), "'tls'")
    for one, other in (("cert", "key"), ("key", "cert")):
        if one in got:
            reader.require(got, node, [other], f"'tls' with '{one}'")
    return got


def _network(reader: Reader, node: Node) -> str | None:
    word = reader.word(node)
    if word is None:
        return None
    if word.text == "host" or word.text.startswith("container:"):
        message = (
            f"a stage may not have the network '{word.text}', which is not its own; name a network "
            "of the engine, bridge or none"
        )
        reader.found.add("invalid-network", word.span, message)
        return None
    return word.text


def _hosts(reader: Reader, node: Node) -> dict[str, str]:
    pairs = (
        (k.value, reader.text(v)) for k, v in reader.pairs(node, "a map of names and addresses")
    )
    return {name: address for name, address in pairs if address is not None}
