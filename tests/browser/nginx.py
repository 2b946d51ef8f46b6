"""A real reverse proxy, as Airflow often has one before it: Debian's nginx, as it is by default."""

from __future__ import annotations

import getpass
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from airflow_home import wait_for

_CONFIGURATION = """\
daemon off;
user {user};
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{}}
http {{
  access_log off;
  client_max_body_size 8m;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location {path}/ {{ proxy_pass {upstream}; }}
  }}
}}
"""


@contextmanager
def nginx(program: Path, folder: Path, port: int, upstream: str, path: str) -> Iterator[None]:
    """Hand on what comes to a port below a path; the `Host` that Airflow sees is its own."""
    folder.mkdir()
    configuration = folder / "nginx.conf"
    configuration.write_text(
        _CONFIGURATION.format(
            folder=folder,
            port=port,
            upstream=upstream,
            path=path,
            # A text of many lines waits in a file; the folder belongs to who runs the tests.
            user=getpass.getuser(),
        )
    )
    log = folder / "error.log"
    command = [str(program), "-e", str(log), "-c", str(configuration), "-p", str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def answers() -> bool:
        assert process.poll() is None, log.read_text()
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        return False

    try:
        wait_for(answers, 30, "nginx answers")
        yield
    finally:
        process.terminate()
        process.wait()
