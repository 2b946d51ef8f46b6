"""The artifact store: on a local folder and on another fsspec file system."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mline_airflow.artifacts import Artifact, ArtifactStore, Entry, collect_garbage
from mline_airflow.failures import (
    ArtifactCorruptError,
    ArtifactMissingError,
    BadTreeError,
    StoreError,
    StoreFullError,
)
from mline_airflow.store.tree import decode, encode, scan


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ArtifactStore:
    if request.param == "folder":
        return ArtifactStore(tmp_path / "store")
    return ArtifactStore(f"memory://{secrets.token_hex(8)}")


def write(path: Path, data: bytes | str = b"content") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def damage(store: ArtifactStore, artifact: Artifact, data: bytes) -> None:
    """Change an object behind the store's back."""
    store.files.write(artifact.key, data)


def contents(folder: Path) -> dict[str, bytes | str | None]:
    found: dict[str, bytes | str | None] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        elif path.is_file():
            found[name] = path.read_bytes()
        elif not any(path.iterdir()):
            found[name] = None
    return found


def keys(store: ArtifactStore, *prefixes: str) -> list[str]:
    return [found.key for prefix in prefixes for found in store.files.walk(prefix)]


# -- put and get ---------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 21) + 7, 9_000_001])
def test_a_file_is_named_by_the_sha256_of_its_bytes_and_comes_back_the_same(
    store: ArtifactStore, tmp_path: Path, size: int
) -> None:
    data = os.urandom(size)
    artifact = store.put(write(tmp_path / "in", data))
    assert artifact == Artifact("sha256:" + hashlib.sha256(data).hexdigest(), size, "file", 1)
    assert store.get(artifact, tmp_path / "out") == artifact
    assert (tmp_path / "out").read_bytes() == data


def test_a_folder_comes_back_with_odd_names_empty_folders_links_and_executables(
    store: ArtifactStore, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    write(folder / "with space.txt")
    write(folder / "ünï/日本語.txt", "text")
    write(folder / "new\nline", "n")
    write(folder / "quote\"'\\", "q")
    write(folder / "bin/tool", "#!/bin/sh\n").chmod(0o755)
    (folder / "empty/deep").mkdir(parents=True)
    (folder / "bin/link").symlink_to("../with space.txt")
    (folder / "folder-link").symlink_to("ünï")
    artifact = store.put(folder)
    store.get(artifact.digest, tmp_path / "out")
    assert contents(tmp_path / "out") == contents(folder)
    assert os.access(tmp_path / "out/bin/tool", os.X_OK)
    assert not os.access(tmp_path / "out/quote\"'\\", os.X_OK)
    assert (artifact.kind, artifact.files) == ("folder", 5)
    assert artifact.size == sum(len(v) for v in contents(folder).values() if isinstance(v, bytes))


def test_an_empty_folder_is_an_artifact(store: ArtifactStore, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    artifact = store.put(tmp_path / "in")
    assert store.get(artifact, tmp_path / "out").files == 0
    assert list((tmp_path / "out").iterdir()) == []


def test_the_digest_of_a_folder_is_the_same_in_every_store_and_order_of_writing(
    tmp_path: Path,
) -> None:
    for name in ("b", "a", "ä", "B"):
        write(tmp_path / "one" / name, name)
    for name in ("B", "ä", "a", "b"):
        write(tmp_path / "two" / name, name)
    there = ArtifactStore(f"memory://{secrets.token_hex(8)}").put(tmp_path / "two")
    assert ArtifactStore(tmp_path / "store").put(tmp_path / "one") == there


def test_the_same_content_is_kept_once(store: ArtifactStore, tmp_path: Path) -> None:
    write(tmp_path / "in/a", "same")
    write(tmp_path / "in/b", "same")
    store.put(tmp_path / "in")
    store.put(write(tmp_path / "c", "same"))
    store.put(tmp_path / "c", expect_known=True)
    assert len(keys(store, "files")) == 1


def test_nothing_is_left_in_drafts_after_puts(store: ArtifactStore, tmp_path: Path) -> None:
    store.put(write(tmp_path / "a"))
    store.put(write(tmp_path / "a"))
    assert keys(store, "drafts") == []


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.dictionaries(
        st.text(
            st.characters(exclude_characters="/\0", exclude_categories=["Cs"]),
            min_size=1,
            max_size=20,
        ).filter(lambda name: name not in {".", ".."}),
        st.binary(max_size=100),
        max_size=6,
    )
)
def test_any_folder_comes_back_as_it_was(tmp_path: Path, files: dict[str, bytes]) -> None:
    here = tmp_path / secrets.token_hex(6)
    (here / "in").mkdir(parents=True)
    for name, data in files.items():
        (here / "in" / name).write_bytes(data)
    store = ArtifactStore(tmp_path / "store")
    store.get(store.put(here / "in"), here / "out")
    assert contents(here / "out") == contents(here / "in")


def test_a_manifest_reads_back_as_it_was_written() -> None:
    entries = [
        Entry("folder", "a\nb"),
        Entry("exec", "a/b", 3, "0" * 64),
        Entry("link", "ü", target="a/b"),
    ]
    assert decode(encode(reversed(entries))) == entries


@pytest.mark.parametrize(
    "line",
    [
        '["file","../up",1,"00"]',
        '["file","/etc/passwd",1,"00"]',
        '["file","a/../b",1,"00"]',
        '["file","a//b",1,"00"]',
        '["file",".",1,"00"]',
        '["device","a"]',
        '["file"]',
        "nonsense",
    ],
)
def test_a_manifest_that_leads_out_of_its_folder_is_refused(line: str) -> None:
    with pytest.raises(ArtifactCorruptError):
        decode(f"mline-folder 1\n{line}\n".encode())


def test_links_of_a_forged_manifest_cannot_lead_out_of_the_target(tmp_path: Path) -> None:
    store = ArtifactStore(tmp_path / "store")
    forged = encode([Entry("link", "a/up", target=".."), Entry("link", "out", target="a/up/../..")])
    hexed = hashlib.sha256(forged).hexdigest()
    store.files.write(f"folders/{hexed[:2]}/{hexed}", forged)
    with pytest.raises(ArtifactCorruptError, match="leads out"):
        store.get(Artifact(f"sha256:{hexed}", 0, "folder", 0), tmp_path / "target")
    assert not (tmp_path / "target").exists()


# -- what is refused -----------------------------------------------------------------------------


def test_a_link_that_leaves_the_folder_is_refused_by_name(
    store: ArtifactStore, tmp_path: Path
) -> None:
    write(tmp_path / "secret")
    (tmp_path / "in/sub").mkdir(parents=True)
    (tmp_path / "in/sub/way out").symlink_to("../../secret")
    with pytest.raises(
        BadTreeError, match=r"'sub/way out' -> '\.\./\.\./secret' leaves the folder"
    ):
        store.put(tmp_path / "in")
    assert keys(store, "files", "folders") == []


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("/etc/hosts", "is absolute"),
        ("nowhere", "points at nothing"),
        ("self", "points at nothing"),
    ],
)
def test_a_link_that_cannot_be_kept_is_refused(
    store: ArtifactStore, tmp_path: Path, target: str, reason: str
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/self").symlink_to(target)
    with pytest.raises(BadTreeError, match=reason):
        store.put(tmp_path / "in")


def test_a_link_through_a_folder_link_that_leaves_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "secret")
    (tmp_path / "in/a/b").mkdir(parents=True)
    (tmp_path / "in/a/b/top").symlink_to("../..")
    (tmp_path / "in/out").symlink_to("a/b/top/../secret")
    with pytest.raises(BadTreeError, match="leaves the folder"):
        list(scan(tmp_path / "in"))


def test_sockets_and_pipes_and_links_themselves_are_refused(
    store: ArtifactStore, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    os.mkfifo(tmp_path / "in/pipe")
    with pytest.raises(BadTreeError, match="'pipe'"):
        store.put(tmp_path / "in")
    with pytest.raises(BadTreeError):
        store.put(tmp_path / "in/pipe")
    (tmp_path / "link").symlink_to("in")
    with pytest.raises(BadTreeError, match="symbolic link"):
        store.put(tmp_path / "link")


def test_a_name_that_is_not_text_is_refused(store: ArtifactStore, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path / "in") + b"/\xff\xfe")).write_bytes(b"")
    with pytest.raises(BadTreeError, match="not UTF-8"):
        store.put(tmp_path / "in")


def test_what_does_not_exist_is_told_so(store: ArtifactStore, tmp_path: Path) -> None:
    with pytest.raises(ArtifactMissingError, match="does not exist"):
        store.put(tmp_path / "nothing")
    with pytest.raises(ArtifactMissingError, match="is not in the store"):
        store.get("sha256:" + "0" * 64, tmp_path / "out")


def test_a_target_that_exists_is_not_touched(store: ArtifactStore, tmp_path: Path) -> None:
    artifact = store.put(write(tmp_path / "in"))
    write(tmp_path / "out", "mine")
    with pytest.raises(StoreError, match="exists already"):
        store.get(artifact, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_a_password_in_a_url_is_not_told() -> None:
    store = ArtifactStore("memory://user:hunter2@host/x")
    assert "hunter2" not in store.url


# -- damage --------------------------------------------------------------------------------------


def test_damage_is_found_and_moved_away_so_that_a_new_put_mends_it(
    store: ArtifactStore, tmp_path: Path
) -> None:
    artifact = store.put(write(tmp_path / "in", b"right"))
    damage(store, artifact, b"wrong")
    with pytest.raises(ArtifactCorruptError, match="moved to corrupt/"):
        store.get(artifact, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not store.has(artifact)
    store.put(tmp_path / "in")
    store.get(artifact, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"right"


def test_a_damaged_file_in_a_folder_fails_the_whole_folder(
    store: ArtifactStore, tmp_path: Path
) -> None:
    write(tmp_path / "in/a", "right")
    folder = store.put(tmp_path / "in")
    damage(store, store.put(tmp_path / "in/a"), b"wrong")
    with pytest.raises(ArtifactCorruptError):
        store.get(folder, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "store") == ["in"]
    with pytest.raises(ArtifactMissingError):
        store.verify(folder)


def test_a_damaged_manifest_is_found(store: ArtifactStore, tmp_path: Path) -> None:
    write(tmp_path / "in/a")
    folder = store.put(tmp_path / "in")
    damage(store, folder, b"mline-folder 1\n")
    with pytest.raises(ArtifactCorruptError):
        store.verify(folder)


def test_has_asks_for_every_file_of_a_folder(store: ArtifactStore, tmp_path: Path) -> None:
    write(tmp_path / "in/a", "a")
    folder = store.put(tmp_path / "in")
    assert store.has(folder)
    store.files.remove(store.put(tmp_path / "in/a").key)
    assert not store.has(folder)
    assert not store.has(Artifact("sha256:" + "0" * 64, 1, "file"))


def test_all_names_every_artifact(store: ArtifactStore, tmp_path: Path) -> None:
    one = store.put(write(tmp_path / "in/a", "a"))
    folder = store.put(tmp_path / "in")
    assert list(store.all()) == [one, folder]


def test_streaming_a_damaged_file_fails_before_its_last_byte(
    store: ArtifactStore, tmp_path: Path
) -> None:
    artifact = store.put(write(tmp_path / "in", b"right"))
    damage(store, artifact, b"wrong")
    entry = Entry("file", "x", artifact.size, artifact.hex)
    with store.open(entry) as stream, pytest.raises(ArtifactCorruptError):
        stream.readall()


def test_objects_cannot_be_written_to_by_accident(tmp_path: Path) -> None:
    store = ArtifactStore(tmp_path / "store")
    artifact = store.put(write(tmp_path / "in"))
    assert (tmp_path / "store" / artifact.key).stat().st_mode & 0o222 == 0


# -- crashes, full disks, other writers -----------------------------------------------------------


def test_a_put_that_is_killed_leaves_nothing_that_counts(tmp_path: Path) -> None:
    source = tmp_path / "big"
    with source.open("wb") as file:
        file.truncate(3 << 30)  # sparse: as long to hash as any, no space on disk
    code = (
        "import sys; from pathlib import Path; from mline_airflow.artifacts import ArtifactStore\n"
        "print('begin', flush=True); ArtifactStore(sys.argv[1]).put(Path(sys.argv[2]))\n"
        "print('end', flush=True)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "store"), str(source)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begin\n"
        drafts = tmp_path / "store/drafts"
        wait_until(lambda: any(f.stat().st_size > 1 << 20 for f in files_in(drafts)))
        process.send_signal(signal.SIGKILL)
        assert process.stdout.read() == b""
    assert process.returncode == -signal.SIGKILL
    store = ArtifactStore(tmp_path / "store")
    assert keys(store, "files", "folders") == []
    assert len(keys(store, "drafts")) == 1
    old = time.time() - 8 * 86400
    for draft in files_in(drafts):
        os.utime(draft, (old, old))
    assert collect_garbage(store, []).drafts == 1
    assert keys(store, "drafts") == []


def test_a_folder_whose_put_is_killed_has_no_manifest(tmp_path: Path) -> None:
    for number in range(300):
        write(tmp_path / f"in/{number}", os.urandom(20_000))
    code = (
        "import sys; from pathlib import Path; from mline_airflow.artifacts import ArtifactStore\n"
        "ArtifactStore(sys.argv[1]).put(Path(sys.argv[2]))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "store"), str(tmp_path / "in")]
    ) as process:
        wait_until(lambda: any((tmp_path / "store").glob("files/*/*")))
        process.send_signal(signal.SIGKILL)
    store = ArtifactStore(tmp_path / "store")
    for artifact in store.all():
        store.verify(artifact)
    folder = store.put(tmp_path / "in")
    store.get(folder, tmp_path / "out")
    assert contents(tmp_path / "out") == contents(tmp_path / "in")


def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a small file system")
    try:
        store = ArtifactStore(disk / "store")
        small = store.put(write(tmp_path / "small", b"s" * 100_000))
        for big in (write(tmp_path / "big", os.urandom(4 << 20)), tmp_path / "folder"):
            write(tmp_path / "folder/x", os.urandom(4 << 20))
            with pytest.raises(
                StoreFullError, match=r"no space left in the store .*nothing was lost"
            ):
                store.put(big)
        assert keys(store, "drafts") == []
        store.verify(small)
        store.put(write(tmp_path / "other", b"o" * 100_000))
        large = ArtifactStore(tmp_path / "elsewhere").put(tmp_path / "big")
        with pytest.raises(StoreFullError, match="no space left to take"):
            ArtifactStore(tmp_path / "elsewhere").get(large, disk / "out")
        assert [path.name for path in disk.iterdir()] == ["store"]
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_write_that_fails_leaves_no_draft(
    store: ArtifactStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device that fails half-way cannot be had everywhere: the copy itself is made to fail."""

    def broken(source: object, sink: object) -> None:
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr("mline_airflow.store.objects.copy_hashed", broken)
    with pytest.raises(OSError, match="input/output"):
        store.put(write(tmp_path / "in"))
    assert keys(store, "files", "drafts") == []


def test_two_writers_of_the_same_content_are_both_right(
    store: ArtifactStore, tmp_path: Path
) -> None:
    data = os.urandom(3 << 20)
    write(tmp_path / "in/a", data)
    write(tmp_path / "in/b", data[:1000])
    found: list[Artifact] = []
    writers = [
        threading.Thread(target=lambda: found.append(store.put(tmp_path / "in"))) for _ in range(6)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(found) == 6
    assert len(set(found)) == 1
    store.verify(found[0])
    assert keys(store, "drafts") == []


def test_a_source_that_changes_while_it_is_read_gives_what_was_read(tmp_path: Path) -> None:
    """The name is of the bytes that were written, never of another reading of the file."""
    store = ArtifactStore(tmp_path / "store")
    source = write(tmp_path / "in", b"a" * (8 << 20))
    stop = threading.Event()

    def scribble() -> None:
        with source.open("r+b") as file:
            while not stop.is_set():
                file.seek(0)
                file.write(os.urandom(8 << 20))

    writer = threading.Thread(target=scribble)
    writer.start()
    try:
        artifacts = [store.put(source) for _ in range(5)]
    finally:
        stop.set()
        writer.join()
    for artifact in artifacts:
        store.verify(artifact)


# -- collection ----------------------------------------------------------------------------------


def make_old(store: ArtifactStore) -> None:
    import fsspec

    if hasattr(store.files, "fs"):
        memory = fsspec.filesystem("memory")
        for file in memory.store.values():
            file.created = file.modified = file.created.replace(year=2000)
        return
    for path in files_in(store.files.root):  # type: ignore[attr-defined]
        os.utime(path, (0, 0))


def test_collection_keeps_what_is_named_and_removes_the_rest(
    store: ArtifactStore, tmp_path: Path
) -> None:
    kept = store.put(write(tmp_path / "kept"))
    write(tmp_path / "folder/x", "in a folder")
    folder = store.put(tmp_path / "folder")
    gone = store.put(write(tmp_path / "gone", "gone"))
    make_old(store)
    report = collect_garbage(store, [kept, folder], dry_run=True)
    assert (report.objects, report.bytes, report.kept) == (1, 4, 3)
    assert store.has(gone)
    assert collect_garbage(store, [kept, folder]).objects == 1
    assert store.has(kept)
    assert store.has(folder)
    assert not store.has(gone)


def test_collection_spares_what_is_young(store: ArtifactStore, tmp_path: Path) -> None:
    young = store.put(write(tmp_path / "young"))
    assert collect_garbage(store, []).objects == 0
    assert store.has(young)
    assert collect_garbage(store, [], grace=timedelta(seconds=-60)).objects == 1


def test_a_put_of_old_known_content_makes_it_young(store: ArtifactStore, tmp_path: Path) -> None:
    write(tmp_path / "in/old")
    folder = store.put(tmp_path / "in")
    make_old(store)
    store.put(tmp_path / "in", expect_known=True)
    assert collect_garbage(store, []).objects == 0
    assert store.has(folder)


def test_a_record_that_cannot_be_read_ends_collection_before_it_removes_anything(
    store: ArtifactStore, tmp_path: Path
) -> None:
    from mline_airflow.records import Records

    artifact = store.put(write(tmp_path / "in"))
    make_old(store)
    store.files.write("runs/e/r/task.1.json", b"{half")
    with pytest.raises(StoreError, match="is not JSON"):
        collect_garbage(store, Records(store).artifacts())
    assert store.has(artifact)


# ------------------------------------------------------------------------------------------------


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []


def wait_until(holds: object, limit: float = 30.0) -> None:
    end = time.monotonic() + limit
    while time.monotonic() < end:
        try:
            if holds():  # type: ignore[operator]
                return
        except FileNotFoundError:
            pass
        time.sleep(0.005)
    raise AssertionError("it did not come to be in time")
