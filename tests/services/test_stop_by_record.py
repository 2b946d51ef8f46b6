"""A stop goes by the record of the start, not by what files and secrets are today."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mline_airflow.failures import MLineError
from mline_airflow.records import Address, Records
from mline_airflow.services import task

if TYPE_CHECKING:
    from servicebench import ServiceBench


def shared(bench: ServiceBench) -> dict[str, object]:
    (bench.root / "schema.sql").write_text("create table t (x int);")
    files = [*bench.service()["files"], {"path": "./schema.sql"}]
    made: dict[str, object] = bench.plan(
        scope="experiment", files=files, secrets={"KEY": "variable.key"}
    )
    return made


def gone(reference: str) -> str:
    raise MLineError(f"there is no Airflow variable '{reference}'", code="no-secret")


@pytest.mark.parametrize("text", ["create table t (x text);", None], ids=["changed", "deleted"])
def test_a_stop_finds_its_service_whatever_its_files_are_now(
    process_bench: ServiceBench, text: str | None
) -> None:
    plan = shared(process_bench)
    process_bench.start(plan, secret=lambda _: "open-sesame")
    path = process_bench.root / "schema.sql"
    path.unlink() if text is None else path.write_text(text)
    record = process_bench.stop(plan, secret=lambda _: "open-sesame")
    assert record["exit"]["reason"] == "stopped"
    assert process_bench.kept_log(record).startswith("a first line")
    assert process_bench.instances() == []


def test_a_stop_needs_no_secret_of_its_service(process_bench: ServiceBench) -> None:
    plan = shared(process_bench)
    process_bench.start(plan, secret=lambda _: "open-sesame")
    assert process_bench.stop(plan, secret=gone)["exit"]["reason"] == "stopped"
    assert process_bench.instances() == []


def test_without_a_record_a_shared_service_is_found_by_its_lease(
    process_bench: ServiceBench,
) -> None:
    plan = shared(process_bench)
    process_bench.start(plan, secret=lambda _: "open-sesame")
    Records(process_bench.store).remove_run("exp", "run-1")
    (process_bench.root / "schema.sql").unlink()
    assert process_bench.stop(plan, "run-2")["exit"]["reason"] == "gone"
    assert process_bench.stop(plan, secret=gone)["exit"]["reason"] == "stopped"
    assert process_bench.instances() == []


def test_a_start_says_its_name_before_it_begins(
    process_bench: ServiceBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = []

    def start(spec: task.Spec, *_: object, **__: object) -> None:
        found = Records(process_bench.store).one(Address("exp", "run-1", "web__start"))
        assert found is not None
        known.append(found["service"]["slug"] == spec.slug)
        raise MLineError("enough")

    monkeypatch.setattr(task, "start", start)
    with pytest.raises(MLineError, match="enough"):
        process_bench.start(process_bench.plan())
    assert known == [True]
