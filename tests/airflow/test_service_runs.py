"""Services in `dag.test()`: the order of things, without a scheduler."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from served import left, served

from mline_airflow.artifacts import Artifact, ArtifactStore

if TYPE_CHECKING:
    from airflow_home import DagTester


def run(tester: DagTester, name: str, **how: Any) -> dict[str, Any]:
    (tester.home.project / f"{name}.mline.yaml").write_text(served(name, **how))
    return tester.test(name)


def states(answer: dict[str, Any]) -> dict[str, str]:
    return {name.removesuffix("/-1"): task["state"] for name, task in answer["tasks"].items()}


def test_a_service_lives_from_its_first_stage_to_its_last(tester: DagTester) -> None:
    answer = run(tester, "served_well")
    assert answer["state"] == "success"
    assert set(states(answer).values()) == {"success"}
    stop = answer["records"]["web__stop/-1"]
    assert stop["exit"]["reason"] == "stopped"
    assert left(tester.home.folder / "services", "served_well") == []
    store = ArtifactStore(f"file://{tester.home.folder}/store")
    assert store.read(Artifact.from_json(stop["log"])).startswith(b"listening\n")


def test_a_stage_that_fails_leaves_no_service(tester: DagTester) -> None:
    answer = run(tester, "served_badly", ask="exit 4")
    assert answer["state"] == "failed"
    assert states(answer) | {"before": "success"} == {
        "before": "success",
        "web__start": "success",
        "ask": "failed",
        "again": "upstream_failed",
        "web__stop": "success",
    }
    assert left(tester.home.folder / "services", "served_badly") == []


def test_a_service_that_does_not_start_leaves_nothing_and_says_why(tester: DagTester) -> None:
    answer = run(tester, "served_never", life="short")
    assert answer["state"] == "failed"
    assert states(answer)["web__start"] == "failed"
    assert states(answer)["web__stop"] == "upstream_failed"
    assert left(tester.home.folder / "services", "served_never") == []
