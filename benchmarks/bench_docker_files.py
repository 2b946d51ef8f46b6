"""What a gibibyte costs on its way into a container and out of it, beside `docker cp`."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
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
    ways = {
        "in": moved.put_in,
        "cp-in": moved.copy_in,
        "out": moved.take_out,
        "cp-out": moved.copy_out,
    }
    # Memory that a virtual machine has not used yet is slow at its first use.
    interleaved(1, ways)
    found = interleaved(rounds, ways, any_order=True)
    moved.close()
    mib = source.stat().st_size // MIB
    for way in ("in", "out"):
        rate = mib / found[way].median
        note = f"{mib} MiB, {rate:.0f} MiB/s, noise ±{found[way].noise:.0%}"
        name = f"docker-{engine.version}/{way}/docker-cp"
        report.ratio(name, found[way] / found[f"cp-{way}"], bar=1.2, note=note)


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
        self.container = docker("create", self.image, "true")
        made = folder / "mline"
        (made / "out").mkdir(parents=True)
        (made / "out" / "o").hardlink_to(source)
        docker("cp", str(made), f"{self.container}:/")

    def put_in(self) -> float:
        """Put it into a container that has not started, from the store."""
        from mline_airflow.runners.docker_transfer import put_in

        fresh = docker("create", self.image, "true")
        seconds = _clean(lambda: put_in(self.client, fresh, self.job, self.bench.store))
        docker("rm", "-v", fresh)
        return seconds

    def take_out(self) -> float:
        """Take it out into an empty store."""
        from mline_airflow.artifacts import ArtifactStore
        from mline_airflow.runners.docker_transfer import take_out

        with tempfile.TemporaryDirectory(dir=self.folder) as empty:
            store = ArtifactStore(empty)
            return _clean(lambda: take_out(self.client, self.container, self.job, store, "o"))

    def copy_in(self) -> float:
        """Copy the same file with `docker cp`."""
        fresh = docker("create", self.image, "true")
        seconds = _clean(lambda: docker("cp", str(self.source), f"{fresh}:/large"))
        docker("rm", "-v", fresh)
        return seconds

    def copy_out(self) -> float:
        """Copy it out with `docker cp`."""
        target = self.folder / "copied"
        seconds = _clean(lambda: docker("cp", f"{self.container}:/mline/out/o", str(target)))
        target.unlink()
        return seconds

    def close(self) -> None:
        """Remove the container."""
        self.client.close()
        docker("rm", "-v", self.container)
