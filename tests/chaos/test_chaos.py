"""Whatever is killed, and whenever: runs end as they should, and leave nothing behind."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

import psutil
import pytest
from airflow_home import wait_for
from chaotic import LAST, PARTS, Chaotic, Killer

from mline_airflow.artifacts import Artifact, ArtifactStore
from mline_airflow.records import Record, Records

if TYPE_CHECKING:
    from conftest import BreakableEngine

RUNS = int(os.environ.get("CHAOS_RUNS", "50"))
SECONDS = 900
# What a library said, and we passed on without a sentence of ours.
NOT_OURS = re.compile(r"Traceback|ConnectionPool|object at 0x|ProtocolError|Client Error for")

ENGINE = "chaos"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(SECONDS + 600),
    # Docker's SDK leaves the socket of a connection that fails to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


class Outcome:
    """What came of the runs, read once for all tests."""

    def __init__(self, chaotic: Chaotic, killer: Killer, states: dict[str, str]) -> None:
        self.chaotic = chaotic
        self.killer = killer
        self.states = states
        self.store = ArtifactStore(chaotic.store)
        self.records: list[Record] = list(Records(self.store).all())
        self.tasks = {
            (run, one["task_id"]): one
            for run, dag in chaotic.runs.items()
            for one in chaotic.api.task_instances(dag, run)
        }


def _say(text: str) -> None:
    """Say it where pytest shows it when a test failed, and with `-s`."""
    sys.stdout.write(f"{text}\n")


@pytest.fixture(scope="module")
def outcome(
    breakable: BreakableEngine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Outcome]:
    seed = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(1 << 32))
    _say(f"chaos: CHAOS_SEED={seed}")
    chaotic = Chaotic(tmp_path_factory.mktemp("chaos"), breakable)
    begun = time.monotonic()
    try:
        chaotic.start()
        chaotic.trigger(RUNS)
        with Killer(chaotic, seed) as killer:
            states = _wait_for_runs(chaotic, killer)
        _say(f"chaos: {RUNS} runs in {time.monotonic() - begun:.0f} s, {Counter(states.values())}")
        _say(f"chaos: killed {dict(killer.killed)}")
        yield Outcome(chaotic, killer, states)
    finally:
        chaotic.processes.stop()
        chaotic.client.close()


def _wait_for_runs(chaotic: Chaotic, killer: Killer) -> dict[str, str]:
    def ended() -> dict[str, str] | None:
        if killer.error is not None:
            raise killer.error
        states = chaotic.states()
        over = [run for run in chaotic.runs if states.get(run) in {"success", "failed"}]
        return states if len(over) == len(chaotic.runs) else None

    states: dict[str, str] = wait_for(ended, SECONDS, "all runs have ended")
    return states


def test_everything_was_killed(outcome: Outcome) -> None:
    words = {word for name in outcome.killer.killed for word in name.split()}
    assert words >= {"container", "task", "supervisor", "scheduler", "engine", "service"}


def test_most_runs_end_well_in_spite_of_it(outcome: Outcome) -> None:
    good = [run for run, state in outcome.states.items() if state == "success"]
    assert len(good) >= RUNS // 3
    for run in good:
        last = LAST[outcome.chaotic.runs[run]]
        counts = [r for r in outcome.records if (r["run"], r["task"]) == (run, last)]
        told = [one for one in counts if one["status"] == "success"]
        assert told, run
        count = outcome.store.read(Artifact.from_json(told[-1]["outputs"]["count"]))
        assert int(count) == PARTS


def test_a_run_that_failed_says_why_in_our_words(outcome: Outcome) -> None:
    for (run, task), instance in outcome.tasks.items():
        if instance["state"] != "failed":
            continue
        tries = [r for r in outcome.records if (r["run"], r["task"]) == (run, task)]
        last = max(tries, key=lambda record: record["attempt"], default=None)
        if last is None or last["status"] == "running":
            continue  # its process was killed: that is Airflow's to tell
        assert last["status"] == "failed", (run, task, last)
        assert last["error"], (run, task)
        assert not NOT_OURS.search(last["error"]), last["error"]


def test_no_stage_succeeded_twice(outcome: Outcome) -> None:
    done: dict[tuple[str, str], int] = defaultdict(int)
    for record in outcome.records:
        if record["status"] == "success" and record["kind"] == "stage" and not record["cached"]:
            done[record["run"], record["task"]] += 1
    assert {name: count for name, count in done.items() if count > 1} == {}
    for (run, task), instance in outcome.tasks.items():
        if instance["state"] == "success" and task in {"make", "check", "ask"}:
            assert done[run, task] == 1, (run, task)


def test_no_stage_ran_twice_at_once(outcome: Outcome) -> None:
    assert outcome.killer.twice == []


def test_no_artifact_is_half_written(outcome: Outcome) -> None:
    for record in outcome.records:
        if record["status"] == "success" and record["task"] == "make":
            parts = Artifact.from_json(record["outputs"]["parts"])
            assert [entry.size for entry in outcome.store.entries(parts)] == [100_000] * PARTS
    store = str(outcome.chaotic.store)
    done = subprocess.run(
        [sys.executable, "-m", "mline_airflow.cli", "artifacts", "verify", "--store", store],
        cwd=outcome.chaotic.project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_task_without_its_supervisor_ends(outcome: Outcome) -> None:
    _, alive = psutil.wait_procs(outcome.killer.orphans, timeout=60)
    assert alive == []


def test_nothing_is_left_after_the_reaper(outcome: Outcome) -> None:
    assert outcome.chaotic.reap() == "success"
    left = outcome.chaotic.left()
    assert left == {"containers": [], "volumes": [], "networks": [], "folders": []}
