"""The built editor; what it asks of the server is answered by the compiler, without Airflow."""

from __future__ import annotations

import gzip
import json
import mimetypes
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, Self

from mline_airflow.dag_factory.ide.graph_view import graph_view
from mline_airflow.dag_factory.ide.types_view import types_view
from mline_airflow.dag_factory.project import Project


class EditorServer:
    """Serves folders by prefix and one project; counts what is sent, compressed."""

    def __init__(self, project: Path, folders: dict[str, Path]) -> None:
        self.project = project
        self.sent: dict[str, int] = {}
        """Address -> bytes, as gzip makes them; fonts as they are."""
        handler = type(
            "Handler", (_Handler,), {"project": project, "folders": folders, "sent": self.sent}
        )
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    project: ClassVar[Path]
    folders: ClassVar[dict[str, Path]]
    sent: ClassVar[dict[str, int]]
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        address = self.path.split("?")[0]
        if "/api/" in address:
            self._json(self._read(address.split("/api/")[1]))
            return
        for prefix, folder in self.folders.items():
            if address.startswith(prefix):
                name = address.removeprefix(prefix) or "index.html"
                file = folder / name
                if file.is_file():
                    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
                    self._answer(file.read_bytes(), kind, count=True)
                    return
        self.send_error(404)

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        body = json.loads(self.rfile.read(length))
        what = self.path.split("/api/")[1]
        if what == "lsp":
            found = [{"jsonrpc": "2.0", "id": m["id"], "result": None} for m in body["messages"]]
            self._json({"messages": found})
            return
        project = Project.open(self.project)
        analysis = project.analyze(self.project / body["path"], body["text"])
        self._json(graph_view(analysis) if what == "analysis" else types_view(analysis.types))

    def _read(self, what: str) -> Any:
        if what == "session":
            may = dict.fromkeys(("read", "edit", "run", "create"), True)
            return {"user": "bench", "may": may, "bundle": "b", "project": "p", "version": "0"}
        if what.endswith("/dag"):
            return {"state": "absent", "dag_id": ""}
        path = what.removeprefix("experiments/")
        text = (self.project / path).read_text()
        return {"path": path, "text": text, "revision": "0" * 40, "modified": None}

    def _json(self, value: Any) -> None:
        self._answer(json.dumps(value).encode(), "application/json", count=False)

    def _answer(self, data: bytes, kind: str, *, count: bool) -> None:
        if count:
            packed = len(data) if kind.startswith("font") else len(gzip.compress(data, 9))
            self.sent[self.path] = packed
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
