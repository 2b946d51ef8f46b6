"""A service with a certificate of its own is ready, whoever signed it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from servicebench import ServiceBench

SERVER = """
import http.server, ssl, sys
address = ("127.0.0.1", int(sys.argv[1]))
server = http.server.HTTPServer(address, http.server.SimpleHTTPRequestHandler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("own.pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""


def self_signed(folder: Path) -> str:
    key, certificate = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=model"),
            *("-newkey", "rsa:2048", "-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    return key.read_text() + certificate.read_text()


def test_a_service_behind_its_own_certificate_becomes_ready(
    process_bench: ServiceBench, tmp_path: Path
) -> None:
    port = process_bench.port
    plan = process_bench.plan(
        command=[process_bench.python, "server.py", str(port)],
        files=[
            {"text": SERVER, "to": "server.py"},
            {"text": self_signed(tmp_path), "to": "own.pem"},
        ],
        offers={"http": {"port": port, "scheme": "https"}},
    )
    process_bench.start(plan)
    [instance] = process_bench.instances()
    assert instance.alive
    assert instance.endpoints["http"]["url"] == f"https://127.0.0.1:{port}"
