"""A stage's folders as an archive: what a container engine is given, and what it gives back."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from workbench import gives, takes

from mline_airflow.failures import ArtifactCorruptError, OutputError
from mline_airflow.runners.process import ProcessRunner
from mline_airflow.stages.job import Job
from mline_airflow.stages.unpack import extract_output, filtered_tarfile
from mline_airflow.stages.workspace import lay_out, write_archive

if TYPE_CHECKING:
    from workbench import Workbench

    from mline_airflow.artifacts import Artifact, ArtifactStore


class Archiving(ProcessRunner):
    """Keeps the job that it was given."""

    def prepare(self, job: Job, store: ArtifactStore) -> None:
        self.job = job
        super().prepare(job, store)


@pytest.fixture
def job(bench: Workbench) -> Job:
    """Return the job of a stage with a folder, a file, code and a codec."""
    bench.write("in/a/b.txt", "B")
    bench.write("in/tool", "#!/bin/sh\n").chmod(0o755)
    (bench.root / "in/link").symlink_to("a/b.txt")
    (bench.root / "in/empty").mkdir()
    bench.write("big", os.urandom(3 << 20))
    bench.call(
        "s",
        "def f(data, big): return 'x'",
        inputs={"data": takes("in", "core.Folder"), "big": takes("big")},
        params={"n": 1},
        outputs={"out": gives("o", "core.Text")},
    )
    runner = Archiving()
    bench.run("s", runner=runner)
    return runner.job


def modes(folder: Path) -> dict[str, str]:
    """Return what is in a folder: kind, rights, content."""
    found = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        elif path.is_dir():
            found[name] = "folder"
        elif path.name not in ("params.json", "stage.json"):
            mode = path.stat().st_mode
            found[name] = f"{bool(mode & 0o100)} {path.read_bytes()[:50]!r} {path.stat().st_size}"
    return found


def test_the_archive_holds_the_same_as_the_folder(
    bench: Workbench, job: Job, tmp_path: Path
) -> None:
    laid = tmp_path / "laid"
    laid.mkdir()
    lay_out(job, bench.store, laid)
    stream = io.BytesIO()
    write_archive(job, bench.store, stream)
    stream.seek(0)
    with filtered_tarfile.open(fileobj=stream) as archive:
        names = archive.getnames()
        archive.extractall(tmp_path / "there", filter="fully_trusted")
    assert len(names) == len(set(names))
    assert modes(tmp_path / "there/mline") == modes(laid)
    assert (tmp_path / "there/mline/out").stat().st_mode & 0o777 == 0o777
    inputs = [path for path in (tmp_path / "there/mline/in").rglob("*") if not path.is_symlink()]
    assert all(path.stat().st_mode & 0o222 == 0 for path in inputs)
    assert (tmp_path / "there/mline/params.json").read_text() == '{\n "n": 1\n}'


def test_a_damaged_artifact_ends_the_archive(bench: Workbench, job: Job) -> None:
    artifact: Artifact = job.inputs["big"].artifact
    data = bytearray(bench.store.read(artifact))
    data[-1] ^= 1
    bench.store.files.write(artifact.key, bytes(data))
    with pytest.raises(ArtifactCorruptError):
        write_archive(job, bench.store, io.BytesIO())


def tar_of(*members: tuple[str, bytes | str]) -> Iterator[bytes]:
    """Yield the archive of files (bytes) and links (text), in small chunks."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
                archive.addfile(info)
            else:
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    data = stream.getvalue()
    return (data[i : i + 700] for i in range(0, len(data), 700))


def test_an_output_is_taken_out_of_an_engines_archive(tmp_path: Path) -> None:
    members = (("model/a", b"A" * 5000), ("model/l", "a"))
    path, kept = extract_output("model", tar_of(*members), tmp_path)
    assert (path / "l").read_bytes() == b"A" * 5000
    assert kept == {}


def test_large_files_of_an_archive_go_to_the_store_at_once(
    bench: Workbench, tmp_path: Path
) -> None:
    large = b"L" * (3 << 20)
    members = (("model/a", b"A"), ("model/deep/large", large), ("model/l", "deep/large"))
    (tmp_path / "out").mkdir()
    path, kept = extract_output(
        "model", tar_of(*members), tmp_path / "out", keep=bench.store.put_stream
    )
    assert (path / "deep/large").stat().st_size == 0
    stored = bench.store.put(path, kept=kept)
    (path / "deep/large").write_bytes(large)
    assert bench.store.put(path) == stored
    bench.store.verify(stored)


@pytest.mark.parametrize(
    "cut",
    [lambda data: data[:2048], lambda data: data[:2048] + b'{"message":"gone"}'.ljust(512)],
    ids=["ends", "goes-on-with-a-message"],
)
def test_half_an_archive_is_no_output(tmp_path: Path, cut: Callable[[bytes], bytes]) -> None:
    data = b"".join(tar_of(("model/a", b"A" * 1000), ("model/b", b"B")))
    with pytest.raises(OutputError, match="output 'model' did not come whole") as caught:
        extract_output("model", iter([cut(data)]), tmp_path)
    assert caught.value.code == "output-broken-off"


@pytest.mark.parametrize(
    "member",
    [
        ("../evil", b"x"),
        ("model/../../evil", b"x"),
        ("model/l", "/etc/hosts"),
        ("model/l", "../../x"),
    ],
    ids=["parent", "through", "absolute-link", "link-out"],
)
def test_an_archive_cannot_write_or_link_out_of_its_folder(
    tmp_path: Path, member: tuple[str, bytes | str]
) -> None:
    (tmp_path / "here").mkdir()
    with pytest.raises(OutputError, match="output 'model' cannot be kept"):
        extract_output("model", tar_of(member), tmp_path / "here")
    assert not (tmp_path / "evil").exists()
