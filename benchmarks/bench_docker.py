"""What a stage in a container costs beside the same image without us, and what a service does.

Everything runs against one engine, in turns: a stage (with its record, its labels and its files), a
plain DockerOperator of Airflow's provider, and `docker run`. Tasks of Airflow are timed as Airflow
times them; then, without Airflow, what is ours alone.
"""

from __future__ import annotations

import json
import logging
import socket
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from docker_here import Engine, docker, engines, timed, workbench
from measure import HERE, Report, Samples, interleaved, run_json, this_python


def run_stage(report: Report, folder: Path, rounds: int) -> None:
    """Compare a stage with a plain DockerOperator and with `docker run`, on each engine."""
    for engine in engines():
        place = folder / engine.version
        place.mkdir()
        _report_tasks(report, engine, _tasks(place, engine, rounds))
        ways = {
            "stage": _stage(place, engine),
            "operator": _operator(engine),
            "run": lambda image=engine.image: timed(lambda: docker("run", "--rm", image, "true")),
        }
        interleaved(1, ways)
        found = interleaved(rounds, ways, any_order=True)
        note = f"stage {found['stage'].median * 1000:.0f} ms, noise ±{found['stage'].noise:.0%}"
        name = f"docker-{engine.version}/stage"
        report.ratio(f"{name}/operator", found["stage"] / found["operator"], note=note)
        report.ratio(f"{name}/docker-run", found["stage"] / found["run"])


def _report_tasks(report: Report, engine: Engine, found: Mapping[str, Samples]) -> None:
    """Tell the ratio of each way in which a stage's files get into its container."""
    for way in ("auto", "archive", "shared"):
        took = found[way]
        note = f"a task takes {took.median * 1000:.0f} ms, noise ±{took.noise:.0%}"
        name = f"docker-{engine.version}/task-{way}/operator-task"
        report.ratio(name, took / found["plain"], bar=1.10, note=note)


def run_service(report: Report, folder: Path, rounds: int) -> None:
    """Compare a service's start with `docker run -d` and the same look for its port."""
    for engine in engines():
        place = folder / engine.version
        place.mkdir()
        ways = {"service": _service(place, engine), "run": _run_and_look(engine.image)}
        interleaved(1, ways)
        found = interleaved(rounds, ways, any_order=True)
        seconds = found["service"].median
        note = f"service {seconds * 1000:.0f} ms, noise ±{found['service'].noise:.0%}"
        name = f"docker-{engine.version}/service/docker-run"
        report.ratio(name, found["service"] / found["run"], note=note)


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
experiment: {name}
stages:
  work: {{image: '{image}', command: ['true'], cache: false}}
"""


def _tasks(folder: Path, engine: Engine, rounds: int) -> dict[str, Samples]:
    """Return what a task takes in Airflow: a stage, its files sent or shared; a plain operator."""
    from importlib.metadata import version

    from airflow_home import Home, migrated

    plain, home, shared = (folder / name for name in ("plain", "home", "shared-files"))
    for made in (plain, home, shared):
        made.mkdir()
    (plain / "plain.py").write_text(_PLAIN.format(image=engine.image, host=engine.host))
    bundles = [
        _bundle(folder, engine, "auto"),
        _bundle(folder, engine, "archive", ", files: archive"),
        _bundle(folder, engine, "shared", more=f", shared_folder: '{shared}'"),
        {
            "name": "plain",
            "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
            "kwargs": {"path": str(plain)},
        },
    ]
    settings = {"AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(bundles)}
    airflow = Home(home, plain, settings)
    migrated(home, airflow.python, version("apache-airflow"))
    program = [str(HERE / "docker_tasks.py"), str(rounds), "auto", "archive", "shared", "plain"]
    found = run_json(this_python(), program, airflow.environment)
    return {name: Samples(values) for name, values in found.items()}


def _bundle(
    folder: Path, engine: Engine, name: str, docker_more: str = "", more: str = ""
) -> dict[str, Any]:
    """Make a project with one experiment; return its bundle.

    `docker_more` are more settings of its profile's `docker`, `more` of the profile itself.
    """
    project = folder / name
    project.mkdir()
    profile = f"{{runner: docker, docker: {{url: '{engine.host}'{docker_more}}}{more}}}"
    (project / "mline.yaml").write_text(f"mline: 1\nproject: {name}\nprofiles: {{d: {profile}}}\n")
    experiment = _OURS.format(name=name, image=engine.image)
    (project / f"{name}.mline.yaml").write_text(experiment)
    own = "mline_airflow.bundles.MLineDagBundle"
    return {"name": name, "classpath": own, "kwargs": {"path": str(project)}}


def _stage(folder: Path, engine: Engine) -> Callable[[], float]:
    bench = workbench(folder, engine)
    bench.task("s", {"command": ["true"]})
    return lambda: timed(lambda: bench.run("s"))


def _operator(engine: Engine) -> Callable[[], float]:
    from airflow.providers.docker.operators.docker import DockerOperator

    logging.disable(logging.WARNING)

    def once() -> float:
        stage = DockerOperator(
            task_id="stage",
            image=engine.image,
            command=["true"],
            docker_url=engine.host,
            auto_remove="force",
            mount_tmp_dir=False,
        )
        return timed(lambda: stage.execute({}))

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


def _service(folder: Path, engine: Engine) -> Callable[[], float]:
    from mline_airflow.artifacts import ArtifactStore
    from mline_airflow.dag_factory.project import Project
    from mline_airflow.services.place import place_for
    from mline_airflow.services.task import ServiceContext, run_start, run_stop

    root = folder / "served"
    root.mkdir()
    profile = f"{{runner: docker, docker: {{url: '{engine.host}'}}}}"
    (root / "mline.yaml").write_text(f"mline: 1\nproject: b\nprofiles: {{d: {profile}}}\n")
    (root / "served.mline.yaml").write_text(_SERVED.replace("IMAGE", f"'{engine.image}'"))
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
        seconds = timed(lambda: run_start(plan, start, context))
        run_stop(plan, stop, context)
        return seconds

    return once


def _run_and_look(image: str) -> Callable[[], float]:
    from mline_airflow.services.ready import stays_open

    def once() -> float:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        network = docker("network", "create", f"bench-{uuid.uuid4().hex[:8]}")
        begun = time.perf_counter()
        container = docker(
            *("run", "-d", "--network", network, "-p", f"127.0.0.1:{port}:80", image),
            *("httpd", "-f", "-p", "80"),
        )
        while not stays_open("127.0.0.1", port):
            time.sleep(0.01)
        seconds = time.perf_counter() - begun
        docker("rm", "-f", container)
        docker("network", "rm", network)
        return seconds

    return once
