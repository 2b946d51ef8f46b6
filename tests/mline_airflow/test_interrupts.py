"""Runs that are interrupted or killed: what ends, what is told, what a later run finds."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mline_airflow.artifacts import ArtifactStore
from mline_airflow.dag_factory.project import Project
from mline_airflow.local.run import Event, run_experiment
from mline_airflow.records import Records

_RUN = """
import json, sys
from pathlib import Path
from mline_airflow.artifacts import ArtifactStore
from mline_airflow.dag_factory.project import Project
from mline_airflow.local.run import run_experiment
root = Path(sys.argv[1])
plan = Project.open(root).plan(root / "it.mline.yaml").plan
result = run_experiment(plan, root, ArtifactStore(root / "store"))
told = [[node.task for node in nodes] for nodes in (result.not_run, result.errors)]
print(json.dumps([result.status, *told]))
"""

SLOW = """
mline: 1
experiment: slow
defaults: {runner: process}
stages:
  one:
    gives: {a: TextFile}
    run: 'echo half > $OUT_A; sleep 600 & echo $$ $! > $TOLD; wait'
    env: {TOLD: TOLD_PATH}
  two: {takes: {a: one.a}, run: cat $IN_A}
"""


def write(root: Path, text: str) -> None:
    (root / "mline.yaml").write_text("project: lab\nprofiles: {here: {runner: process}}\n")
    (root / "it.mline.yaml").write_text(text)


def _pids(path: Path, count: int = 2) -> list[int]:
    end = time.monotonic() + 30
    while not path.exists() or len(path.read_text().split()) < count:
        assert time.monotonic() < end
        time.sleep(0.01)
    return [int(word) for word in path.read_text().split()]


def _ended(pids: list[int]) -> bool:
    for pid in pids:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                return False
        except (FileNotFoundError, ProcessLookupError):  # gone before, or while it was read
            continue
    return True


def test_ctrl_c_ends_the_children_and_is_told(tmp_path: Path) -> None:
    told = tmp_path / "told"
    write(tmp_path, SLOW.replace("TOLD_PATH", str(told)))
    with subprocess.Popen(
        [sys.executable, "-c", _RUN, str(tmp_path)], stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        pids = _pids(told)
        os.kill(process.pid, signal.SIGINT)
        out, _ = process.communicate(timeout=30)
    assert json.loads(out) == ["cancelled", ["two"], ["one"]]
    assert _ended(pids)
    store = ArtifactStore(tmp_path / "store")
    assert Records(store).runs("slow")[0]["status"] == "cancelled"
    assert Records(store).newest("slow", "one") == []


def test_ctrl_c_again_and_again_leaves_no_stage_running(tmp_path: Path) -> None:
    told = tmp_path / "told"
    deaf = "trap '' TERM INT; sleep 600 & echo $$ $! >> $TOLD; while :; do sleep 0.1; done"
    stage = f'    run: "{deaf}"\n    env: {{TOLD: {told}}}\n'
    names = ("one", "two", "three")
    stages = "".join(f"  {name}:\n{stage}" for name in names)
    write(tmp_path, f"mline: 1\nexperiment: deaf\ndefaults: {{runner: process}}\nstages:\n{stages}")
    with subprocess.Popen(
        [sys.executable, "-c", _RUN, str(tmp_path)], stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        pids = _pids(told, 2 * len(names))
        # For as long as the stages take to end: at every place where the run can be meanwhile.
        while process.poll() is None and not _ended(pids):
            os.kill(process.pid, signal.SIGINT)
            time.sleep(0.01)
        out, _ = process.communicate(timeout=30)
    assert json.loads(out)[0] == "cancelled"
    assert _ended(pids)


def test_a_killed_run_leaves_nothing_that_a_later_run_takes_for_done(tmp_path: Path) -> None:
    told = tmp_path / "told"
    write(tmp_path, SLOW.replace("TOLD_PATH", str(told)))
    with subprocess.Popen([sys.executable, "-c", _RUN, str(tmp_path)]) as process:
        pids = _pids(told)
        process.kill()
    end = time.monotonic() + 20
    while not _ended(pids):
        assert time.monotonic() < end
        time.sleep(0.01)
    file = tmp_path / "it.mline.yaml"
    file.write_text(file.read_text().replace("sleep 600 &", "echo whole >> $OUT_A; true &"))
    store = ArtifactStore(tmp_path / "store")
    plan = Project.open(tmp_path).plan(file).plan
    assert plan is not None
    events: list[Event] = []
    result = run_experiment(plan, tmp_path, store, None, events.append)
    assert result.status == "success"
    lines = [event.text for event in events if event.kind == "log" and event.name == "two"]
    assert lines[:2] == ["half", "whole"]


STUCK = """
import sys, threading
from concurrent.futures import ThreadPoolExecutor
from mline_airflow.local.interrupts import at_interrupt
patience = float(sys.argv[1])
with at_interrupt(lambda: print("told", flush=True), patience), ThreadPoolExecutor() as pool:
    pool.submit(threading.Event().wait)
    print("begun", flush=True)
"""


@pytest.mark.parametrize(("patience", "told"), [("0", 0), ("0.5", 1)])
def test_ctrl_c_leaves_a_run_that_does_not_come_to_its_end(patience: str, told: int) -> None:
    begun = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-c", STUCK, patience], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        while process.poll() is None:
            assert time.monotonic() - begun < 60
            process.send_signal(signal.SIGINT)
            time.sleep(0.05)
        lines = process.stdout.readlines()
    assert process.returncode == -signal.SIGINT
    assert time.monotonic() - begun > float(patience)
    assert set(lines) <= {"told\n"}
    assert len(lines) >= told
