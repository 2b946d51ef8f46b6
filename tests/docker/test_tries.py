"""Never two tries of one stage at once, and no half of an output."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from workbench import Workbench, gives

from mline_airflow.failures import MLineError, StageError

Bench = Callable[..., Workbench]
Ours = dict[str, list[str]]


@contextmanager
def running(bench: Workbench, attempt: int) -> Iterator[list[BaseException]]:
    """Run a try of `s` in a thread from when it begun; give what it raises, once it has ended."""
    begun = threading.Event()
    raised: list[BaseException] = []

    def run() -> None:
        try:
            bench.run("s", attempt=attempt, log=lambda _: begun.set())
        except MLineError as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert begun.wait(60)
    yield raised
    thread.join(60)
    assert not thread.is_alive()


def test_a_later_try_takes_the_place_of_one_that_still_runs(bench: Bench) -> None:
    here = bench()
    task = here.task("s", {"run": "echo begun; sleep 600"}, outputs={"out": gives("made")})
    with running(here, 1) as raised:
        task["action"] = {"run": 'echo second > "$OUT_OUT"'}
        assert here.text(here.run("s", attempt=2)) == "second\n"
    # Which of the two it sees first is the engine's to say.
    ends = r"lost its container: somebody removed it|failed with exit status 137 \(SIGKILL\)"
    (error,) = raised
    assert re.match(f"stage 's' (?:{ends})", str(error))


def test_an_earlier_try_leaves_a_later_one_alone(bench: Bench, client: Any, ours: Ours) -> None:
    here = bench()
    here.task("s", {"run": "echo begun; sleep 600"})
    with running(here, 2):
        with pytest.raises(StageError, match="try 2 of it is there, and this is try 1") as caught:
            here.run("s", attempt=1)
        assert caught.value.code == "stage-superseded"
        (left,) = client.containers(filters=ours)
        client.kill(left["Id"])


def test_an_output_of_a_container_that_is_gone_is_not_a_missing_one(
    bench: Bench, client: Any, ours: Ours
) -> None:
    here = bench()
    here.task("s", {"run": 'echo done > "$OUT_OUT"'}, outputs={"out": gives("made")})
    runner = here.make_runner()
    execute = runner.execute

    def and_remove(*arguments: Any) -> None:
        execute(*arguments)
        (found,) = client.containers(all=True, filters=ours)
        client.remove_container(found["Id"], v=True)

    runner.execute = and_remove  # type: ignore[method-assign]
    with pytest.raises(StageError, match="stage 's' lost its container"):
        here.run("s", runner=runner)
