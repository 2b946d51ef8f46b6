"""What a stage in a container costs beside the same image without us, and what its artifacts do.

Everything runs against one engine, in turns: a stage (with its record, its labels and its files), a
plain DockerOperator of Airflow's provider, and `docker run`. Tasks of Airflow are timed as Airflow
times them; then, without Airflow, what is ours alone.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from measure import HERE, ROOT, Report, Samples, interleaved, run_json, this_python

sys.path[:0] = [str(ROOT / "tests" / name) for name in ("engines", "contract", "airflow")]

IMAGE = "busybox"
MIB = 1 << 20


@contextlib.contextmanager
def _engine() -> Iterator[Any]:
    """Start the engine of the tests, or take the one that runs."""
    from docker_engine import running_engine

    os.environ["CI"] = "true"  # an engine that cannot start is an error here
    with running_engine() as engine:
        os.environ["DOCKER_HOST"] = engine.host
        yield engine


_PLAIN = """\
from airflow.providers.docker.operators.docker import DockerOperator
from airflow.sdk import DAG

with DAG("plain", schedule=None):
    DockerOperator(
        task_id="work",
        image={image!r},
        command=["true"],
        docker_url={host!r},
        auto_remove="force",
        mount_tmp_dir=False,
    )
"""
_OURS = """\
mline: 1
experiment: ours
stages:
  work: {{image: '{image}', command: ['true'], cache: false}}
"""


def _tasks(folder: Path, host: str, image: str, rounds: int) -> tuple[Samples, Samples]:
    """Return what a task of each kind takes in Airflow: a stage, and a plain operator."""
    from importlib.metadata import version

    from airflow_home import Home, migrated

    project, plain, home = (folder / name for name in ("project", "plain", "home"))
    for made in (project, plain, home):
        made.mkdir()
    profiles = f"{{d: {{runner: docker, docker: {{url: '{host}'}}}}}}"
    (project / "mline.yaml").write_text(f"mline: 1\nproject: b\nprofiles: {profiles}\n")
    (project / "ours.mline.yaml").write_text(_OURS.format(image=image))
    (plain / "plain.py").write_text(_PLAIN.format(image=image, host=host))
    own = "mline_airflow.bundles.MLineDagBundle"
    local = "airflow.dag_processing.bundles.local.LocalDagBundle"
    bundles = [
        {"name": "ours", "classpath": own, "kwargs": {"path": str(project)}},
        {"name": "plain", "classpath": local, "kwargs": {"path": str(plain)}},
    ]
    settings = {"AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(bundles)}
    airflow = Home(home, project, settings)
    migrated(home, airflow.python, version("apache-airflow"))
    program = [str(HERE / "docker_tasks.py"), str(rounds), "ours", "plain"]
    found = run_json(this_python(), program, airflow.environment)
    return Samples(found["ours"]), Samples(found["plain"])


def run_stage(report: Report, folder: Path, rounds: int) -> None:
    """Compare a stage with a plain DockerOperator and with `docker run`."""
    with _engine() as engine:
        image = engine.image(IMAGE)
        ours, plain = _tasks(folder, engine.host, image, rounds)
        ways = {
            "stage": _stage(folder, engine.host, image),
            "operator": _operator(engine.host, image),
            "run": lambda: _timed(lambda: _docker("run", "--rm", image, "true")),
        }
        for way in ways.values():
            way()
        found = interleaved(rounds, ways)
    note = f"stage {found['stage'].median * 1000:.0f} ms, noise ±{found['stage'].noise:.0%}"
    task = f"a task takes {ours.median * 1000:.0f} ms, noise ±{ours.noise:.0%}"
    report.ratio("docker/task/operator-task", ours / plain, bar=1.10, note=task)
    report.ratio("docker/stage/operator", found["stage"] / found["operator"], note=note)
    report.ratio("docker/stage/docker-run", found["stage"] / found["run"])


def run_service(report: Report, folder: Path, rounds: int) -> None:
    """Compare a service's start with `docker run -d` and the same look for its port."""
    with _engine() as engine:
        image = engine.image(IMAGE)
        ways = {"service": _service(folder, engine.host, image), "run": _run_and_look(image)}
        for way in ways.values():
            way()
        found = interleaved(rounds, ways)
    note = f"service {found['service'].median * 1000:.0f} ms, noise ±{found['service'].noise:.0%}"
    report.ratio("docker/service/docker-run", found["service"] / found["run"], note=note)


def run_files(report: Report, folder: Path, mib: int, rounds: int) -> None:
    """Compare a large input and output with `docker cp` of the same file."""
    with _engine() as engine:
        image = engine.image(IMAGE)
        source = folder / "large"
        with source.open("wb") as file:
            for _ in range(mib):
                file.write(os.urandom(MIB))
        moved = _Moved(folder, engine.host, image, source)
        ways = {
            "in": moved.put_in,
            "cp-in": moved.copy_in,
            "out": moved.take_out,
            "cp-out": moved.copy_out,
        }
        found = interleaved(rounds, ways)
        moved.close()
    for way in ("in", "out"):
        rate = mib / found[way].median
        note = f"{mib} MiB, {rate:.0f} MiB/s, noise ±{found[way].noise:.0%}"
        report.ratio(f"docker/{way}/docker-cp", found[way] / found[f"cp-{way}"], bar=1.2, note=note)


def _timed(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def _clean(action: Callable[[], object]) -> float:
    """Time an action that writes a gibibyte, with nothing of the one before left to be written.

    An artifact is on disk when it has its name; a sync of it would write the others' data, too.
    """
    os.sync()
    return _timed(action)


def _docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _bench(folder: Path, host: str, image: str) -> Any:
    from workbench import Workbench

    from mline_airflow.runners.docker_runner import DockerRunner
    from mline_airflow.runners.docker_settings import DockerSettings

    place = Path(tempfile.mkdtemp(dir=folder))
    bench = Workbench(place, lambda: DockerRunner(DockerSettings(url=host)))
    bench.defaults = {"runner": "docker", "image": image}
    return bench


def _stage(folder: Path, host: str, image: str) -> Callable[[], float]:
    bench = _bench(folder, host, image)
    bench.task("s", {"command": ["true"]})
    return lambda: _timed(lambda: bench.run("s"))


def _operator(host: str, image: str) -> Callable[[], float]:
    from airflow.providers.docker.operators.docker import DockerOperator

    logging.disable(logging.WARNING)

    def once() -> float:
        stage = DockerOperator(
            task_id="stage",
            image=image,
            command=["true"],
            docker_url=host,
            auto_remove="force",
            mount_tmp_dir=False,
        )
        return _timed(lambda: stage.execute({}))

    return once


_SERVED = """\
mline: 1
experiment: served
services:
  web:
    image: IMAGE
    command: [httpd, -f, -p, '80']
    offers: {http: 80}
stages:
  ask: {uses: web, image: IMAGE, command: ['true']}
"""


def _service(folder: Path, host: str, image: str) -> Callable[[], float]:
    from mline_airflow.artifacts import ArtifactStore
    from mline_airflow.dag_factory.project import Project
    from mline_airflow.services.place import place_for
    from mline_airflow.services.task import ServiceContext, run_start, run_stop

    root = folder / "served"
    root.mkdir()
    (root / "mline.yaml").write_text(
        f"mline: 1\nproject: b\nprofiles: {{d: {{runner: docker, docker: {{url: '{host}'}}}}}}\n"
    )
    (root / "served.mline.yaml").write_text(_SERVED.replace("IMAGE", f"'{image}'"))
    plan = Project.open(root).plan(root / "served.mline.yaml").plan
    if plan is None:
        sys.exit("the experiment of the benchmark is wrong")
    start, stop = (
        next(one for one in plan["tasks"] if one["kind"] == kind) for kind in ("start", "stop")
    )

    def once() -> float:
        context = ServiceContext(
            store=ArtifactStore(folder / "store"),
            root=root,
            run=uuid.uuid4().hex,
            place=place_for("docker", plan["profile"], folder / "services"),
            log=lambda _: None,
        )
        seconds = _timed(lambda: run_start(plan, start, context))
        run_stop(plan, stop, context)
        return seconds

    return once


def _run_and_look(image: str) -> Callable[[], float]:
    from mline_airflow.services.ready import stays_open

    def once() -> float:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        network = _docker("network", "create", f"bench-{uuid.uuid4().hex[:8]}")
        begun = time.perf_counter()
        container = _docker(
            *("run", "-d", "--network", network, "-p", f"127.0.0.1:{port}:80", image),
            *("httpd", "-f", "-p", "80"),
        )
        while not stays_open("127.0.0.1", port):
            time.sleep(0.01)
        seconds = time.perf_counter() - begun
        _docker("rm", "-f", container)
        _docker("network", "rm", network)
        return seconds

    return once


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

    def __init__(self, folder: Path, host: str, image: str, source: Path) -> None:
        from workbench import gives, takes

        self.folder, self.source = folder, source
        self.bench = _bench(folder, host, image)
        (self.bench.root / "large").hardlink_to(source)
        self.bench.task(
            "s", {"command": ["true"]}, inputs={"large": takes("large")}, outputs={"o": gives("o")}
        )
        self.job = _job(self.bench)
        self.client = self.bench.make_runner().client
        self.image = image
        self.container = _docker("create", image, "true")
        made = folder / "mline"
        (made / "out").mkdir(parents=True)
        (made / "out" / "o").hardlink_to(source)
        _docker("cp", str(made), f"{self.container}:/")

    def put_in(self) -> float:
        """Put it into a container that has not started, from the store."""
        from mline_airflow.runners.docker_transfer import put_in

        fresh = _docker("create", self.image, "true")
        seconds = _clean(lambda: put_in(self.client, fresh, self.job, self.bench.store))
        _docker("rm", "-v", fresh)
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
        fresh = _docker("create", self.image, "true")
        seconds = _clean(lambda: _docker("cp", str(self.source), f"{fresh}:/large"))
        _docker("rm", "-v", fresh)
        return seconds

    def copy_out(self) -> float:
        """Copy it out with `docker cp`."""
        target = self.folder / "copied"
        seconds = _clean(lambda: _docker("cp", f"{self.container}:/mline/out/o", str(target)))
        target.unlink()
        return seconds

    def close(self) -> None:
        """Remove the container."""
        self.client.close()
        _docker("rm", "-v", self.container)
