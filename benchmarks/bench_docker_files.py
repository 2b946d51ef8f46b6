"""What a gibibyte costs on its way into a container and out of it, beside `docker cp`."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from docker_here import Engine, docker, engines, timed, workbench
from measure import Report, interleaved

MIB = 1 << 20


def run(report: Report, folder: Path, mib: int, rounds: int) -> None:
    """Compare a large input and output with `docker cp` of the same file, on each engine."""
    source = folder / "large"
    with source.open("wb") as file:
        for _ in range(mib):
            file.write(os.urandom(MIB))
    for engine in engines():
        place = folder / engine.version
        place.mkdir()
        _run_on(report, place, engine, source, rounds)


def _run_on(report: Report, folder: Path, engine: Engine, source: Path, rounds: int) -> None:
    moved = _Moved(folder, engine, source)
    ways = {"cp-in": moved.copy_in, "cp-out": moved.copy_out}
    for name in moved.settings:
        ways |= {
            f"in-{name}": lambda name=name: moved.bring(name),
            f"out-{name}": lambda name=name: moved.collect(name),
        }
    # Memory that a virtual machine has not used yet is slow at its first use.
    interleaved(1, ways)
    found = interleaved(rounds, ways, any_order=True)
    moved.close()
    mib = source.stat().st_size // MIB
    for way in sorted(ways.keys() - {"cp-in", "cp-out"}):
        rate = mib / found[way].median
        note = f"{mib} MiB, {rate:.0f} MiB/s, noise ±{found[way].noise:.0%}"
        name = f"docker-{engine.version}/{way}/docker-cp"
        copied = found[f"cp-{way.partition('-')[0]}"]
        report.ratio(name, found[way] / copied, bar=1.2, note=note)


def _clean(action: Callable[[], object]) -> float:
    """Time an action that writes a gibibyte, with nothing of the one before left to be written.

    An artifact is on disk when it has its name; a sync of it would write the others' data, too.
    """
    os.sync()
    return timed(action)


def _job(bench: Any) -> Any:
    """Return the job of the stage `s`, as the protocol hands it to a runner."""
    from mline_airflow.failures import StageError
    from mline_airflow.runners.docker_runner import DockerRunner

    kept = []

    class Keeping(DockerRunner):
        def execute(self, job: Any, log: Any) -> None:  # noqa: ARG002 - the protocol's
            kept.append(job)
            raise StageError("only the job was wanted")

    with contextlib.suppress(StageError):
        bench.run("s", runner=Keeping(bench.make_runner().settings))
    return kept[0]


class _Moved:
    """One large file, in and out by the runner's own ways and by `docker cp`, which only moves."""

    def __init__(self, folder: Path, engine: Engine, source: Path) -> None:
        from workbench import gives, takes

        self.folder, self.source = folder, source
        self.bench = workbench(folder, engine)
        (self.bench.root / "large").hardlink_to(source)
        self.bench.task(
            "s", {"command": ["true"]}, inputs={"large": takes("large")}, outputs={"o": gives("o")}
        )
        self.job = _job(self.bench)
        self.client = self.bench.make_runner().client
        self.image = engine.image
        self.settings = self._settings()
        self.ended = {name: self._with_output(name) for name in self.settings}

    def _settings(self) -> dict[str, Any]:
        """Return the ways that this engine has: where it gets archives anyway, that is the one."""
        from mline_airflow.runners.docker_files import SentFiles
        from mline_airflow.runners.docker_shared import ways

        usual = self.bench.make_runner().settings
        first = next(ways(self.client, usual, {}))
        first.remove()
        if isinstance(first, SentFiles):
            return {"archive": usual}
        return {"auto": usual, "archive": replace(usual, files="archive")}

    def _container(self, name: str, command: list[str]) -> tuple[Any, str]:
        """Create a container; return how its files come and go, and its id."""
        from mline_airflow.runners.docker_shared import ways

        files = next(ways(self.client, self.settings[name], {}))
        mount = files.mount()
        config = self.client.create_host_config(mounts=[mount] if mount else None)
        made = self.client.create_container(self.image, command, host_config=config)
        return files, made["Id"]

    def _with_output(self, name: str) -> tuple[Any, str]:
        """Return the same of a container that has ended and left the file as its output."""
        files, container = self._container(name, ["cp", "/mline/in/large", "/mline/out/o"])
        files.bring(container, self.job, self.bench.store)
        self.client.start(container)
        self.client.wait(container)
        return files, container

    def bring(self, name: str) -> float:
        """Bring it to a container that has not started, from the store."""
        files, fresh = self._container(name, ["true"])
        seconds = _clean(lambda: files.bring(fresh, self.job, self.bench.store))
        self._remove(files, fresh)
        return seconds

    def collect(self, name: str) -> float:
        """Take it out into an empty store."""
        from mline_airflow.artifacts import ArtifactStore

        files, container = self.ended[name]
        with tempfile.TemporaryDirectory(dir=self.folder) as empty:
            store = ArtifactStore(empty)
            return _clean(lambda: files.collect(container, self.job, store))

    def _remove(self, files: Any, container: str) -> None:
        self.client.remove_container(container, force=True, v=True)
        files.remove()

    def copy_in(self) -> float:
        """Copy the same file with `docker cp`."""
        fresh = docker("create", self.image, "true")
        seconds = _clean(lambda: docker("cp", str(self.source), f"{fresh}:/large"))
        docker("rm", "-v", fresh)
        return seconds

    def copy_out(self) -> float:
        """Copy it out with `docker cp`."""
        target = self.folder / "copied"
        container = self.ended["archive"][1]
        seconds = _clean(lambda: docker("cp", f"{container}:/mline/out/o", str(target)))
        target.unlink()
        return seconds

    def close(self) -> None:
        """Remove the containers."""
        for files, container in self.ended.values():
            self._remove(files, container)
        self.client.close()
