"""Pushing over HTTP with the credentials of an Airflow connection."""

from __future__ import annotations

import base64
import dataclasses
import http.server
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mline_airflow.ui_plugin.workspace.commits import Author
from mline_airflow.ui_plugin.workspace.exchange import Exchange
from mline_airflow.ui_plugin.workspace.remote import Remote
from mline_airflow.ui_plugin.workspace.working_copy import WorkingCopy

ADA = Author("Ada")
USER, TOKEN = "ada", "a token with spaces & signs"


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    command = ["git", *who, *arguments]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


class _Handler(http.server.BaseHTTPRequestHandler):
    """Git's own server program behind a password."""

    folder: Path

    def do_GET(self) -> None:
        wanted = base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {wanted}":
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="lab"')
            self.end_headers()
            return
        path, _, query = self.path.partition("?")
        environment = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(self.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "REMOTE_USER": USER,
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        data = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        done = subprocess.run(
            ["git", "http-backend"], input=data, env=environment, capture_output=True, check=False
        )
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        lines = [line.split(": ", 1) for line in head.decode().splitlines()]
        status = next((int(v.split()[0]) for k, v in lines if k == "Status"), 200)
        self.send_response(status)
        for key, value in lines:
            if key != "Status":
                self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the name that http.server calls

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Return the address of a server that has `lab.git`."""
    bare = tmp_path / "lab.git"
    git(tmp_path, "init", "-q", "--bare", "-b", "main", str(bare))
    git(bare, "config", "http.receivepack", "true")
    handler = type("Handler", (_Handler,), {"folder": tmp_path})
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{made.server_port}/lab.git"
    made.shutdown()
    made.server_close()


@pytest.fixture
def here(tmp_path: Path) -> WorkingCopy:
    folder = tmp_path / "work"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "a.mline.yaml").write_text("mline: 1\n")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "Begin")
    return WorkingCopy.open(folder, tmp_path / "shadows")


def connect(monkeypatch: pytest.MonkeyPatch, url: str, password: str) -> None:
    connection = {"conn_type": "git", "host": url, "login": USER, "password": password}
    monkeypatch.setenv("AIRFLOW_CONN_LAB_GIT", json.dumps(connection))
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def test_a_save_is_pushed_with_the_connections_credentials(
    server: str, here: WorkingCopy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, server, TOKEN)
    remote = Remote(server, "main", "lab_git")
    there = dataclasses.replace(here, remote=remote)
    before = dict(os.environ)
    base = there.file("a.mline.yaml").revision
    saved = there.save({"a.mline.yaml": b"mline: 1\n# one\n"}, {"a.mline.yaml": base}, ADA, "Save")
    assert (saved.pushed, saved.problem) == (True, "")
    assert git(tmp_path / "lab.git", "rev-parse", "main") == saved.commit
    assert Exchange(there, remote).take_in() == ""
    assert dict(os.environ) == before
    remote.clone(tmp_path / "clone")
    assert (tmp_path / "clone" / "a.mline.yaml").read_text() == "mline: 1\n# one\n"
    assert TOKEN not in (tmp_path / "clone" / ".git" / "config").read_text()


def test_wrong_credentials_are_said_and_the_save_stays(
    server: str, here: WorkingCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, server, "wrong")
    there = dataclasses.replace(here, remote=Remote(server, "main", "lab_git"))
    base = there.file("a.mline.yaml").revision
    saved = there.save({"a.mline.yaml": b"x"}, {"a.mline.yaml": base}, ADA, "Save")
    assert saved.pushed is False
    assert "uthentication failed" in saved.problem
    assert "wrong" not in saved.problem
    assert there.file("a.mline.yaml").data == b"x"
    without = dataclasses.replace(here, remote=Remote(server, "main"))
    base = without.file("a.mline.yaml").revision
    saved = without.save({"a.mline.yaml": b"y"}, {"a.mline.yaml": base}, ADA, "Save")
    assert saved.pushed is False, "and nobody is asked for a password"
