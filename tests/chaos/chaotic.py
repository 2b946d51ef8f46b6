"""A real Airflow with an experiment, and what kills its parts at random."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psutil
from airflow_home import Home, migrated, wait_for
from docker.errors import DockerException

from mline_airflow.quickstart.api import Api, ApiError
from mline_airflow.quickstart.processes import COMPONENTS, Processes
from mline_airflow.quickstart.state import USER, State, free_ports
from mline_airflow.runners.stage_folder import PREFIX, sweep_leftovers

if TYPE_CHECKING:
    from conftest import BreakableEngine

PLAIN, SERVED = "chaos_plain", "chaos_served"
PARTS = 20
COMMON = """\
mline: 1
experiment: NAME
params: {number: 0}
max_runs: 5
defaults: {image: 'IMAGE', retries: 8, retry_delay: 2s, timeout: 2m}
"""
EXPERIMENTS = {
    PLAIN: """\
stages:
  make:
    gives: {parts: Folder}
    with: {number: $params.number}
    run: |
      mkdir "$OUT_PARTS"
      for i in $(seq 20); do
        head -c 100000 /dev/urandom > "$OUT_PARTS/part-$i"
        sleep 0.1
      done
  check:
    takes: {parts: make.parts}
    gives: {count: TextFile}
    run: |
      trap 'exit 0' TERM
      sleep 1 & wait
      ls "$IN_PARTS" | wc -l > "$OUT_COUNT"
""",
    SERVED: """\
services:
  web:
    image: 'IMAGE'
    command: [sh, -c, 'mkdir w; echo served > w/index.html; exec httpd -f -p 80 -h w']
    offers: {http: 80}
    ready: {tcp: http, within: 60s}
stages:
  ask:
    uses: web
    with: {number: $params.number}
    gives: {count: TextFile}
    run: |
      for i in $(seq 20); do
        printf 'GET /index.html HTTP/1.0\\r\\n\\r\\n' | nc "$WEB_HTTP_HOST" 80 | grep served
        sleep 0.1
      done > seen
      wc -l < seen > "$OUT_COUNT"
""",
}
LAST = {PLAIN: "check", SERVED: "ask"}
SETTINGS = {
    "AIRFLOW__CORE__PARALLELISM": "5",
    "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
    # A dead scheduler, or supervisor, is noticed in seconds instead of minutes.
    "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "2",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "15",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
    "AIRFLOW__MLINE__REAPER": "0 0 1 1 *",
}


PRELOADED = "import mline_airflow.operators.run, mline_airflow.runners.docker  # before it forks\n"
"""Half a second of processor time for each task, which would be most of it."""


class BreakableProcesses(Processes):
    """The processes of an Airflow, of which the scheduler may be killed and started again."""

    def __init__(self, environment: dict[str, str], logs: Path) -> None:
        super().__init__(environment, logs)
        self.schedulers: list[int] = []

    def start(self) -> None:
        """Start every component, and remember the scheduler."""
        super().start()
        self.schedulers.append(self._running["scheduler"].pid)

    def kill_scheduler(self) -> None:
        """Kill the scheduler alone, and start another one; its workers go on without it."""
        old = self._running["scheduler"]
        old.kill()
        old.wait()
        name = f"scheduler-{len(self.schedulers)}"
        self._running["scheduler"] = self._spawn(COMPONENTS["scheduler"], name)
        self.schedulers.append(self._running["scheduler"].pid)

    def supervisors(self) -> list[psutil.Process]:
        """Return the processes that supervise a task now, of dead schedulers too."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, ProcessLookupError):
                if process.pid in self.schedulers or os.getpgid(process.pid) not in self.schedulers:
                    continue
                if "LocalExecutor" in " ".join(process.cmdline()) and process.children():
                    found.append(process)
        return found

    def stop(self) -> None:
        """End everything, what killed schedulers left too."""
        super().stop()
        for leader in self.schedulers:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(leader, signal.SIGKILL)


class Chaotic:
    """The Airflow, the engine, and every run of the experiment."""

    def __init__(self, folder: Path, breakable: BreakableEngine) -> None:
        self.breakable = breakable
        self.client = breakable.engine.client()
        self.project = folder / "project"
        self.project.mkdir()
        (folder / "home").mkdir()
        image = breakable.engine.image("busybox")
        settings = f"{{runner: docker, docker: {{url: '{breakable.engine.host}'}}}}"
        text = f"mline: 1\nproject: chaos\nprofiles: {{chaos: {settings}}}\n"
        (self.project / "mline.yaml").write_text(text)
        for name, body in EXPERIMENTS.items():
            whole = (COMMON + body).replace("NAME", name).replace("IMAGE", image)
            (self.project / f"{name}.mline.yaml").write_text(whole)
        self.state = State(folder / "home", self.project)
        self.store = folder / "store"
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        ports = free_ports()
        environment = {
            **self.state.environment(ports),
            **SETTINGS,
            "AIRFLOW__MLINE__STORE": self.store.as_uri(),
            "AIRFLOW__MLINE__SERVICES_FOLDER": str(folder / "services"),
            "TMPDIR": str(self.temporary),
        }
        self.home = Home(folder / "home", self.project, environment)
        (folder / "home/config").mkdir()
        (folder / "home/config/airflow_local_settings.py").write_text(PRELOADED)
        migrated(self.home.folder, self.home.python, _airflow_version())
        self.api = Api(f"http://127.0.0.1:{ports['api']}", USER, self.state.password())
        self.processes = BreakableProcesses(environment, folder / "logs")
        self.runs: dict[str, str] = {}
        """Run -> experiment."""

    def start(self) -> None:
        """Start Airflow, and wait until it has the experiment."""
        self.processes.start()
        wait_for(self._is_up, 300, "Airflow is up")
        wait_for(
            lambda: {*EXPERIMENTS, "mline_reaper"} <= self._dags(), 120, "the experiment is there"
        )

    def _is_up(self) -> bool:
        self.processes.check()
        return self.api.healthy()

    def _dags(self) -> set[str]:
        return {dag["dag_id"] for dag in self.api._call("GET", "/api/v2/dags?limit=50")["dags"]}

    def trigger(self, count: int) -> None:
        """Begin runs, each with a value of its own: none takes from the cache of another."""
        for number in range(count):
            dag = SERVED if number % 4 == 3 else PLAIN
            body = {
                "logical_date": None,
                "dag_run_id": f"run-{number:03}",
                "conf": {"number": number},
            }
            self._begin(dag, body)
            self.runs[body["dag_run_id"]] = dag

    def _begin(self, dag: str, body: dict[str, Any]) -> None:
        try:
            self.api._call("POST", f"/api/v2/dags/{dag}/dagRuns", body)
        except ApiError as error:
            # A call that took too long was made again, and the run is there.
            if error.status != 409:
                raise

    def states(self) -> dict[str, str]:
        """Return the state of every run."""
        return {
            run["dag_run_id"]: run["state"]
            for dag in EXPERIMENTS
            for run in self.api._call("GET", f"/api/v2/dags/{dag}/dagRuns?limit=100")["dag_runs"]
        }

    def reap(self) -> str:
        """Run the reaper; return how that ended."""
        body = {"logical_date": None, "dag_run_id": f"reap-{time.monotonic_ns()}"}
        self._begin("mline_reaper", body)

        def ended() -> str | None:
            state = self.api.run_state("mline_reaper", body["dag_run_id"])
            return state if state in {"success", "failed"} else None

        state: str = wait_for(ended, 120, "the reaper has run")
        return state

    def containers(self, *more: str, everything: bool = True) -> list[dict[str, Any]]:
        """Return the containers with these labels; none while the engine is away."""
        try:
            found: list[dict[str, Any]] = self.client.containers(
                all=everything, filters={"label": list(more)}
            )
        except (DockerException, OSError):
            return []
        return found

    def left(self) -> dict[str, list[str]]:
        """Return what is in the engine, by kind: it is ours alone, with label or without.

        Folders are those that not even a later worker's sweep removes.
        """
        own = ("bridge", "host", "none")
        sweep_leftovers(self.temporary, older_than=0)
        return {
            "containers": [c["Names"][0] for c in self.client.containers(all=True)],
            "volumes": [v["Name"] for v in self.client.volumes()["Volumes"] or []],
            "networks": [n["Name"] for n in self.client.networks() if n["Name"] not in own],
            "folders": [path.name for path in self.temporary.glob(f"{PREFIX}*")],
        }


class Killer:
    """Kills at random moments until it is told to stop; `killed` counts, `orphans` are tasks."""

    def __init__(self, chaotic: Chaotic, seed: int) -> None:
        self.chaotic = chaotic
        self.random = random.Random(seed)
        self.killed: Counter[str] = Counter()
        self.orphans: list[psutil.Process] = []
        self.twice: list[str] = []
        self.seen: set[str] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="killer", daemon=True)
        self.error: BaseException | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        if self.error is not None:
            raise self.error

    def _work(self) -> None:
        try:
            for kill in self._kills():
                # So many per container, on a machine of any speed; the moment is by chance.
                wanted = len(self.seen) + self.random.choice((1, 1, 2))
                self._until(lambda wanted=wanted: len(self.seen) >= wanted)
                moment = time.monotonic() + self.random.uniform(0, 2)
                self._until(lambda moment=moment: time.monotonic() > moment)
                self._until(kill)
                if self._over.is_set():
                    return
        except BaseException as error:  # noqa: BLE001 - raised again by who waits for us
            self.error = error

    def _until(self, condition: Callable[[], bool]) -> None:
        while not self._over.is_set() and not condition():
            self._look()
            self._over.wait(0.1)

    def _kills(self) -> Iterator[Callable[[], bool]]:
        """Yield what to kill, without end; the heavy ones are few."""
        heavy = [self.scheduler, self.engine]
        for turn in range(1000):
            some = [self.stage] * 3 + [self.task] * 2 + [self.supervisor, self.service]
            if turn < 6:
                some.append(heavy[turn % 2])
            self.random.shuffle(some)
            yield from some

    def stage(self) -> bool:
        """Kill the container of a stage, or remove it."""
        return self._container("mline.task")

    def service(self) -> bool:
        """Kill a service."""
        return self._container("mline.service")

    def _container(self, label: str) -> bool:
        running = self.chaotic.containers(label, everything=False)
        if not running:
            return False
        chosen = self.random.choice(running)["Id"]
        how = self.random.choice(("killed", "removed"))
        with contextlib.suppress(DockerException):
            if how == "killed":
                self.chaotic.client.kill(chosen)
            else:
                self.chaotic.client.remove_container(chosen, force=True)
            self.killed[f"{label.removeprefix('mline.')} container {how}"] += 1
            return True
        return False

    def task(self) -> bool:
        """Kill the process of a task."""
        supervisors = self.chaotic.processes.supervisors()
        if not supervisors:
            return False
        with contextlib.suppress(psutil.Error, IndexError):
            self.random.choice(supervisors).children()[0].kill()
            self.killed["task"] += 1
            return True
        return False

    def supervisor(self) -> bool:
        """Kill the process above a task, which then is nobody's."""
        supervisors = self.chaotic.processes.supervisors()
        if not supervisors:
            return False
        chosen = self.random.choice(supervisors)
        with contextlib.suppress(psutil.Error):
            tasks = chosen.children()
            chosen.kill()
            self.orphans += tasks
            self.killed["supervisor"] += 1
            return True
        return False

    def scheduler(self) -> bool:
        """Kill the scheduler and start another."""
        self.chaotic.processes.kill_scheduler()
        self.killed["scheduler"] += 1
        return True

    def engine(self) -> bool:
        """Kill the daemon, and start it again a moment later."""
        self.chaotic.breakable.crash()
        self._over.wait(self.random.uniform(0, 3))
        self.chaotic.breakable.revive()
        self.killed["engine"] += 1
        return True

    def _look(self) -> None:
        """Note every stage that two containers run at once."""
        running = self.chaotic.containers("mline.task", everything=False)
        names = Counter(
            tuple(one["Labels"][f"mline.{key}"] for key in ("run", "task")) for one in running
        )
        self.seen |= {one["Id"] for one in running}
        self.twice += [" ".join(name) for name, count in names.items() if count > 1]


def _airflow_version() -> str:
    from importlib.metadata import version

    return version("apache-airflow")
