"""A whole Airflow that runs while the tests do: scheduler, DAG processor, triggerer, API server."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import docker_engine
from airflow_home import EXPERIMENTS, Home, migrated, wait_for

from mline_airflow.quickstart.api import Api, ApiError
from mline_airflow.quickstart.processes import Processes
from mline_airflow.quickstart.state import USER, State, free_ports

NATIVE = version("apache-airflow") >= "3.4"
"""From 3.4 on the importer is tested; before, the bundles."""


class Live:
    """Bundles: `experiments`, a folder; `versioned`, a Git repository; `plain`, a DAG folder."""

    def __init__(self, folder: Path, *, python: str = sys.executable) -> None:
        self.project = folder / "project"
        shutil.copytree(EXPERIMENTS, self.project)
        self.plain = folder / "plain"
        """An ordinary DAG folder."""
        self.plain.mkdir()
        self.repository = folder / "repository"
        self.repository.mkdir()
        self.git("init", "-q", "-b", "main")
        (self.repository / "lab").mkdir()
        (self.repository / "lab" / "mline.yaml").write_text("mline: 1\nproject: lab\n")
        self.git("add", ".")
        self.git("commit", "-q", "-m", "zero")
        self.state = State(folder / "home", self.project)
        (folder / "home").mkdir()
        # Any of the system's: other tests may start an Airflow at the same moment.
        ports = free_ports(usual=False)
        environment = self.state.environment(ports)
        environment |= {
            "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(self._bundles()),
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "1" if NATIVE else "3600",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            # A DAG that changes again within half a minute would stay as it is.
            "AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "0",
            # A supervisor tells of a task that waits again up to five seconds later; were the task
            # running again by then, Airflow would take it for one that ended without a word.
            "AIRFLOW__MLINE__WAIT_SECONDS": "8",
            "AIRFLOW__MLINE__SERVICES_FOLDER": str(folder / "services"),
            # A supervisor that was killed is missed in half a minute, not in five.
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "3",
            # So are the tasks of a scheduler that was killed; this interval is five minutes, too.
            "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "5",
            "DOCKER_HOST": docker_engine.address(),
        }
        if NATIVE:
            importers = [{"classpath": "mline_airflow.importer.MLineDagImporter"}]
            environment["AIRFLOW__DAG_PROCESSOR__DAG_IMPORTER_CONFIGS"] = json.dumps(importers)
        self.home = Home(folder / "home", self.project, environment, python)
        migrated(self.home.folder, python, version("apache-airflow"))
        self.api = Api(f"http://127.0.0.1:{ports['api']}", USER, self.state.password())
        self.processes = Processes(environment, folder / "logs")

    def _bundles(self) -> list[dict[str, Any]]:
        folder, git = (
            (
                "airflow.dag_processing.bundles.local.LocalDagBundle",
                "airflow.providers.git.bundles.git.GitDagBundle",
            )
            if NATIVE
            else ("mline_airflow.bundles.MLineDagBundle", "mline_airflow.bundles.MLineGitDagBundle")
        )
        plain = {"path": str(self.plain)}
        repository = {
            "repo_url": f"file://{self.repository}",
            "tracking_ref": "main",
            "subdir": "lab",
        }
        return [
            {
                "name": name,
                "classpath": classpath,
                "kwargs": {**arguments, "refresh_interval": 0},
            }
            for name, classpath, arguments in (
                ("experiments", folder, {"path": str(self.project)}),
                ("versioned", git, repository),
                ("plain", "airflow.dag_processing.bundles.local.LocalDagBundle", plain),
            )
        ]

    def start(self) -> None:
        """Start everything and wait until it is up."""
        self.processes.start()
        wait_for(self._is_up, 300, "Airflow is up")

    @property
    def services(self) -> Path:
        """Where the state of services is."""
        return Path(self.home.environment["AIRFLOW__MLINE__SERVICES_FOLDER"])

    def kill(self, component: str, *, group: bool = False) -> None:
        """Kill a component as the system would; with its group, its executor's workers as well."""
        process = self.processes._running.pop(component)
        (os.killpg if group else os.kill)(process.pid, signal.SIGKILL)
        process.wait()

    def _is_up(self) -> bool:
        self.processes.check()
        return self.api.healthy()

    def write(self, name: str, text: str) -> Path:
        """Write a file of the project."""
        path = self.project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def git(self, *arguments: str) -> str:
        """Run git in the repository."""
        who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        done = subprocess.run(
            ["git", *who, *arguments],
            cwd=self.repository,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def get(self, path: str) -> dict[str, Any]:
        """Call the REST API."""
        return self.api._call("GET", f"/api/v2/{path}")

    def dag(self, dag_id: str, seconds: float = 60) -> dict[str, Any]:
        """Return a DAG as soon as Airflow has it."""
        wait_for(lambda: self.has(dag_id), seconds, f"there is a DAG {dag_id}")
        return self.get(f"dags/{dag_id}/details")

    def has(self, dag_id: str) -> bool:
        """Tell whether the DAG is there and active."""
        try:
            return not self.get(f"dags/{dag_id}")["is_stale"]
        except ApiError as error:
            if error.status == 404:
                return False
            raise

    def import_error(self, name: str, seconds: float = 60) -> str:
        """Return the import error of a file as soon as there is one."""

        def find() -> str | None:
            found = self.get("importErrors?limit=100")["import_errors"]
            texts = [e["stack_trace"] for e in found if Path(e["filename"]).name.startswith(name)]
            return texts[0] if texts else None

        text: str = wait_for(find, seconds, f"{name} has an import error")
        return text

    def source(self, dag_id: str) -> str:
        """Return what the Code tab shows."""
        text: str = self.get(f"dagSources/{dag_id}")["content"]
        return text

    def trigger(self, dag_id: str, **conf: Any) -> str:
        """Start a run; returns its id."""
        self.dag(dag_id)
        body = {"logical_date": None, "conf": conf}
        run = self.api._call("POST", f"/api/v2/dags/{dag_id}/dagRuns", body)
        run_id: str = run["dag_run_id"]
        return run_id

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """Return the runs of a DAG."""
        found: list[dict[str, Any]] = self.get(f"dags/{dag_id}/dagRuns?limit=100")["dag_runs"]
        return found

    def finish(self, dag_id: str, run_id: str, seconds: float = 90) -> str:
        """Wait for the end of a run; returns its state."""

        def ended() -> str | None:
            state = self.api.run_state(dag_id, run_id)
            return state if state in {"success", "failed"} else None

        state: str = wait_for(ended, seconds, f"{dag_id} {run_id} ends")
        return state

    def tasks(self, dag_id: str, run_id: str) -> dict[str, dict[str, Any]]:
        """Return the task instances of a run, `id` or `id/index` to what Airflow knows."""
        found = self.api.task_instances(dag_id, run_id)
        return {
            i["task_id"] if i["map_index"] < 0 else f"{i['task_id']}/{i['map_index']}": i
            for i in found
        }

    def log(self, dag_id: str, run_id: str, task: str, attempt: int = 1) -> str:
        """Return the log of a try."""
        from urllib.parse import quote

        path = f"dags/{dag_id}/dagRuns/{quote(run_id, safe='')}/taskInstances/{task}/logs/{attempt}"
        return json.dumps(self.get(path)["content"], ensure_ascii=False)
