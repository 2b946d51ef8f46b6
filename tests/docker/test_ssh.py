"""An engine of another machine behind its SSH server, as `ssh://` names it."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from docker_engine import missing
from workbench import Workbench, gives, takes

sys.path.insert(0, str(Path(__file__).parent.parent / "services"))

from servicebench import DockerBench, free_port, wait_for

from mline_airflow.runners import docker_client
from mline_airflow.runners.docker_client import EngineError, connect
from mline_airflow.runners.docker_settings import DockerSettings
from mline_airflow.services.docker_exec import run_in
from mline_airflow.services.place import place_for

if TYPE_CHECKING:
    from docker_engine import DockerEngine

Bench = Callable[..., Workbench]


class Server(NamedTuple):
    """An SSH server: `url` for who has the home's key and knows the server's."""

    url: str
    home: Path


@pytest.fixture(scope="module")
def server(
    docker_engine: DockerEngine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server that starts, whatever it is asked for, what reaches the engine."""
    program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        missing("there is no sshd: `tests/engines/docker.sh prepare` installs it")
    if os.getuid():
        missing("not root: an SSH server of our own needs root")
    folder = tmp_path_factory.mktemp("ssh")
    keys = folder / "home" / ".ssh"
    keys.mkdir(mode=0o700, parents=True)
    own, host, port = keys / "id_ed25519", folder / "host", free_port()
    for key in (own, host):
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key))
    public = host.with_suffix(".pub").read_text()
    (keys / "known_hosts").write_text(f"[127.0.0.1]:{port} {public}")
    dial = f"DOCKER_HOST={docker_engine.host} exec docker system dial-stdio"
    settings = folder / "config"
    settings.write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {host}\nPidFile none\nStrictModes no\n"
        f"AuthorizedKeysFile {own}.pub\nPasswordAuthentication no\nUsePAM no\n"
        f"KbdInteractiveAuthentication no\nForceCommand {dial}\n"
    )
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where it leaves its rights behind
    log = folder / "log"
    command = [program, "-D", "-e", "-f", str(settings)]
    with log.open("w") as file:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=file)
    try:
        wait_for(lambda: _answers(process, port, log), what="the SSH server")
        user = pwd.getpwuid(os.getuid()).pw_name
        yield Server(f"ssh://{user}@127.0.0.1:{port}", keys.parent)
    finally:
        process.terminate()
        process.wait()


def _answers(process: subprocess.Popen[bytes], port: int, log: Path) -> bool:
    assert process.poll() is None, log.read_text()
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def url(server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the engine's address for this process, whose home has the keys."""
    # The tests' engine stays in the cache of this user.
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    monkeypatch.setenv("XDG_CACHE_HOME", cache)
    monkeypatch.setenv("HOME", str(server.home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    return server.url


def test_a_stage_of_an_engine_behind_ssh_gets_and_gives_its_files(bench: Bench, url: str) -> None:
    here = bench(url=url)
    here.write("in", "A")
    here.task(
        "s",
        {
            "run": 'cp "$IN_DATA" "$OUT_SMALL"; head -c 9000000 /dev/zero > "$OUT_LARGE"\n'
            "for i in 1 2 3; do echo line $i; done"
        },
        inputs={"data": takes("in")},
        outputs={"small": gives("small"), "large": gives("large")},
    )
    record = here.run("s")
    assert record["outputs"]["large"]["size"] == 9_000_000
    assert record["outputs"]["small"]["digest"] == record["inputs"]["data"]["digest"]
    assert {"line 1", "line 2", "line 3"} <= set(here.lines)


def test_a_command_in_a_container_behind_ssh_answers_or_takes_too_long(
    docker_engine: DockerEngine, url: str
) -> None:
    remote = connect(DockerSettings(url=url))
    try:
        host = remote.create_host_config(init=True)
        image = docker_engine.image("busybox")
        made = remote.create_container(image, ["sleep", "600"], host_config=host)["Id"]
        try:
            remote.start(made)
            script = "echo begun; head -c 300000 /dev/zero; echo done; exit 3"
            status, told = run_in(remote, made, ["sh", "-c", script], 30)
            assert (status, len(told)) == (3, 300_011)
            assert told.startswith(b"begun\n")
            assert told.endswith(b"done\n")
            with pytest.raises(TimeoutError):
                run_in(remote, made, ["sleep", "600"], 0.5)
        finally:
            remote.remove_container(made, force=True)
    finally:
        remote.close()


def test_a_service_of_an_engine_behind_ssh_is_found_ready(
    docker_engine: DockerEngine, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLINE_SERVICES_FOLDER", str(tmp_path / "services"))
    bench = DockerBench(tmp_path, docker_engine)
    bench.profile["docker"] = {"url": url}
    bench.place = place_for("docker", bench.profile, bench.services)
    try:
        asked = {"command": ["sh", "-c", "echo yes"], "within": 20.0}
        assert bench.start(bench.plan(ready=[asked]))["status"] == "success"
    finally:
        bench.close()


def test_an_ssh_server_that_is_not_known_or_knows_no_key_is_told(
    server: Server, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(EngineError, match=r"does not answer: Server '.*' not found in known_hosts"):
        connect(DockerSettings(url=url))
    (tmp_path / ".ssh").mkdir()
    known = (server.home / ".ssh" / "known_hosts").read_bytes()
    (tmp_path / ".ssh" / "known_hosts").write_bytes(known)
    with pytest.raises(EngineError, match=r"does not answer: .*[Aa]uthentication"):
        connect(DockerSettings(url=url))


def test_what_ssh_needs_and_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker_client, "find_spec", lambda _: None)
    with pytest.raises(EngineError, match=r"'ssh://far': .* needs paramiko, .*: pip install"):
        connect(DockerSettings(url="ssh://far"))
