"""Long answers of an engine: every division into pieces, and every place where one breaks off."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workbench import Workbench, gives

from mline_airflow.artifacts import ArtifactStore
from mline_airflow.failures import OutputError, StoreError
from mline_airflow.runners.docker_body import unchunked

if TYPE_CHECKING:
    from docker_engine import DockerEngine

Bench = Callable[..., Workbench]
MIB = 1 << 20
WHOLE = b"5;note=x\r\nhello\r\nB\r\n, 10 \r\nmore\r\n0\r\nDigest: none\r\n\r\n"


def _reader(pieces: list[bytes]) -> Callable[[], bytes]:
    left = iter(pieces)
    return lambda: next(left, b"")


def _cut(data: bytes, at: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(place % len(data) for place in at)})
    return [data[a:b] for a, b in itertools.pairwise(places)]


@given(
    st.lists(st.binary(min_size=1, max_size=300), max_size=8),
    st.sampled_from([b"", b";note=x", b" "]),
    st.sampled_from([b"", b"Digest: none\r\nTime: 1\r\n"]),
    st.lists(st.integers(0, 1 << 16), max_size=20),
)
def test_however_an_answer_comes_it_is_the_same(
    chunks: list[bytes], note: bytes, fields: bytes, at: list[int]
) -> None:
    parts = [b"%x%b\r\n%b\r\n" % (len(chunk), note, chunk) for chunk in chunks]
    sent = b"".join(parts) + b"0\r\n" + fields + b"\r\n"
    assert b"".join(unchunked(_reader(_cut(sent, at)))) == b"".join(chunks)


@pytest.mark.parametrize("length", range(len(WHOLE)))
def test_an_answer_without_its_end_is_an_error(length: int) -> None:
    with pytest.raises(ConnectionError, match="it broke off"):
        list(unchunked(_reader([WHOLE[:length]])))


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (b"5\r\nhello!\r\n0\r\n\r\n", "a chunk is longer than it says"),
        (b"-5\r\nhello\r\n", "a chunk does not say how long it is"),
        (b"0x5\r\nhello\r\n", "a chunk does not say how long it is"),
        (b"\r\n", "a chunk does not say how long it is"),
        (b"5" * 5000, "a line of it has no end"),
    ],
)
def test_what_is_no_chunk_is_an_error(sent: bytes, why: str) -> None:
    with pytest.raises(ConnectionError, match=why):
        list(unchunked(_reader([sent])))


class _Relay(socketserver.ThreadingUnixStreamServer):
    """Stands before an engine; a connection that has brought `most` bytes breaks off."""

    def __init__(self, engine: str, folder: Path, most: int) -> None:
        self.engine, self.most = engine.removeprefix("unix://"), most
        place = folder / "relay.sock"
        self.address = f"unix://{place}"
        super().__init__(os.fspath(place), _Relayed)


class _Relayed(socketserver.BaseRequestHandler):
    server: _Relay

    def handle(self) -> None:
        with socket.socket(socket.AF_UNIX) as behind:
            behind.connect(self.server.engine)
            ahead = threading.Thread(target=_pass_on, args=(self.request, behind))
            ahead.start()
            _pass_on(behind, self.request, self.server.most)
            ahead.join()


def _pass_on(source: Any, target: Any, most: int = 1 << 40) -> None:
    count = 0
    with contextlib.suppress(OSError):
        while count < most and (data := source.recv(1 << 16)):
            target.sendall(data)
            count += len(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def relay(docker_engine: DockerEngine, tmp_path: Path) -> Iterator[_Relay]:
    """Stand between the engine and what asks it."""
    with _Relay(docker_engine.host, tmp_path, 3 * MIB) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_an_output_that_breaks_off_is_told(bench: Bench, relay: _Relay) -> None:
    here = bench(url=relay.address, files="archive")
    here.task(
        "s",
        {"command": ["dd", "if=/dev/zero", "of=/mline/out/o", "bs=1M", "count=8"]},
        outputs={"o": gives("o")},
    )
    with pytest.raises(OutputError) as caught:
        here.run("s")
    assert caught.value.code == "output-broken-off"
    assert "output 'o' of stage 's' did not come whole" in str(caught.value)


@pytest.mark.parametrize("size", [1, 8 * MIB])
def test_a_store_that_breaks_off_is_not_the_engine(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise ConnectionResetError("the bucket is gone")

    # No test has a store that goes away at this moment.
    here = bench(files="archive")
    monkeypatch.setattr(ArtifactStore, "put_stream", away)
    script = f'echo begun; head -c {size} /dev/zero > "$OUT_O"'
    here.task("s", {"run": script}, outputs={"o": gives("o")})

    def log(_: str) -> None:
        monkeypatch.setattr(ArtifactStore, "put", away)

    with pytest.raises((StoreError, ConnectionError), match="the bucket is gone") as caught:
        here.run("s", log=log)
    if size > MIB:
        told = "output 'o' of stage 's' could not be put into the artifact store: "
        assert str(caught.value).startswith(told)
