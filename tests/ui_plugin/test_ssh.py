"""Pushing over SSH with the key of an Airflow connection, to a real server."""

from __future__ import annotations

import dataclasses
import json
import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from airflow_home import wait_for
from docker_engine import missing

from mline_airflow.quickstart.state import free_ports
from mline_airflow.ui_plugin.workspace.commits import Author
from mline_airflow.ui_plugin.workspace.remote import Remote
from mline_airflow.ui_plugin.workspace.working_copy import WorkingCopy

ADA = Author("Ada")


class Server(NamedTuple):
    """Where `lab.git` is; `key` opens it, `other` does not; `known` has the key of the host."""

    url: str
    bare: Path
    key: Path
    other: Path
    known: Path


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    for program in ("dropbear", "dropbearkey", "ssh", "ssh-keygen"):
        if shutil.which(program) is None:
            missing(f"there is no {program}: `tests/engines/browser.sh prepare` installs it")
    if os.getuid():
        missing("not root: nobody else may give the SSH server a home of its own")
    home = tmp_path / "home"
    keys = home / ".ssh"
    keys.mkdir(mode=0o700, parents=True)
    for name in ("key", "other"):
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(keys / name))
    authorized = keys / "authorized_keys"
    authorized.write_bytes((keys / "key.pub").read_bytes())
    authorized.chmod(0o600)
    told = _run("dropbearkey", "-t", "ed25519", "-f", str(keys / "host"))
    host = next(line for line in told.splitlines() if line.startswith("ssh-ed25519 "))
    bare = tmp_path / "lab.git"
    _run("git", "init", "-q", "--bare", "-b", "main", str(bare))
    port = free_ports(usual=False)["api"]
    known = keys / "known_hosts"
    known.write_text(f"[127.0.0.1]:{port} {host}\n")
    log = tmp_path / "dropbear.log"
    command = ["dropbear", "-F", "-E", "-s", "-j", "-k", "-r", str(keys / "host")]
    command += ["-P", str(keys / "pid"), "-p", f"127.0.0.1:{port}"]
    # It reads the keys that may log in from the home of the user, which stays as it is for others.
    user = pwd.getpwuid(os.getuid())
    script = 'mount --bind "$0" "$1" && shift && exec "$@"'
    command = ["unshare", "--mount", "sh", "-c", script, str(home), user.pw_dir, *command]
    with log.open("w") as file:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=file)
    try:
        wait_for(lambda: _answers(process, port, log), 30, "the SSH server answers")
        url = f"ssh://{user.pw_name}@127.0.0.1:{port}{bare}"
        yield Server(url, bare, keys / "key", keys / "other", known)
    finally:
        process.terminate()
        process.wait()


def _answers(process: subprocess.Popen[bytes], port: int, log: Path) -> bool:
    assert process.poll() is None, log.read_text()
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _run(*command: str, cwd: Path | None = None) -> str:
    who = {
        f"GIT_{role}_{what}": "t" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    environment = {**os.environ, **who}
    done = subprocess.run(
        command, cwd=cwd, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def here(tmp_path: Path) -> WorkingCopy:
    folder = tmp_path / "work"
    folder.mkdir()
    _run("git", "init", "-q", "-b", "main", cwd=folder)
    (folder / "a.mline.yaml").write_text("mline: 1\n")
    _run("git", "add", ".", cwd=folder)
    _run("git", "commit", "-q", "-m", "Begin", cwd=folder)
    return WorkingCopy.open(folder, tmp_path / "shadows")


def connect(monkeypatch: pytest.MonkeyPatch, server: Server, key: Path, known: Path) -> Remote:
    """Make the connection `lab_ssh`; its private key is in it, as a secret backend gives it."""
    extra = {
        "private_key": key.read_text(),
        "strict_host_key_checking": "yes",
        "known_hosts_file": str(known),
    }
    connection = {"conn_type": "git", "host": server.url, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_LAB_SSH", json.dumps(connection))
    return Remote(server.url, "main", "lab_ssh")


def test_a_save_is_pushed_with_the_key_of_the_connection(
    server: Server, here: WorkingCopy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = connect(monkeypatch, server, server.key, server.known)
    there = dataclasses.replace(here, remote=remote)
    base = there.file("a.mline.yaml").revision
    saved = there.save({"a.mline.yaml": b"mline: 1\n# one\n"}, {"a.mline.yaml": base}, ADA, "Save")
    assert (saved.pushed, saved.problem) == (True, "")
    assert _run("git", "rev-parse", "main", cwd=server.bare) == saved.commit
    remote.clone(tmp_path / "clone")
    assert (tmp_path / "clone" / "a.mline.yaml").read_text() == "mline: 1\n# one\n"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [("key", "Permission denied (publickey)"), ("host", "Host key verification failed")],
)
def test_a_wrong_key_is_said_and_the_save_stays(
    server: Server,
    here: WorkingCopy,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    wrong: str,
    said: str,
) -> None:
    key, known = server.key, server.known
    if wrong == "key":
        key = server.other
    else:
        known = tmp_path / "known_hosts"
        known.write_text("")
    there = dataclasses.replace(here, remote=connect(monkeypatch, server, key, known))
    base = there.file("a.mline.yaml").revision
    saved = there.save({"a.mline.yaml": b"x"}, {"a.mline.yaml": base}, ADA, "Save")
    assert saved.pushed is False
    assert said in saved.problem
    assert there.file("a.mline.yaml").data == b"x"
