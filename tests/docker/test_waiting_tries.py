"""A try whose place is taken: by what the engine still removes, or by a later try."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from workbench import Workbench, gives

from mline_airflow.failures import StageError
from mline_airflow.runners.docker_own import OwnContainers
from mline_airflow.runners.docker_spec import TRY, UNIQUE

Bench = Callable[..., Workbench]
Ours = dict[str, list[str]]
Remove = Callable[[], None]


def colliding(
    bench: Workbench, then: Callable[[Remove, int], None], monkeypatch: pytest.MonkeyPatch
) -> Any:
    """Return a runner whose container's name is another's; `then` is called after each collision.

    The other has no labels of ours, as one that is being removed is not found by them any more.
    """
    runner = bench.make_runner()
    client: Any = runner.client  # type: ignore[attr-defined]
    create, other, seen = client.create_container, [], []

    def create_container(**what: Any) -> Any:
        if not other:
            other.append(create(image=what["image"], name=what["name"])["Id"])
        try:
            return create(**what)
        except Exception:
            seen.append(what["name"])
            then(lambda: client.remove_container(other[0], force=True), len(seen))
            raise

    monkeypatch.setattr(client, "create_container", create_container)
    return runner


def test_a_try_waits_for_the_engine_to_remove_the_earlier_one(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = bench()
    here.task("s", {"run": 'echo done > "$OUT_OUT"'}, outputs={"out": gives("made")})

    def then(remove: Remove, times: int) -> None:
        if times == 6:
            remove()

    assert here.text(here.run("s", runner=colliding(here, then, monkeypatch))) == "done\n"


def test_a_try_that_is_killed_waits_no_longer(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = bench()
    here.task("s", {"command": ["true"]})
    killed, make = threading.Event(), OwnContainers.__init__

    def with_event(self: Any, *arguments: Any) -> None:
        make(self, *arguments[:3], killed)

    monkeypatch.setattr(OwnContainers, "__init__", with_event)
    times: list[int] = []

    def then(remove: Remove, count: int) -> None:
        times.append(count)
        if count == 2:
            killed.set()
            remove()

    with pytest.raises(StageError, match="stage 's' was ended") as caught:
        here.run("s", runner=colliding(here, then, monkeypatch))
    assert caught.value.code == "stage-killed"
    assert times == [1, 2]


@pytest.mark.parametrize("state", ["created", "running", "exited"])
def test_a_later_try_is_left_alone_in_whatever_state(
    bench: Bench, client: Any, ours: Ours, state: str
) -> None:
    here = bench()
    here.task("s", {"run": 'echo second > "$OUT_OUT"'}, outputs={"out": gives("made")})
    values = ("exp", "run-1", "s", "")
    labels = dict(zip(UNIQUE[1:], values, strict=True)) | {TRY: "2"}
    labels |= dict([ours["label"][0].split("=")])
    command = ["sleep", "600"] if state == "running" else ["true"]
    image = here.defaults["image"]
    later = client.create_container(image, command, labels=labels)["Id"]
    try:
        if state != "created":
            client.start(later)
        if state == "exited":
            client.wait(later)
        told = (
            f"try 2 of it is there, and this is try 1 .container {later[:12]}, {state}.; "
            f"if no worker has it any more, .*: docker rm -fv {later[:12]}$"
        )
        with pytest.raises(StageError, match=told) as caught:
            here.run("s", attempt=1)
        assert caught.value.code == "stage-superseded"
        assert [one["Id"] for one in client.containers(all=True, filters=ours)] == [later]
    finally:
        client.remove_container(later, force=True)


def test_a_try_that_wakes_up_while_a_later_one_is_collected_does_not_run(
    bench: Bench, client: Any, ours: Ours
) -> None:
    here = bench()
    here.task("s", {"run": 'echo second > "$OUT_OUT"'}, outputs={"out": gives("made")})
    runner = here.make_runner()
    collect = runner.collect

    def and_wake_up(*arguments: Any) -> Any:
        with pytest.raises(StageError, match="try 2 of it is there, and this is try 1"):
            here.run("s", attempt=1)
        return collect(*arguments)

    runner.collect = and_wake_up  # type: ignore[method-assign]
    assert here.text(here.run("s", attempt=2, runner=runner)) == "second\n"
