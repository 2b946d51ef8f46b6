"""Experiments run in Airflow as `airflow dags test` runs them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mline_airflow.artifacts import ArtifactStore
from mline_airflow.records import Address, Records

if TYPE_CHECKING:
    from airflow_home import DagTester


def states(answer: dict[str, Any]) -> dict[str, str]:
    return {name.removesuffix("/-1"): task["state"] for name, task in answer["tasks"].items()}


def record(answer: dict[str, Any], task: str, index: int = -1) -> dict[str, Any]:
    found: dict[str, Any] = answer["records"][f"{task}/{index}"]
    return found


def test_an_experiment_runs_and_every_stage_leaves_its_record(tester: DagTester) -> None:
    answer = tester.test("basic")
    assert answer["state"] == "success"
    assert set(states(answer).values()) == {"success"}
    written, counted = record(answer, "write"), record(answer, "count")
    assert written["outputs"]["text"]["digest"] == counted["inputs"]["text"]["digest"]
    assert written["outputs"]["text"]["size"] == len("abcde")
    assert counted["metrics"] == {"length": 5}
    assert counted["run"] == answer["run"]
    assert written["params"] == {"text": "abcde"}


def test_what_the_trigger_form_says_reaches_the_stages(tester: DagTester) -> None:
    answer = tester.test("basic", text="{{ ds }} {", least=10)
    assert record(answer, "write")["params"] == {"text": "{{ ds }} {"}
    assert record(answer, "count")["metrics"] == {"length": len("{{ ds }} {")}


def test_a_condition_that_does_not_hold_skips_the_stage_and_what_needs_it(
    tester: DagTester,
) -> None:
    answer = tester.test("basic", text="ab")
    assert answer["state"] == "success"
    assert states(answer) == {
        "write": "success",
        "count": "success",
        "long": "skipped",
        "after_long": "skipped",
        "release_gate": "skipped",
    }


def test_a_sweep_runs_an_instance_a_point_and_passes_the_best_one_on(tester: DagTester) -> None:
    answer = tester.test("swept")
    assert answer["state"] == "success"
    names = [answer["tasks"][f"repeat/{i}"]["name"] for i in range(3)]
    assert names == ["times=1", "times=4", "times=2"]
    assert [record(answer, "measure", i)["metrics"]["size"] for i in range(3)] == [3, 12, 6]
    picked = record(answer, "repeat_pick")
    assert picked["picked"]["name"] == "times=4"
    best = record(answer, "repeat", 1)["outputs"]["text"]["digest"]
    assert picked["outputs"]["repeat.text"]["digest"] == best
    assert record(answer, "use")["inputs"]["text"]["digest"] == best


def test_a_stage_that_fails_fails_the_run_and_says_how(tester: DagTester, tmp_path: Path) -> None:
    answer = tester.test("flaky", marker=str(tmp_path / "no" / "such" / "folder"))
    assert answer["state"] == "failed"


def test_a_stage_that_takes_too_long_is_asked_to_end_and_says_so(tester: DagTester) -> None:
    answer = tester.test("late")
    assert states(answer) == {"wait": "failed"}
    store = ArtifactStore(f"file://{tester.home.folder}/store")
    told = Records(store).one(Address("late", answer["run"], "wait"))
    assert told is not None
    assert told["error_code"] == "stage-timeout"
    assert told["error"].startswith("stage 'wait' ran longer than 2 s and was ended")
    assert "was asked to end" in told["error"]
