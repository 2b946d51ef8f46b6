"""The ways in which Airflow would leave a service behind, or hand a stage a dead one."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import psutil
import pytest
from airflow_home import wait_for
from airflow_live import NATIVE, Live
from served import left, served

LONG = "echo waits; touch {mark}; while :; do sleep 0.2; done"


class Served:
    """An experiment with a service in the running Airflow."""

    def __init__(self, live: Live, name: str, **how: Any) -> None:
        self.live = live
        self.name = name
        live.write(f"{name}.mline.yaml", served(name, **how))
        self.run = live.trigger(name)

    @property
    def states(self) -> dict[str, str]:
        return {name: one["state"] for name, one in self.live.tasks(self.name, self.run).items()}

    @property
    def left(self) -> list[Any]:
        return left(Path(self.live.home.environment["AIRFLOW__MLINE__SERVICES_FOLDER"]), self.name)

    def finish(self) -> str:
        return self.live.finish(self.name, self.run)

    def patch(self, path: str, state: str) -> None:
        body = {"state": state} if not path else {"new_state": state}
        self.live.api._call("PATCH", f"/api/v2/dags/{self.name}/dagRuns/{self.run}{path}", body)

    def clear(self, *tasks: str, only_failed: bool) -> None:
        body = {
            "dry_run": False,
            "dag_run_id": self.run,
            "task_ids": list(tasks),
            "only_failed": only_failed,
            "reset_dag_runs": True,
        }
        self.live.api._call("POST", f"/api/v2/dags/{self.name}/clearTaskInstances", body)

    def instance(self) -> str:
        record = self.live.api.record(self.name, self.run, "web__start", -1)
        assert record is not None
        found: str = record["service"]["instance"]
        return found


def wait_until_it_runs(mark: Path) -> None:
    wait_for(mark.exists, 90, "the stage runs")


def reap(live: Live) -> str:
    """Run the reaper that the bundle shows."""
    return live.finish("mline_reaper", live.trigger("mline_reaper"))


def test_a_stage_that_is_tried_again_finds_the_same_service(live: Live, tmp_path: Path) -> None:
    first = tmp_path / "first"
    ask = f"test -e {first} || {{ touch {first}; exit 3; }}; printf served > $OUT_ANSWER"
    one = Served(live, "life_retry", ask=ask, more="retries: 1\n    retry_delay: 1s\n    ")
    assert one.finish() == "success"
    tasks = live.tasks("life_retry", one.run)
    assert [tasks[t]["try_number"] for t in ("web__start", "ask", "web__stop")] == [1, 2, 1]
    assert one.left == []


def test_a_stage_that_is_marked_failed_takes_its_service_along(live: Live, tmp_path: Path) -> None:
    one = Served(live, "life_mark", ask=LONG.format(mark=tmp_path / "mark"))
    wait_until_it_runs(tmp_path / "mark")
    assert len(one.left) == 1
    one.patch("/taskInstances/ask", "failed")
    assert one.finish() == "failed"
    assert one.states["web__stop"] == "success"
    assert one.left == []


def test_a_run_that_is_marked_failed_leaves_no_service(live: Live, tmp_path: Path) -> None:
    one = Served(live, "life_mark_run", ask=LONG.format(mark=tmp_path / "mark"))
    wait_until_it_runs(tmp_path / "mark")
    one.patch("", "failed")
    wait_for(lambda: one.left == [], 60, "the service is stopped")


def test_a_run_whose_time_is_over_leaves_a_service_to_the_reaper(
    live: Live, tmp_path: Path
) -> None:
    # The language has no timeout of a run, for this reason; a DAG file may set one.
    folder = live.plain / "timeout"
    folder.mkdir()
    mark = tmp_path / "mark"
    (folder / "life_timeout.mline.yaml").write_text(
        served("life_timeout", ask=LONG.format(mark=mark))
    )
    (folder / "dags.py").write_text(
        "from datetime import timedelta\n"
        "from mline_airflow.dag_file import load_all  # airflow dag\n"
        "load_all(globals(), __file__)\n"
        "for dag in [d for d in globals().values() if hasattr(d, 'dagrun_timeout')]:\n"
        "    dag.dagrun_timeout = timedelta(seconds=15)\n"
    )
    live.home.airflow("dags", "reserialize", "--bundle-name", "plain")
    run = live.trigger("life_timeout")
    assert live.finish("life_timeout", run) == "failed"
    services = Path(live.home.environment["AIRFLOW__MLINE__SERVICES_FOLDER"])
    assert mark.exists()
    assert live.tasks("life_timeout", run)["web__stop"]["state"] == "skipped"
    assert len(left(services, "life_timeout")) == 1
    assert reap(live) == "success"
    assert left(services, "life_timeout") == []


def test_a_cleared_stage_brings_its_service_back(live: Live) -> None:
    one = Served(live, "life_clear")
    assert one.finish() == "success"
    before = one.instance()
    one.clear("ask", only_failed=False)
    wait_for(lambda: live.tasks("life_clear", one.run)["web__start"]["try_number"] == 2, 60)
    assert one.finish() == "success"
    assert one.instance() != before
    assert live.tasks("life_clear", one.run)["ask"]["try_number"] == 2
    assert one.left == []


def test_a_stage_cleared_without_its_service_fails_in_a_sentence(
    live: Live, tmp_path: Path
) -> None:
    # `only_failed` leaves setup and teardown out, for they succeeded.
    good = tmp_path / "good"
    ask = f"test -e {good} && printf served > $OUT_ANSWER"
    one = Served(live, "life_only_failed", ask=ask)
    assert one.finish() == "failed"
    good.touch()
    one.clear("ask", only_failed=True)
    wait_for(lambda: live.tasks("life_only_failed", one.run)["ask"]["try_number"] == 2, 60)
    assert one.finish() == "failed"
    assert live.tasks("life_only_failed", one.run)["web__start"]["try_number"] == 1
    log = live.log("life_only_failed", one.run, "ask", 2)
    assert "service 'web' does not run" in log
    assert "clear the stage without 'only failed'" in log
    assert one.left == []


def _task_process(mark: Path) -> psutil.Process:
    """Return the process of the task whose stage is the shell that makes `mark`."""
    wait_until_it_runs(mark)
    guard = next(process for process in psutil.process_iter() if _guards(process, mark))
    task = guard.parent()
    assert task is not None
    return task


def _guards(process: psutil.Process, mark: Path) -> bool:
    try:
        root = process.environ().get("MLINE_ROOT")
        is_guard = any(word.endswith("guard.py") for word in process.cmdline())
        return bool(root) and is_guard and str(mark) in Path(root, "run.sh").read_text("utf-8")
    except (psutil.Error, OSError):
        return False


def test_a_killed_task_leaves_no_service(live: Live, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    one = Served(live, "life_kill", ask=LONG.format(mark=mark))
    _task_process(mark).kill()
    assert one.finish() == "failed"
    assert one.states["web__stop"] == "success"
    assert one.left == []


def test_a_killed_start_leaves_its_half_to_the_reaper(live: Live, tmp_path: Path) -> None:
    name = "life_kill_start"
    text = served(name).replace("ready: {http: /, within: 30s}", "ready: {log: never, within: 90s}")
    live.write(f"{name}.mline.yaml", text)
    run = live.trigger(name)
    services = Path(live.home.environment["AIRFLOW__MLINE__SERVICES_FOLDER"])
    [found] = wait_for(lambda: [o for o in left(services, name) if o.alive], 60, "it starts")

    def start_task() -> psutil.Process | None:
        for process in psutil.process_iter():
            try:
                files = [f.path for f in process.open_files()]
            except (psutil.Error, OSError):
                continue
            if any(f.endswith(f"/.locks/{found.slug}") for f in files):
                return process
        return None

    process = wait_for(start_task, 30, "the process of the start task")
    os.kill(process.pid, signal.SIGKILL)
    assert live.finish(name, run) == "failed"
    assert live.tasks(name, run)["web__stop"]["state"] == "upstream_failed"
    assert len(left(services, name)) == 1
    assert reap(live) == "success"
    assert left(services, name) == []


def test_the_reaper_leaves_the_services_of_runs_that_go_on(live: Live, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    one = Served(live, "life_goes_on", ask=LONG.format(mark=mark))
    wait_until_it_runs(mark)
    [before] = one.left
    assert reap(live) == "success"
    [after] = one.left
    assert after.id == before.id
    assert after.alive
    one.patch("/taskInstances/ask", "failed")
    assert one.finish() == "failed"
    assert one.left == []


pytestmark = pytest.mark.skipif(NATIVE, reason="the bundle of 3.3 shows the reaper")
