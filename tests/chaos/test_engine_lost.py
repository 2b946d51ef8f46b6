"""An engine that goes away while a stage runs, or before."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from workbench import Workbench, gives

from mline_airflow.failures import MLineError, StageError
from mline_airflow.runners.docker_runner import DockerRunner
from mline_airflow.runners.docker_settings import DockerSettings

if TYPE_CHECKING:
    from conftest import BreakableEngine

ENGINE = "lost"
pytestmark = [
    # Docker's SDK leaves the socket of a connection that fails to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def bench(tmp_path: Path, breakable: BreakableEngine) -> Iterator[Workbench]:
    settings = DockerSettings(url=breakable.engine.host)
    made = Workbench(tmp_path, lambda: DockerRunner(settings))
    made.defaults = {"runner": "docker", "image": breakable.engine.image("busybox")}
    yield made
    client = breakable.engine.client()
    assert client.containers(all=True) == []
    assert not client.volumes()["Volumes"]
    client.close()


def when(line: str, action: Callable[[], None]) -> tuple[Callable[[str], None], threading.Thread]:
    """Return a log that begins `action` in a thread when it sees the line, and the thread."""
    thread = threading.Thread(target=action)

    def log(told: str) -> None:
        if told == line:
            thread.start()

    return log, thread


@pytest.mark.parametrize(
    "script",
    [
        "trap 'exit 0' TERM; echo half > $OUT_OUT; echo begun; while :; do sleep 0.1; done",
        "echo half > $OUT_OUT; echo begun; exec sleep 600",
    ],
    ids=["ends-well-when-asked", "has-to-be-killed"],
)
def test_what_an_engine_ended_that_came_back_is_no_success(
    bench: Workbench, breakable: BreakableEngine, script: str
) -> None:
    bench.task("s", {"run": script}, outputs={"out": gives("made")})

    def restart() -> None:
        breakable.crash()
        breakable.revive()

    log, thread = when("begun", restart)
    with pytest.raises(StageError) as caught:
        bench.run("s", log=log)
    thread.join()
    assert caught.value.code == "engine-lost"
    first = str(caught.value).splitlines()[0]
    assert first == "stage 's' lost the Docker Engine, which went away and ended it"


def test_an_engine_that_is_away_is_told_and_comes_back(
    bench: Workbench, breakable: BreakableEngine
) -> None:
    bench.task("s", {"run": "echo here > $OUT_OUT"}, outputs={"out": gives("made")})
    breakable.crash()
    with pytest.raises(MLineError, match=r"the Docker Engine at .* does not answer: "):
        bench.run("s")
    breakable.revive()
    assert bench.text(bench.run("s", attempt=2)) == "here\n"
