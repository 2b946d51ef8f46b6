"""A hundred containers that all want to start at once, on a machine that runs a few at a time."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from airflow_home import wait_for
from airflow_live import NATIVE, Live

NAME = "load_of_boxes"
RUNS, STAGES, POINTS = 4, 5, 20
"""Stages and points of a sweep, in each run: 100 containers of stages, beside four of services."""

EXPERIMENT = """\
mline: 1
experiment: {name}
max_runs: {runs}
defaults: {{runner: docker, image: '{image}', cache: false, timeout: 5m}}
services:
  bell:
    command: [sh, -c, 'trap "exit 0" TERM; nc -ll -p 7000 -e cat & wait']
    offers: {{tcp: 7000}}
stages:
  swept:
    uses: bell
    gives: {{answer: Metric}}
    with: {{number: 0}}
    run: echo "$PARAM_NUMBER" > "$OUT_ANSWER"
    sweep: {{over: {{number: {points}}}}}
"""
STAGE = """\
  one_{number}:
    uses: bell
    gives: {{answer: Metric}}
    run: echo {number} | nc "$BELL_TCP_HOST" "$BELL_TCP_PORT" > "$OUT_ANSWER"
"""


class Engine:
    """What the engine did with the containers of the experiment."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.marked = {"label": [f"mline.experiment={NAME}"]}
        self.started: Counter[tuple[str, str]] = Counter()
        """Run and stage to how often a container of it was started."""

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Count starts: the engine remembers few events, so they are read as they come."""
        events = self.client.events(decode=True, filters={**self.marked, "event": "start"})
        reader = threading.Thread(target=self._read, args=(events,))
        reader.start()
        try:
            yield
        finally:
            events.close()
            reader.join()

    def _read(self, events: Any) -> None:
        for event in events:
            marks = event["Actor"]["Attributes"]
            if "mline.stage" in marks:
                self.started[marks["mline.run"], marks["mline.stage"]] += 1

    def left(self) -> list[Any]:
        """Return the containers, networks and volumes that are there."""
        return [
            *self.client.containers(all=True, filters=self.marked),
            *self.client.networks(filters=self.marked),
            *(self.client.volumes(filters=self.marked)["Volumes"] or ()),
        ]


@pytest.fixture
def engine(docker_engine: Any) -> Iterator[Engine]:
    client = docker_engine.client()
    yield Engine(client)
    client.close()


@pytest.mark.timeout(900)
@pytest.mark.skipif(NATIVE, reason="the containers are the same")
def test_a_hundred_containers_wait_their_turn_run_once_and_leave_nothing(
    live: Live, engine: Engine, docker_engine: Any
) -> None:
    text = EXPERIMENT.format(
        name=NAME,
        runs=RUNS,
        image=docker_engine.image("busybox"),
        points=json.dumps(list(range(POINTS))),
    )
    text += "".join(STAGE.format(number=number) for number in range(POINTS, POINTS + STAGES))
    live.write(f"{NAME}.mline.yaml", text)
    with engine.watched():
        runs = [live.trigger(NAME) for _ in range(RUNS)]
        states = [live.finish(NAME, run, 800) for run in runs]
        wait_for(lambda: engine.started.total() >= RUNS * (STAGES + POINTS), 30, "all events")
    assert states == ["success"] * RUNS
    assert engine.left() == []
    assert set(engine.started.values()) == {1}
    assert len(engine.started) == RUNS * (STAGES + POINTS)
    for run in runs:
        tasks = live.tasks(NAME, run)
        assert {task["try_number"] for task in tasks.values()} == {1}
        assert _answers(live, run) == list(range(POINTS + STAGES))


def _answers(live: Live, run: str) -> list[int]:
    """Return what the records of a run's stages say, in the order of the stages."""
    swept = [("swept", index) for index in range(POINTS)]
    alone = [(f"one_{number}", -1) for number in range(POINTS, POINTS + STAGES)]
    records = [live.api.record(NAME, run, *one) for one in (*swept, *alone)]
    assert all(record is not None and record["status"] == "success" for record in records)
    return [next(iter(record["metrics"].values())) for record in records if record is not None]
