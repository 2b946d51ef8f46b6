"""Experiments under Airflow's own scheduler: triggers, assets, retries, sweeps, backfills."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from airflow_home import wait_for

if TYPE_CHECKING:
    from airflow_live import Live


def test_a_triggered_run_passes_its_conf_to_the_stages(live: Live) -> None:
    run = live.trigger("basic", text="hello")
    assert live.finish("basic", run) == "success"
    record = live.api.record("basic", run, "count", -1)
    assert record is not None
    assert record["metrics"] == {"length": 5}
    assert record["user"] == "admin"
    assert record["run"] == run


def test_airflow_refuses_a_trigger_that_the_params_do_not_allow(live: Live) -> None:
    live.dag("basic")
    done = live.home.run("dags", "trigger", "basic", "--conf", '{"text": ""}')
    assert done.returncode != 0
    assert "too short" in done.stdout + done.stderr or "non-empty" in done.stdout + done.stderr


def test_the_instances_of_a_sweep_have_the_names_of_their_values(live: Live) -> None:
    run = live.trigger("swept")
    assert live.finish("swept", run) == "success"
    tasks = live.tasks("swept", run)
    names = [tasks[f"repeat/{i}"]["rendered_map_index"] for i in range(3)]
    assert names == ["times=1", "times=4", "times=2"]
    picked = live.api.record("swept", run, "repeat_pick", -1)
    assert picked is not None
    assert picked["picked"]["name"] == "times=4"


def test_a_stage_that_fails_is_tried_again_and_its_log_says_why(live: Live, tmp_path: Path) -> None:
    run = live.trigger("flaky", marker=str(tmp_path / "marker"))
    assert live.finish("flaky", run) == "success"
    assert live.tasks("flaky", run)["try_it"]["try_number"] == 2
    first = live.log("flaky", run, "try_it", 1)
    assert "status 3" in first
    record = live.api.record("flaky", run, "try_it", -1)
    assert record is not None
    assert record["attempt"] == 2


def test_a_condition_that_does_not_hold_is_a_skipped_task_with_the_reason(live: Live) -> None:
    run = live.trigger("basic", text="ab")
    assert live.finish("basic", run) == "success"
    tasks = live.tasks("basic", run)
    states = {name: task["state"] for name, task in tasks.items()}
    assert states["long"] == states["after_long"] == states["release_gate"] == "skipped"
    assert "length >= " in live.log("basic", run, "long")
    assert "the gate is not met" in live.log("basic", run, "release_gate")


def test_a_run_waits_for_an_entity_that_nothing_has_given_yet(live: Live) -> None:
    live.write(
        "later/giver.mline.yaml",
        "mline: 1\nexperiment: giver\nentities: {thing: {is: TextFile}}\nstages:\n  give:\n"
        '    runner: process\n    gives: {text: thing}\n    run: printf given > "$OUT_TEXT"\n',
    )
    live.write(
        "later/waiter.mline.yaml",
        "mline: 1\nexperiment: waiter\nentities: {thing: {is: TextFile, from: giver.thing}}\n"
        "stages:\n  wait:\n    runner: process\n    takes: {text: thing}\n"
        '    gives: {text: TextFile}\n    run: cat "$IN_TEXT" > "$OUT_TEXT"\n',
    )
    run = live.trigger("waiter")

    def waits() -> bool:
        return live.tasks("waiter", run)["wait"]["state"] == "up_for_reschedule"

    wait_for(waits, 60, "the task waits outside a slot")
    assert live.finish("giver", live.trigger("giver")) == "success"
    assert live.finish("waiter", run) == "success"
    given = live.api.record("waiter", run, "wait", -1)
    assert given is not None
    assert given["outputs"]["text"]["size"] == len("given")


def test_a_renewed_entity_starts_the_experiments_that_wait_for_it(live: Live) -> None:
    live.dag("taker")
    before = {run["dag_run_id"] for run in live.runs("taker")}
    made = live.trigger("maker", text="news")
    assert live.finish("maker", made) == "success"

    def started() -> list[str]:
        return [r["dag_run_id"] for r in live.runs("taker") if r["dag_run_id"] not in before]

    (run, *_) = wait_for(started, 60, "taker is started")
    assert live.finish("taker", run) == "success"
    taken = live.api.record("taker", run, "take", -1)
    maker = live.api.record("maker", made, "make", -1)
    assert taken is not None
    assert maker is not None
    assert taken["inputs"]["text"]["digest"] == maker["outputs"]["text"]["digest"]
    events = live.get("assets/events?source_dag_id=maker&order_by=-timestamp")["asset_events"]
    assert events[0]["extra"]["digest"] == maker["outputs"]["text"]["digest"]
    assert events[0]["extra"]["run"] == made


def test_a_backfill_is_airflows_own(live: Live) -> None:
    live.dag("daily")
    live.home.airflow(
        *("backfill", "create", "--dag-id", "daily"),
        *("--from-date", "2024-01-01", "--to-date", "2024-01-03"),
    )

    def done() -> bool:
        runs = [r for r in live.runs("daily") if r["run_type"] == "backfill"]
        return len(runs) == 3 and {r["state"] for r in runs} == {"success"}

    wait_for(done, 90, "three runs of the backfill")
    days = {r["logical_date"][:10] for r in live.runs("daily") if r["run_type"] == "backfill"}
    assert days == {"2024-01-01", "2024-01-02", "2024-01-03"}


def test_marking_a_running_stage_failed_ends_its_whole_process_group(
    live: Live, tmp_path: Path
) -> None:
    pids = tmp_path / "pids"
    live.write(
        "long.mline.yaml",
        "mline: 1\nexperiment: long\nstages:\n  sleep:\n    runner: process\n    run: |\n"
        f"      sleep 300 & echo $! > {pids}; echo $$ >> {pids}; wait\n",
    )
    run = live.trigger("long")
    wait_for(lambda: pids.exists() and len(pids.read_text().split()) == 2, 60, "it runs")
    live.api._call(
        "PATCH",
        f"/api/v2/dags/long/dagRuns/{run}/taskInstances/sleep",
        {"new_state": "failed"},
    )
    alive = [Path("/proc", pid) for pid in pids.read_text().split()]
    wait_for(lambda: not any(path.exists() for path in alive), 30, "its processes are gone")


def test_a_commit_pushed_meanwhile_does_not_change_a_run(live: Live, tmp_path: Path) -> None:
    go = tmp_path / "go"
    text = (
        "mline: 1\nexperiment: pinned\nstages:\n  first:\n    runner: process\n"
        "    gives: {{text: TextFile}}\n"
        f"    run: while [ ! -e {go} ]; do sleep 0.1; done; echo 1 > $OUT_TEXT\n"
        "  second:\n    runner: process\n    takes: {{text: first.text}}\n"
        "    gives: {{text: TextFile}}\n    run: printf {0} > $OUT_TEXT\n"
    )
    path = live.repository / "lab" / "pinned.mline.yaml"
    path.write_text(text.format("old"))
    live.git("add", ".")
    live.git("commit", "-q", "-m", "old")
    old = live.git("rev-parse", "HEAD")
    wait_for(lambda: live.has("pinned") and live.dag("pinned")["bundle_version"] == old)
    run = live.trigger("pinned")
    wait_for(lambda: live.tasks("pinned", run)["first"]["state"] == "running", 60)
    path.write_text(text.format("newer"))
    live.git("commit", "-q", "-a", "-m", "new")
    new = live.git("rev-parse", "HEAD")
    wait_for(lambda: live.dag("pinned")["bundle_version"] == new, 60, "the new commit is there")
    go.touch()
    assert live.finish("pinned", run) == "success"
    record = live.api.record("pinned", run, "second", -1)
    assert record is not None
    assert record["commit"] == old
    assert record["outputs"]["text"]["size"] == len("old")
