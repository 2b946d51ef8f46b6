"""A folder of this machine as `/mline`: when there is one, who may see it, and that none stays."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from killable import WORKER, until
from workbench import Workbench, gives, takes

from mline_airflow.failures import OutputError, StageError
from mline_airflow.runners.docker_client import version_of
from mline_airflow.runners.docker_leftovers import leftovers, remove
from mline_airflow.runners.docker_settings import SharedFolder
from mline_airflow.runners.docker_shared import SharedFiles

if TYPE_CHECKING:
    from docker_engine import DockerEngine

Bench = Callable[..., Workbench]
Ours = dict[str, list[str]]

CONTRACT = Path(__file__).parent.parent / "contract"
SOMEBODY = 65534

COPY = """
import shutil
def f(data, out):
    out.mkdir()
    shutil.copytree(data, out / "copy")
    (out / "private").mkdir(0o700)
    (out / "private" / "key").touch(0o600)
    print(data)
    print("copied")
"""

# What a worker of its own does: one stage. It tells what the container had mounted.
OTHER = f"""
import json, os, sys
from pathlib import Path
contract, folder, host, image, user, umask = sys.argv[1:]
sys.path.insert(0, contract)
from workbench import Workbench, gives, takes
from mline_airflow.runners.docker_runner import DockerRunner
from mline_airflow.runners.docker_settings import DockerSettings

def bench(name):
    place = Path(folder, name)
    place.mkdir()
    made = Workbench(place, lambda: DockerRunner(DockerSettings(url=host)))
    made.defaults = {{"runner": "docker", "image": image}}
    made.write("in/a b", "A")
    made.call("s", {COPY!r},
              inputs={{"data": takes("in", "core.Folder")}},
              outputs={{"out": gives("o", "core.Folder")}})
    return made

if int(user):
    bench("imports").run("s")  # somebody else may not be able to import
    os.setgroups([])
    os.setgid(os.stat(host.removeprefix("unix://")).st_gid)
    os.setuid(int(user))
os.umask(int(umask, 8))
here = bench("own")
runner = here.make_runner()
mounts = []
def log(line):
    if line == "copied":
        mounts.extend(runner.client.inspect_container(runner._container)["Mounts"])
record = here.run("s", runner=runner, log=log)
print(json.dumps([[one["Source"] for one in mounts], record["outputs"]["out"]["files"]]))
"""


@pytest.fixture(autouse=True)
def worker_tmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where workers have their temporary files: nothing of a stage stays there."""
    folder = tmp_path / "tmp of workers"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


@pytest.fixture
def slow(client: Any) -> bool:
    """Whether the engine is one that takes archives in slowly."""
    version = version_of(client)
    assert version is not None
    return version < (1, 42)


def copying(bench: Workbench) -> Workbench:
    """Add a stage that copies its input, a folder, to its output."""
    bench.write("in/a b", "A")
    bench.call(
        "s",
        COPY,
        inputs={"data": takes("in", "core.Folder")},
        outputs={"out": gives("o", "core.Folder")},
    )
    return bench


def mounts_of(bench: Workbench, client: Any, ours: Ours) -> list[Any]:
    """Run the stage; return what its container has mounted while it runs, with their modes."""
    found: list[Any] = []

    def log(line: str) -> None:
        bench.lines.append(line)
        if line == "copied":
            (one,) = client.containers(filters=ours)
            for mount in one["Mounts"]:
                root = Path(mount["Source"]).parent
                found.append((mount["Type"], str(root.parent), stat.S_IMODE(root.stat().st_mode)))

    record = bench.run("s", log=log)
    assert record["outputs"]["out"]["files"] == 2
    assert "/mline/in/data" in bench.lines
    return found


@pytest.mark.parametrize("image", ["python", "nonroot"])
@pytest.mark.parametrize("read_only", [False, True], ids=["plain", "read-only"])
def test_an_engine_of_this_machine_that_is_slow_at_archives_sees_a_folder_of_this_user_alone(
    bench: Bench,
    client: Any,
    ours: Ours,
    worker_tmp: Path,
    image: str,
    *,
    slow: bool,
    read_only: bool,
) -> None:
    found = mounts_of(copying(bench(image, read_only=read_only)), client, ours)
    if slow:
        assert found == [("bind", str(worker_tmp), 0o700)]
    else:
        assert [kind for kind, *_ in found] == (["volume"] if read_only else [])


@pytest.mark.parametrize("has_folder", [False, True])
def test_a_profile_may_want_archives(
    bench: Bench, client: Any, ours: Ours, tmp_path: Path, *, has_folder: bool
) -> None:
    shared = SharedFolder(tmp_path, str(tmp_path)) if has_folder else None
    here = copying(bench("python", files="archive", shared=shared))
    assert mounts_of(here, client, ours) == []


def test_a_remote_engine_gets_archives(
    bench: Bench, client: Any, ours: Ours, docker_engine: DockerEngine
) -> None:
    if docker_engine.certificates is None:
        pytest.skip("another engine has no certificates of ours")
    names = {"ca": "ca.pem", "cert": "cert.pem", "key": "key.pem"}
    tls = {key: str(docker_engine.certificates / name) for key, name in names.items()}
    here = copying(bench("python", url=docker_engine.tcp, **tls))
    assert mounts_of(here, client, ours) == []


@pytest.mark.parametrize("image", ["python", "nonroot"])
def test_the_folder_of_a_profile_is_used_by_every_engine(
    bench: Bench, client: Any, ours: Ours, tmp_path: Path, image: str
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    here = copying(bench(image, shared=SharedFolder(shared, str(shared))))
    assert mounts_of(here, client, ours) == [("bind", str(shared), 0o755)]
    assert list(shared.iterdir()) == []
    (record,) = here.records.values()
    given, made = record["inputs"]["data"], here.artifact(record["outputs"]["out"])
    copied = [entry.sha256 for entry in here.store.entries(made) if entry.path == "copy/a b"]
    whole = here.artifact(given)
    assert copied == [entry.sha256 for entry in here.store.entries(whole)]


def test_a_link_in_place_of_all_outputs_leads_nowhere(bench: Bench, tmp_path: Path) -> None:
    secret = tmp_path / "secrets" / "o"
    secret.parent.mkdir()
    secret.write_text("of this machine")
    shared = tmp_path / "shared"
    shared.mkdir()
    here = bench(shared=SharedFolder(shared, str(shared)))
    script = f"rmdir /mline/out && ln -s '{secret.parent}' /mline/out"
    here.task("s", {"run": script}, outputs={"o": gives("o")})
    with pytest.raises(OutputError, match="it made a link of its `out`") as caught:
        here.run("s")
    assert caught.value.code == "bad-output"
    assert list(shared.iterdir()) == []


def test_a_device_is_no_output(bench: Bench) -> None:
    here = bench()
    here.task("s", {"run": 'mknod "$OUT_O" b 1 0'}, outputs={"o": gives("o")})
    with pytest.raises(OutputError, match=r"cannot be kept: .*(special file|neither a file nor)"):
        here.run("s")


# -- other workers -------------------------------------------------------------------------------


@pytest.fixture
def somebody(docker_engine: DockerEngine) -> Iterator[tuple[Path, str]]:
    """A folder of a user who is not root, and the engine's socket where that user reaches it."""
    if os.geteuid():
        pytest.skip("only root can become somebody else")
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "tmp").mkdir()
        socket = folder / "docker.sock"
        socket.touch()
        subprocess.run(
            ["mount", "--bind", docker_engine.host.removeprefix("unix://"), socket], check=True
        )
        os.chown(folder, SOMEBODY, -1)
        os.chown(folder / "tmp", SOMEBODY, -1)
        try:
            yield folder, f"unix://{socket}"
        finally:
            subprocess.run(["umount", socket], check=True)


def told_by(
    *before: str, folder: Path, host: str, image: str, user: int = 0, umask: str = "22"
) -> Any:
    """Run a stage in a process of its own; return what was mounted and how many files came out."""
    arguments = [str(CONTRACT), str(folder), host, image, str(user), umask]
    done = subprocess.run(
        [*before, sys.executable, "-c", OTHER, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TMPDIR": str(folder / "tmp")},
    )
    assert done.returncode == 0, done.stderr
    assert list((folder / "tmp").iterdir()) == []
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("image", ["python", "nonroot"])
def test_a_worker_who_is_not_root_gets_what_root_wrote_and_leaves_nothing(
    somebody: tuple[Path, str], docker_engine: DockerEngine, image: str, *, slow: bool
) -> None:
    folder, host = somebody
    mounts, files = told_by(
        folder=folder, host=host, image=docker_engine.image(image), user=SOMEBODY, umask="77"
    )
    assert [Path(one).parent.parent for one in mounts] == ([folder / "tmp"] if slow else [])
    assert files == 2


def test_a_strict_mask_keeps_no_container_from_its_files(
    tmp_path: Path, docker_engine: DockerEngine
) -> None:
    (tmp_path / "tmp").mkdir()
    image = docker_engine.image("nonroot")
    assert told_by(folder=tmp_path, host=docker_engine.host, image=image, umask="77")[1] == 2


def test_an_engine_that_does_not_see_the_folder_gets_archives(
    tmp_path: Path, docker_engine: DockerEngine
) -> None:
    hidden = tmp_path / "tmp"
    hidden.mkdir()
    script = 'mount -t tmpfs none "$0" && exec "$@"'
    before = ["unshare", "--mount", "sh", "-c", script, str(hidden)]
    image = docker_engine.image("python")
    assert told_by(*before, folder=tmp_path, host=docker_engine.host, image=image) == [[], 2]


def test_an_engine_that_cannot_mount_the_folder_gets_archives(
    bench: Bench, client: Any, ours: Ours, monkeypatch: pytest.MonkeyPatch, *, slow: bool
) -> None:
    bring, taken = SharedFiles.bring, []

    def and_take_away(self: SharedFiles, *arguments: Any) -> None:
        bring(self, *arguments)
        (folder,) = Path(os.environ["TMPDIR"]).glob("*/mline")
        taken.append(folder.rename(folder.with_name("away")))

    monkeypatch.setattr(SharedFiles, "bring", and_take_away)
    assert mounts_of(copying(bench("python")), client, ours) == []
    assert len(taken) == slow


@pytest.mark.parametrize("option", ["size=4k", "noexec"])
def test_a_place_here_that_is_full_or_not_for_programs_is_no_matter(
    tmp_path: Path, docker_engine: DockerEngine, option: str
) -> None:
    place = tmp_path / "tmp"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", option, "none", place], check=True)
    try:
        image = docker_engine.image("python")
        assert told_by(folder=tmp_path, host=docker_engine.host, image=image) == [[], 2]
    finally:
        subprocess.run(["umount", place], check=True)


# -- what killed workers leave -------------------------------------------------------------------


@pytest.fixture
def killed(docker_engine: DockerEngine, tmp_path: Path, client: Any, ours: Ours) -> Any:
    """The container of a worker that was killed."""
    image = docker_engine.image("busybox")
    command = [sys.executable, "-c", WORKER, CONTRACT, tmp_path, docker_engine.host, image]
    with subprocess.Popen(command) as process:
        try:
            (found,) = until(lambda: client.containers(filters=ours))
        finally:
            process.kill()
    return found


def test_the_next_try_removes_the_folder(
    killed: Any, bench: Bench, worker_tmp: Path, tmp_path: Path, *, slow: bool
) -> None:
    assert len(list(worker_tmp.iterdir())) == slow
    (tmp_path / "project").rename(tmp_path / "killed")
    here = bench()
    here.task("s", {"command": ["true"]})
    here.run("s", attempt=2)
    assert killed


def test_the_reaper_removes_the_folder(killed: Any, client: Any) -> None:
    (found,) = (one for one in leftovers(client, lambda *_: "unknown") if one.id == killed["Id"])
    remove(client, found)


def test_a_folder_that_a_living_worker_holds_is_left_to_it(
    bench: Bench, client: Any, ours: Ours, worker_tmp: Path, *, slow: bool
) -> None:
    here = bench()
    here.task("s", {"run": "echo begun; sleep 600"})
    seen = []

    def log(line: str) -> None:
        if line == "begun":
            (own,) = client.containers(filters=ours)
            (one,) = (one for one in leftovers(client, lambda *_: "over") if one.id == own["Id"])
            remove(client, one)
            seen.append(len(list(worker_tmp.iterdir())))

    with pytest.raises(StageError, match=r"lost its container|\(SIGKILL\)"):
        here.run("s", log=log)
    assert seen == [slow]
