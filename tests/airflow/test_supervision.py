"""A task whose supervisor is gone ends what it has started."""

from __future__ import annotations

import subprocess
import sys

_TASK = """
import os, socket, sys, threading
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import CommsDecoder
from mline_airflow.operators import supervision

here, there = socket.socketpair()
supervisor = os.getpid()
early = sys.argv[1] == "early"
over_in, over_out = os.pipe()
if os.fork():
    if not early:
        os.read(over_in, 1)
    os._exit(0)

supervision.EVERY = 0.05
task_runner.SUPERVISOR_COMMS = CommsDecoder(socket=there)
ended, never = threading.Event(), threading.Event()
while early and os.getppid() == supervisor:
    never.wait(0.01)
with supervision.ending_without_supervisor(ended.set):
    if not early:
        print("too soon" if ended.wait(0.5) else "goes on")
        os.write(over_out, b"x")
    print("ended" if ended.wait(30) else "goes on")
"""


def _told(when: str) -> list[str]:
    command = [sys.executable, "-c", _TASK, when]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    return done.stdout.split("\n")[:-1]


def test_a_supervisor_that_goes_is_missed_and_not_before() -> None:
    assert _told("late") == ["goes on", "ended"]


def test_a_supervisor_that_went_before_the_stage_began_is_missed() -> None:
    assert _told("early") == ["ended"]
