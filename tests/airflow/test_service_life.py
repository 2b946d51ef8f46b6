"""The ways in which Airflow would leave a service behind, or hand a stage a dead one.

Each of them with the service as a process and as a container.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from airflow_home import wait_for
from airflow_live import NATIVE, Live
from served import left, served

LONG = "echo waits; touch {mark}; while :; do sleep 0.2; done"


class Place:
    """Where the service of a scenario runs: its part of the name, and what is there."""

    name = "process"
    image: str | None = None

    def __init__(self, live: Live) -> None:
        self.live = live

    def left(self, experiment: str) -> list[Any]:
        """Return the services that are there, running or not."""
        return left(self.live.services, experiment)

    def nothing_left(self, experiment: str) -> bool:
        """Tell whether no trace of it is there."""
        return not self.left(experiment)


class DockerPlaces(Place):
    """Containers of the tests' engine."""

    name = "docker"

    def __init__(self, live: Live, engine: Any) -> None:
        from mline_airflow.services.docker import DockerPlace

        super().__init__(live)
        self.image = engine.image("python")
        profile = {"runner": "docker", "docker": {"url": engine.host}}
        self.place = DockerPlace.of_profile(profile, live.services)

    def left(self, experiment: str) -> list[Any]:
        return [one for one in self.place.find() if one.experiment == experiment]

    def nothing_left(self, experiment: str) -> bool:
        """Tell whether there is no container, network or volume."""
        client, marked = self.place.client, {"label": [f"mline.experiment={experiment}"]}
        return not (
            client.containers(all=True, filters=marked)
            or client.networks(filters=marked)
            or client.volumes(filters=marked)["Volumes"]
        )


@pytest.fixture(params=["process", "docker"])
def place(request: pytest.FixtureRequest, live: Live) -> Iterator[Place]:
    if request.param == "process":
        yield Place(live)
        return
    found = DockerPlaces(live, request.getfixturevalue("docker_engine"))
    yield found
    found.place.client.close()


class Served:
    """An experiment with a service in the running Airflow."""

    def __init__(self, place: Place, name: str, **how: Any) -> None:
        self.live = place.live
        self.place = place
        self.name = f"life_{name}_{place.name}"
        self.live.write(f"{self.name}.mline.yaml", served(self.name, image=place.image, **how))
        self.run = self.live.trigger(self.name)

    @property
    def states(self) -> dict[str, str]:
        return {name: one["state"] for name, one in self.tasks.items()}

    @property
    def tasks(self) -> dict[str, dict[str, Any]]:
        return self.live.tasks(self.name, self.run)

    @property
    def left(self) -> list[Any]:
        return self.place.left(self.name)

    @property
    def nothing_left(self) -> bool:
        return self.place.nothing_left(self.name)

    def finish(self, seconds: float = 180) -> str:
        return self.live.finish(self.name, self.run, seconds)

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
    return live.finish("mline_reaper", live.trigger("mline_reaper"), 180)


def test_a_stage_that_is_tried_again_finds_the_same_service(place: Place, tmp_path: Path) -> None:
    first = tmp_path / "first"
    ask = f"test -e {first} || {{ touch {first}; exit 3; }}; printf served > $OUT_ANSWER"
    one = Served(place, "retry", ask=ask, more="retries: 1\n    retry_delay: 1s\n    ")
    assert one.finish() == "success"
    tries = [one.tasks[t]["try_number"] for t in ("web__start", "ask", "web__stop")]
    assert tries == [1, 2, 1]
    assert one.nothing_left


def test_a_start_that_fails_leaves_nothing(place: Place) -> None:
    one = Served(place, "failed_start", life="short")
    assert one.finish() == "failed"
    assert one.states["web__stop"] == "upstream_failed"
    log = one.live.log(one.name, one.run, "web__start")
    assert "service 'web' did not start: it ended by itself with exit status 3" in log
    assert "there is no disk" in log
    assert one.nothing_left


def test_a_stage_that_is_marked_failed_takes_its_service_along(
    place: Place, tmp_path: Path
) -> None:
    one = Served(place, "mark", ask=LONG.format(mark=tmp_path / "mark"))
    wait_until_it_runs(tmp_path / "mark")
    assert len(one.left) == 1
    one.patch("/taskInstances/ask", "failed")
    assert one.finish() == "failed"
    assert one.states["web__stop"] == "success"
    assert one.nothing_left


def test_a_run_that_is_marked_failed_leaves_no_service(place: Place, tmp_path: Path) -> None:
    one = Served(place, "mark_run", ask=LONG.format(mark=tmp_path / "mark"))
    wait_until_it_runs(tmp_path / "mark")
    one.patch("", "failed")
    wait_for(lambda: one.nothing_left, 60, "the service is stopped")


def test_a_run_whose_time_is_over_leaves_a_service_to_the_reaper(
    place: Place, tmp_path: Path
) -> None:
    # The language has no timeout of a run, for this reason; a DAG file may set one.
    live, name, mark = place.live, f"life_timeout_{place.name}", tmp_path / "mark"
    folder = live.plain / name
    folder.mkdir()
    text = served(name, ask=LONG.format(mark=mark), image=place.image)
    (folder / f"{name}.mline.yaml").write_text(text)
    (folder / "seconds").write_text("3600")
    (folder / "dags.py").write_text(
        "from datetime import timedelta\n"
        "from pathlib import Path\n"
        "from mline_airflow.dag_file import load_all  # airflow dag\n"
        "load_all(globals(), __file__)\n"
        "seconds = int(Path(__file__).with_name('seconds').read_text())\n"
        "for dag in [d for d in globals().values() if hasattr(d, 'dagrun_timeout')]:\n"
        "    dag.dagrun_timeout = timedelta(seconds=seconds)\n"
    )
    live.home.airflow("dags", "reserialize", "--bundle-name", "plain")
    run = live.trigger(name)
    wait_until_it_runs(mark)
    # Its time was over a second after it began: however slow the machine, the stage runs by then.
    (folder / "seconds").write_text("1")
    live.home.airflow("dags", "reserialize", "--bundle-name", "plain")
    assert live.finish(name, run, 180) == "failed"
    assert live.tasks(name, run)["web__stop"]["state"] == "skipped"
    assert len(place.left(name)) == 1
    assert reap(live) == "success"
    assert place.nothing_left(name)


def test_a_cleared_stage_brings_its_service_back(place: Place) -> None:
    one = Served(place, "clear")
    assert one.finish() == "success"
    before = one.instance()
    one.clear("ask", only_failed=False)
    wait_for(lambda: one.tasks["web__start"]["try_number"] == 2, 60)
    assert one.finish() == "success"
    assert one.instance() != before
    assert one.tasks["ask"]["try_number"] == 2
    assert one.nothing_left


def test_a_stage_cleared_without_its_service_fails_in_a_sentence(
    place: Place, tmp_path: Path
) -> None:
    # `only_failed` leaves setup and teardown out, for they succeeded.
    good = tmp_path / "good"
    one = Served(place, "only_failed", ask=f"test -e {good} && printf served > $OUT_ANSWER")
    assert one.finish() == "failed"
    good.touch()
    one.clear("ask", only_failed=True)
    wait_for(lambda: one.tasks["ask"]["try_number"] == 2, 60)
    assert one.finish() == "failed"
    assert one.tasks["web__start"]["try_number"] == 1
    log = one.live.log(one.name, one.run, "ask", 2)
    assert "service 'web' does not run" in log
    assert "clear the stage without 'only failed'" in log
    assert one.nothing_left


def task_process(mark: Path) -> psutil.Process:
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


def test_a_killed_task_leaves_no_service(place: Place, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    one = Served(place, "kill", ask=LONG.format(mark=mark))
    task_process(mark).kill()
    assert one.finish() == "failed"
    assert one.states["web__stop"] == "success"
    assert one.nothing_left


def test_a_killed_supervisor_leaves_neither_stage_nor_service(place: Place, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    one = Served(place, "supervisor", ask=LONG.format(mark=mark))
    task = task_process(mark)
    supervisor = task.parent()
    assert supervisor is not None
    supervisor.kill()
    wait_for(lambda: not task.is_running() or task.status() == "zombie", 30, "its task ends")
    # Airflow misses its heartbeat.
    assert one.finish() == "failed"
    assert one.states["ask"] == "failed"
    assert one.states["web__stop"] == "success"
    assert one.nothing_left
    assert not any(_guards(process, mark) for process in psutil.process_iter())


def test_a_killed_start_leaves_its_half_to_the_reaper(place: Place) -> None:
    live, name = place.live, f"life_kill_start_{place.name}"
    text = served(name, image=place.image)
    text = text.replace("ready: {http: /, within: 30s}", "ready: {log: never, within: 90s}")
    live.write(f"{name}.mline.yaml", text)
    run = live.trigger(name)
    [found] = wait_for(lambda: [o for o in place.left(name) if o.alive], 60, "it starts")

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
    assert live.finish(name, run, 180) == "failed"
    assert live.tasks(name, run)["web__stop"]["state"] == "upstream_failed"
    assert len(place.left(name)) == 1
    assert reap(live) == "success"
    assert place.nothing_left(name)


def test_the_reaper_leaves_the_services_of_runs_that_go_on(place: Place, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    one = Served(place, "goes_on", ask=LONG.format(mark=mark))
    wait_until_it_runs(mark)
    [before] = one.left
    assert reap(one.live) == "success"
    [after] = one.left
    assert after.id == before.id
    assert after.alive
    one.patch("/taskInstances/ask", "failed")
    assert one.finish() == "failed"
    assert one.nothing_left


def test_the_container_of_a_killed_task_is_left_to_the_reaper(
    live: Live, docker_engine: Any
) -> None:
    place, name = DockerPlaces(live, docker_engine), "life_kill_boxed"
    marked = {"label": [f"mline.experiment={name}"]}
    live.write(
        f"{name}.mline.yaml",
        f"mline: 1\nexperiment: {name}\nstages:\n"
        f"  wait: {{runner: docker, image: '{place.image}', cache: false, run: sleep 600}}\n",
    )
    run = live.trigger(name)
    client = place.place.client
    [found] = wait_for(lambda: client.containers(filters=marked), 120, "the container runs")
    assert reap(live) == "success"
    assert len(client.containers(filters=marked)) == 1
    os.kill(int(found["Labels"]["mline.worker"].split()[1]), signal.SIGKILL)
    assert live.finish(name, run, 180) == "failed"
    assert len(client.containers(filters=marked)) == 1
    assert reap(live) == "success"
    assert place.nothing_left(name)
    client.close()


@pytest.mark.parametrize("group", [False, True], ids=["alone", "with-its-workers"])
def test_a_run_goes_on_when_its_killed_scheduler_is_back(
    place: Place,
    tmp_path: Path,
    group: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    live, mark, go = place.live, tmp_path / "mark", tmp_path / "go"
    ask = f"touch {mark}; until test -e {go}; do sleep 0.2; done; printf served > $OUT_ANSWER"
    name = "scheduler_group" if group else "scheduler"
    more = "retries: 1\n    retry_delay: 1s\n    "
    one = Served(place, name, ask=ask, more=more)
    wait_until_it_runs(mark)
    [before] = one.left
    try:
        live.kill("scheduler", group=group)
    finally:
        live.processes.start(["scheduler"])
    [meanwhile] = one.left
    assert meanwhile.alive
    go.touch()
    assert one.finish() == "success"
    assert one.instance() == before.id
    assert one.tasks["ask"]["try_number"] == (2 if group else 1)
    assert one.nothing_left


def test_two_runs_share_a_service_of_the_experiment(place: Place, tmp_path: Path) -> None:
    ready, go = tmp_path / "ready", tmp_path / "go"
    ready.mkdir()
    ask = (
        f"touch {ready}/$MLINE_RUN_ID; until test -e {go}; do sleep 0.2; done; "
        "printf served > $OUT_ANSWER"
    )
    one = Served(place, "shared", ask=ask, scope="experiment")
    other = one.live.trigger(one.name)
    wait_for(lambda: len(list(ready.iterdir())) == 2, 90, "both runs use it")
    [service] = one.left
    assert set(service.users) == {one.run, other}
    go.touch()
    assert one.finish() == "success"
    assert one.live.finish(one.name, other, 180) == "success"
    assert one.nothing_left


pytestmark = pytest.mark.skipif(NATIVE, reason="the bundle of 3.3 shows the reaper")
