"""A service's container: what the engine is asked for, and the files that lie in it."""

from __future__ import annotations

import io
import json
import socket
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from mline_airflow.runners.docker_limits import Limits
from mline_airflow.runners.docker_settings import DockerSettings
from mline_airflow.stages.references import ROOT
from mline_airflow.stages.workspace import remove_tree

from .spec import Spec
from .values import short_hash

SERVICE = "mline.service"


def arguments_of(
    client: Any,
    settings: DockerSettings,
    spec: Spec,
    *,
    id_: str,
    network: str,
    publish_on: str | None,
) -> dict[str, Any]:
    """Return what `create_container` is called with; `publish_on` is an address of its machine."""
    ports = [offer["port"] for offer in spec.service["offers"].values()]
    networking = client.create_networking_config(
        {network: client.create_endpoint_config(aliases=[spec.id])}
    )
    host = _host(client, settings, spec)
    if publish_on is not None:
        # Not left to the engine: it takes another one when a network is joined.
        host["port_bindings"] = {port: (publish_on, _free_port()) for port in ports}
    return {
        "image": spec.service.get("image", ""),
        "name": f"{spec.slug}-{id_[:6]}",
        "hostname": spec.id.replace("_", "-"),
        "command": None if spec.command is None else list(spec.command),
        "entrypoint": list(spec.entrypoint) or None,
        "environment": {**spec.env, "MLINE_FILES": f"{ROOT}/files"},
        "working_dir": f"{ROOT}/files" if spec.files is not None else None,
        "ports": ports,
        "labels": _labels(spec, id_),
        "host_config": client.create_host_config(**host),
        "networking_config": networking,
    }


@contextmanager
def files_archive(spec: Spec) -> Iterator[IO[bytes]]:
    """Give an archive of `/mline`: the service's files, and its first lease."""
    with tempfile.TemporaryDirectory(prefix="mline-service-") as folder:
        home = Path(folder, "home")
        home.mkdir()
        if spec.files is not None:
            spec.store.get(spec.files.artifact, home / "bundle")
            (home / "bundle" / "code").rename(home / "files")
            remove_tree(home / "bundle")
        (home / "users").mkdir()
        lease = _lease(spec.run, time.time() + spec.first_lease)
        (home / "users" / short_hash(spec.run)).write_bytes(lease)
        with tempfile.TemporaryFile() as file:
            with tarfile.open(fileobj=file, mode="w") as archive:
                archive.add(home, ROOT.strip("/"), filter=_plain)
            file.seek(0)
            yield file


def lease_archive(run: str, expires: float) -> bytes:
    """Return an archive with one file: a run's lease."""
    data = _lease(run, expires)
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        info = tarfile.TarInfo(f"{ROOT.strip('/')}/users/{short_hash(run)}")
        info.size, info.mode, info.mtime = len(data), 0o644, int(time.time())
        tar.addfile(info, io.BytesIO(data))
    return archive.getvalue()


def _host(client: Any, settings: DockerSettings, spec: Spec) -> dict[str, Any]:
    """Return the container's surroundings and limits."""
    host: dict[str, Any] = {
        "security_opt": ["no-new-privileges"],
        "dns": list(settings.dns) or None,
        "extra_hosts": dict(settings.extra_hosts) or None,
        "shm_size": settings.shm_size,
    }
    host |= Limits.of(spec.service.get("resources", {})).host_config(client, lambda _: None)
    return {key: value for key, value in host.items() if value is not None}


def _labels(spec: Spec, id_: str) -> dict[str, str]:
    return {
        **spec.service.get("labels", {}),
        "mline.experiment": spec.experiment,
        "mline.run": spec.run,
        SERVICE: spec.id,
        "mline.slug": spec.slug,
        "mline.instance": id_,
        "mline.scope": spec.service["scope"],
        "mline.store_url": spec.store.url,
        "mline.lease": repr(time.time() + spec.first_lease),
        "mline.offers": json.dumps(spec.service["offers"]),
        "mline.secrets": json.dumps(spec.secrets),
    }


def _lease(run: str, expires: float) -> bytes:
    return json.dumps({"run": run, "expires": expires}).encode("utf-8")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """Let any user of the container read the files, and own none of them but root."""
    info.uid = info.gid = 0
    info.uname = info.gname = "root"
    info.mode = 0o755 if info.isdir() or info.mode & 0o100 else 0o644
    return info
