"""A shared folder of a profile: another path on the engine's machine, and what stays in it."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from killable import until
from workbench import Workbench, gives

from mline_airflow.runners import docker_shared
from mline_airflow.runners.docker_client import EngineError
from mline_airflow.runners.docker_settings import SharedFolder

if TYPE_CHECKING:
    from docker_engine import DockerEngine

Bench = Callable[..., Workbench]

CONTRACT = Path(__file__).parent.parent / "contract"
WORKER = """
import sys
from pathlib import Path
contract, folder, host, image, shared, attempt, script = sys.argv[1:]
sys.path.insert(0, contract)
from workbench import Workbench
from mline_airflow.runners.docker_runner import DockerRunner
from mline_airflow.runners.docker_settings import DockerSettings, SharedFolder
settings = DockerSettings(url=host, shared=SharedFolder.parse(shared))
Path(folder, attempt).mkdir()
Path(folder, attempt, "store").symlink_to(Path(folder, "store"))
bench = Workbench(Path(folder, attempt), lambda: DockerRunner(settings))
bench.store = type(bench.store)(Path(folder, "store"))
bench.defaults = {"runner": "docker", "image": image}
bench.task("s", {"run": script})
bench.run("s", attempt=int(attempt))
"""


@dataclass(frozen=True)
class Machine:
    """A worker's machine: it does not see the paths of the engine's."""

    here: Path
    there: Path

    def command(self, *arguments: object) -> list[str]:
        script = 'mount -t tmpfs none "$0" && exec "$@"'
        before = ["unshare", "--mount", "sh", "-c", script, str(self.there.parent)]
        return [*before, sys.executable, *map(str, arguments)]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    if os.geteuid():
        pytest.skip("only root can have paths of its own")
    made = Machine(tmp_path / "shared", tmp_path / "of the engine" / "shared")
    made.here.mkdir()
    made.there.parent.mkdir()
    made.there.symlink_to(made.here)
    return made


@pytest.fixture
def work(machine: Machine, docker_engine: DockerEngine, tmp_path: Path) -> Callable[..., list[str]]:
    """Return what makes the command of a worker."""
    image = docker_engine.image("busybox")
    (tmp_path / "store").mkdir()
    shared = f"{machine.here}:{machine.there}"
    common = ["-c", WORKER, CONTRACT, tmp_path, docker_engine.host, image, shared]
    return lambda attempt, script: machine.command(*common, attempt, script)


@pytest.fixture
def killed(
    work: Callable[..., list[str]], machine: Machine, client: Any, ours: Any
) -> Iterator[str]:
    """The container of a worker that was killed."""
    with subprocess.Popen(work(1, "sleep 600")) as process:
        try:
            (found,) = until(lambda: client.containers(filters=ours))
        finally:
            process.kill()
    assert len(list(machine.here.iterdir())) == 1
    yield found["Id"]
    assert list(machine.here.iterdir()) == []


@pytest.mark.usefixtures("killed")
def test_the_next_try_removes_a_folder_that_the_engine_has_under_another_path(
    work: Callable[..., list[str]],
) -> None:
    subprocess.run(work(2, "true"), check=True)


def test_the_reaper_removes_a_folder_that_the_engine_has_under_another_path(
    killed: str, machine: Machine, docker_engine: DockerEngine, tmp_path: Path
) -> None:
    profiles = json.dumps({"here": {"docker": {"url": docker_engine.host}}})
    (tmp_path / "mline.yaml").write_text(f"mline: 1\nproject: reaped\nprofiles: {profiles}\n")
    done = subprocess.run(
        machine.command("-m", "mline_airflow.cli", "reap", "--json"),
        cwd=tmp_path,
        env={**os.environ, "MLINE_SERVICES_FOLDER": str(tmp_path / "services")},
        stdout=subprocess.PIPE,
        check=True,
    )
    assert f"container {killed[:12]}" in [one["where"] for one in json.loads(done.stdout)]


def test_a_folder_whose_container_somebody_removed_is_swept(
    killed: str, machine: Machine, client: Any, bench: Bench, tmp_path: Path
) -> None:
    client.remove_container(killed, force=True, v=True)
    (left,) = machine.here.iterdir()
    os.utime(left, (0, 0))
    here = bench(shared=SharedFolder(machine.here, str(machine.there)))
    here.task("t", {"command": ["true"]})
    here.run("t")


# -- a folder that is of no use ------------------------------------------------------------------


def test_a_shared_folder_that_is_not_there_is_told(bench: Bench, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    here = bench(shared=SharedFolder(nowhere, str(nowhere)))
    here.task("s", {"command": ["true"]})
    with pytest.raises(EngineError, match=f"there is no shared folder {nowhere} on this machine"):
        here.run("s")


def test_a_shared_folder_that_is_full_is_told(bench: Bench, tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "none", full], check=True)
    try:
        here = bench(shared=SharedFolder(full, str(full)))
        here.task("s", {"run": "true"})
        with pytest.raises(EngineError, match=f"no space left in the shared folder {full}"):
            here.run("s")
        assert list(full.iterdir()) == []
    finally:
        subprocess.run(["umount", full], check=True)


@pytest.mark.parametrize(
    ("place", "told"),
    [
        (None, "the shared folder {tmp}, or the artifact store, cannot be used: .*Input/output"),
        ("own", "the shared folder {tmp} cannot be used: .*Input/output error"),
        ("store", r"^\[Errno 5\] Input/output error: '{tmp}/store'$"),
    ],
)
def test_a_folder_that_cannot_be_read_any_more_is_told_by_its_name(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str | None, told: str
) -> None:
    def broken(_job: Any, _store: Any, folder: Path) -> None:
        names = {None: (), "own": (str(folder / "out/out"),), "store": (str(tmp_path / "store"),)}
        raise OSError(errno.EIO, os.strerror(errno.EIO), *names[place])

    # No test has a disk that breaks.
    monkeypatch.setattr(docker_shared, "collect_folder", broken)
    here = bench(shared=SharedFolder(tmp_path, str(tmp_path)))
    here.task("s", {"run": 'echo made > "$OUT_OUT"'}, outputs={"out": gives("made")})
    with pytest.raises((EngineError, OSError), match=told.format(tmp=tmp_path)):
        here.run("s")
