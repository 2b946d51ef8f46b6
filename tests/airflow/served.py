"""An experiment with a service that is a process, and what is left of it."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

from mline_airflow.services.process import ProcessPlace

SERVER = """\
mline: 1
experiment: {name}
defaults: {{runner: process}}
services:
  web:
    {place}
    command: [python3, server.py]
    files: [{{server.py: {server}}}]
    offers: {{http: {port}}}
    ready: {{http: /, within: 30s}}
    env: {{LIFE: '{life}', HOST: {host}, PORT: '{port}'}}
stages:
  before: {{run: 'true'}}
  ask:
    after: before
    uses: web
    cache: false
    gives: {{answer: TextFile}}
    {more}run: {ask}
  again:
    uses: web
    takes: {{answer: ask.answer}}
    run: test "$(cat "$IN_ANSWER")" = served
"""

_PYTHON = """\
import http.server, os, signal, sys
# The first process of a container ignores what it has no handler for.
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
if os.environ["LIFE"] != "long":
    print("there is no disk"); sys.exit(3)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"served")
print("listening", flush=True)
http.server.HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
"""
ASK = (
    'python3 -c "import os, urllib.request as u; '
    "print(u.urlopen(os.environ['WEB_HTTP_URL']).read().decode(), end='')\" > $OUT_ANSWER\n"
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def served(
    name: str,
    *,
    ask: str = ASK,
    life: str = "long",
    more: str = "",
    image: str | None = None,
    scope: str = "run",
) -> str:
    """Return an experiment: `before`, then `ask` and `again`, which use the service `web`.

    With an image the service is a container of it; its stages are processes.
    """
    boxed = f"runner: docker\n    image: {image}\n    " if image else ""
    return SERVER.format(
        name=name,
        server=json.dumps(_PYTHON),
        place=f"{boxed}scope: {scope}",
        host="0.0.0.0" if image else "127.0.0.1",
        port=8000 if image else free_port(),
        life=life,
        ask=json.dumps(ask),
        more=more,
    )


def left(folder: Path, experiment: str) -> list[Any]:
    """Return the services of an experiment that are there, running or not."""
    return [one for one in ProcessPlace(folder).find() if one.experiment == experiment]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
