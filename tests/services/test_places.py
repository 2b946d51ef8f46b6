"""What a service is, wherever it runs: each test runs with processes and with containers."""

from __future__ import annotations

import threading
import time
import urllib.request
from typing import Any

import pytest
from servicebench import ServiceBench, wait_for

from mline_airflow.failures import MLineError
from mline_airflow.runners.docker_leftovers import RunState
from mline_airflow.services import hidden
from mline_airflow.services.life import look
from mline_airflow.services.reap import reap
from mline_airflow.services.use import using
from mline_airflow.services.values import ServiceError


def ask(record: dict[str, Any], path: str = "") -> str:
    url = record["service"]["endpoints"]["http"]["url"]
    with urllib.request.urlopen(f"{url}/{path}", timeout=5) as response:
        text: str = response.read().decode()
        return text


def test_a_service_is_reached_when_its_start_has_ended(service_bench: ServiceBench) -> None:
    plan = service_bench.plan(
        env={"WORD": {"$ref": "params.word"}, "RUN": {"$ref": "run.id"}},
        secrets={"KEY": "variable.key"},
    )
    record = service_bench.start(plan, secret=lambda reference: f"value of {reference}")
    assert record["status"] == "success"
    assert ask(record, "WORD") == "by default"
    assert ask(record, "RUN") == "run-1"
    assert ask(record, "KEY") == "value of variable.key"
    assert ask(record, "file") == "hello from a file"
    assert "value of" not in str(record)
    assert service_bench.record("web__start") == record


def test_a_stop_leaves_nothing_and_keeps_log_and_reason(service_bench: ServiceBench) -> None:
    plan = service_bench.plan()
    service_bench.start(plan)
    record = service_bench.stop(plan)
    assert service_bench.instances() == []
    assert record["exit"]["reason"] == "stopped"
    assert record["status"] == "success"
    text = service_bench.kept_log(record)
    assert text.splitlines()[0] == "a first line"
    assert text.splitlines()[-1] == "stopping"


def test_what_it_prints_while_it_starts_is_in_the_log_of_the_start(
    service_bench: ServiceBench,
) -> None:
    service_bench.start(service_bench.plan())
    assert "a first line" in service_bench.lines


def test_a_stop_of_what_is_gone_is_no_failure(service_bench: ServiceBench) -> None:
    record = service_bench.stop(service_bench.plan())
    assert record["status"] == "success"
    assert record["exit"]["reason"] == "gone"


def test_a_service_that_ended_by_itself_is_told_at_its_stop(service_bench: ServiceBench) -> None:
    plan = service_bench.plan()
    service_bench.start(plan)
    [instance] = service_bench.instances()
    service_bench.crash(instance)
    wait_for(lambda: not service_bench.instances()[0].alive)
    record = service_bench.stop(plan)
    assert record["status"] == "success"
    assert record["exit"]["reason"] == "ended"
    assert "ended by itself" in service_bench.log
    assert service_bench.instances() == []


def test_a_start_that_fails_says_why_and_leaves_nothing(service_bench: ServiceBench) -> None:
    plan = service_bench.plan(
        command=[service_bench.python, "-c", "print('no licence'); raise SystemExit(7)"],
    )
    with pytest.raises(ServiceError) as caught:
        service_bench.start(plan)
    assert "service 'web' did not start: it ended by itself with exit status 7" in str(caught.value)
    assert caught.value.last_lines == ("no licence",)
    assert service_bench.instances() == []
    record = service_bench.record("web__start")
    assert (record["status"], record["error_code"]) == ("failed", "service-failed")
    assert service_bench.kept_log(record) == "no licence\n"


@pytest.mark.parametrize(
    ("check", "answer"),
    [
        ({"endpoint": "http", "http": "/broken"}, "/broken says 503"),
        ({"log": "no such line"}, "no line of its log matches 'no such line'"),
        ({"command": ["python3", "-c", "raise SystemExit('not yet')"]}, "said 1: not yet"),
    ],
    ids=["http", "log", "command"],
)
def test_a_service_that_is_not_ready_in_time_is_ended_and_the_last_answer_told(
    service_bench: ServiceBench, check: dict[str, Any], answer: str
) -> None:
    plan = service_bench.plan(ready=[{**check, "within": 1.5}])
    with pytest.raises(ServiceError) as caught:
        service_bench.start(plan)
    assert caught.value.code == "service-not-ready"
    assert "was not ready within 1.5 s" in str(caught.value)
    assert answer in str(caught.value)
    assert service_bench.instances() == []


def test_a_port_that_nobody_listens_on_is_not_ready(service_bench: ServiceBench) -> None:
    plan = service_bench.plan(
        command=[service_bench.python, "-c", "import time; time.sleep(60)"],
        ready=[{"endpoint": "http", "tcp": True, "within": 2.0}],
    )
    with pytest.raises(ServiceError, match="nothing listens on port"):
        service_bench.start(plan)


def test_every_check_has_to_pass(service_bench: ServiceBench) -> None:
    port = service_bench.port
    script = f"import urllib.request as u; u.urlopen('http://127.0.0.1:{port}/')"
    plan = service_bench.plan(
        ready=[
            {"log": r"^listening on \d+$", "within": 20.0},
            {"endpoint": "http", "tcp": True, "within": 20.0},
            {"endpoint": "http", "http": "/", "within": 20.0},
            {"command": ["python3", "-c", script], "within": 20.0},
        ]
    )
    assert service_bench.start(plan)["status"] == "success"


def test_a_second_start_replaces_what_the_first_one_left(service_bench: ServiceBench) -> None:
    plan = service_bench.plan()
    first = service_bench.start(plan)["service"]["instance"]
    second = service_bench.start(plan, attempt=2)["service"]["instance"]
    [instance] = service_bench.instances()
    assert instance.id == second != first
    assert "removing what an earlier start left" in service_bench.log
    with pytest.raises(ServiceError, match="clear the stage without 'only failed'") as caught:
        look("web", first, service_bench.place)
    assert caught.value.code == "service-gone"


def test_a_start_that_is_cancelled_leaves_nothing(service_bench: ServiceBench) -> None:
    event = threading.Event()
    plan = service_bench.plan(ready=[{"log": "never", "within": 60.0}])

    def log(line: str) -> None:
        if line == "a first line":
            event.set()

    with pytest.raises(ServiceError, match="was ended while it started"):
        service_bench.start(plan, log=log, cancelled=event.is_set)
    assert service_bench.instances() == []


def test_a_stage_that_finds_its_service_gone_fails_in_a_sentence(
    service_bench: ServiceBench,
) -> None:
    plan = service_bench.plan()
    record = service_bench.start(plan)
    service_bench.stop(plan)
    used = using([record["service"]], lambda _: service_bench.place, "run-1", 60)
    with pytest.raises(ServiceError, match="service 'web' does not run"), used:
        pytest.fail("the stage must not begin")


def test_a_stage_renews_the_lease_while_it_runs(service_bench: ServiceBench) -> None:
    plan = service_bench.plan()
    record = service_bench.start(plan)
    with using([record["service"]], lambda _: service_bench.place, "run-1", 500, every=0.05):
        first = service_bench.instances()[0].expires
        assert first > time.time() + 400
        wait_for(lambda: service_bench.instances()[0].expires > first, what="a renewal")


def test_a_shared_service_ends_with_the_last_run_that_uses_it(service_bench: ServiceBench) -> None:
    plan = service_bench.plan(scope="experiment")
    one, two = service_bench.start(plan, "run-1"), service_bench.start(plan, "run-2")
    assert one["service"]["instance"] == two["service"]["instance"]
    kept = service_bench.stop(plan, "run-1")
    assert kept["kept_for"] == ["run-2"]
    assert kept["exit"] is None
    assert ask(two) == ""
    ended = service_bench.stop(plan, "run-2")
    assert ended["exit"]["reason"] == "stopped"
    assert service_bench.instances() == []


def test_the_reaper_ends_what_has_no_lease_and_nothing_else(service_bench: ServiceBench) -> None:
    service_bench.start(service_bench.plan())
    [instance] = service_bench.instances()
    assert [one for one in reap([service_bench.place]) if one.instance.id == instance.id] == []
    service_bench.place.renew(instance, "run-1", 0)
    if service_bench.runner == "process":
        wait_for(lambda: service_bench.instances()[0].exit, what="its keeper ends it")
    lines: list[str] = []

    def reaped(**how: Any) -> list[str]:
        found = reap([service_bench.place], **how)
        return [one.reason for one in found if one.instance.slug == instance.slug]

    [planned] = reaped(dry_run=True)
    assert len(service_bench.instances()) == 1
    [done] = reaped(log=lines.append)
    assert done == planned
    assert "lease" in done
    assert service_bench.instances() == []
    assert "its log is kept" in "\n".join(lines)


def test_the_reaper_ends_the_services_of_runs_that_are_over(service_bench: ServiceBench) -> None:
    service_bench.start(service_bench.plan())
    states: dict[str, Any] = {"run-1": "running"}
    place = service_bench.place

    def reaped() -> list[str]:
        found = reap([place], lambda _experiment, run, _store: states.get(run, "unknown"))
        return [one.reason for one in found if one.instance.store == service_bench.store.url]

    assert reaped() == []
    states["run-1"] = "over"
    assert reaped() == ["run run-1 is over"]
    assert service_bench.instances() == []


LOUD = """
import os, signal, time
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
print("the key is", os.environ["KEY"], flush=True)
time.sleep(60)
"""


def loud(bench: ServiceBench, **more: Any) -> Any:
    return bench.plan(
        command=[bench.python, "-c", LOUD],
        secrets={"KEY": "variable.key"},
        ready=[{"log": "the key is", "within": 20.0}],
        **more,
    )


def test_no_log_of_a_service_shows_a_secret(service_bench: ServiceBench) -> None:
    plan = loud(service_bench)
    service_bench.start(plan, secret=lambda _: "open-sesame")
    assert "the key is ***" in service_bench.lines
    record = service_bench.stop(plan, secret=lambda _: "open-sesame")
    assert service_bench.kept_log(record) == "the key is ***\n"


def test_the_reaper_hides_secrets_and_keeps_no_log_where_it_cannot(
    service_bench: ServiceBench,
) -> None:
    def gone(reference: str) -> str:
        raise MLineError(f"there is no Airflow variable '{reference}'", code="no-secret")

    store = service_bench.store.url

    def state_of(_experiment: str, _run: str, of: str) -> RunState:
        return "over" if of == store else "running"

    for secret, told in ((lambda _: "open-sesame", "is kept"), (gone, "is not kept")):
        service_bench.start(loud(service_bench), secret=lambda _: "open-sesame")
        [instance] = service_bench.instances()
        lines: list[str] = []
        found = reap([service_bench.place], state_of, secret=secret, log=lines.append)
        assert [one.instance.id for one in found] == [instance.id]
        text = "\n".join(lines)
        assert f"its log {told}" in text
        assert "open-sesame" not in text
        if told == "is kept":
            digest = next(line for line in lines if "is kept" in line).rpartition(" ")[2]
            kept = service_bench.store.read(service_bench.store.find(digest))
            assert kept == b"the key is ***\n"


def test_a_secret_that_a_check_prints_is_hidden(service_bench: ServiceBench) -> None:
    check = {"command": ["sh", "-c", 'echo "the key is $KEY"; exit 3'], "within": 1.0}
    plan = service_bench.plan(secrets={"KEY": "variable.key"}, ready=[check])
    with pytest.raises(ServiceError) as caught:
        service_bench.start(plan, secret=lambda _: "open-sesame")
    assert "said 3: the key is ***" in str(caught.value)
    assert "open-sesame" not in str(caught.value)
    assert "the key is ***" in service_bench.record("web__start")["error"]


def test_a_secret_in_any_reason_is_hidden_in_the_record(
    service_bench: ServiceBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(spec: Any) -> Any:
        raise ServiceError(f"no room for {spec.env['KEY']}")

    monkeypatch.setattr(service_bench.place, "create", refuse)
    plan = service_bench.plan(secrets={"KEY": "variable.key"})
    with pytest.raises(ServiceError):
        service_bench.start(plan, secret=lambda _: "open-sesame")
    assert service_bench.record("web__start")["error"] == "no room for ***"


def test_a_command_that_does_not_answer_holds_no_start(service_bench: ServiceBench) -> None:
    plan = service_bench.plan(ready=[{"command": ["sleep", "infinity"], "within": 2.0}])
    begun = time.monotonic()
    with pytest.raises(ServiceError) as caught:
        service_bench.start(plan)
    assert time.monotonic() - begun < 30
    assert "was not ready within 2 s: 'sleep infinity' said 124: no answer within" in str(
        caught.value
    )
    assert service_bench.instances() == []


COUNTING = """
import os, sys, time
for number in range(400):
    print("out", number, flush=True)
    print("err", number, file=sys.stderr, flush=True)
    os.write(1, b"x" * 40000 + b"\\n" if number == 200 else b"")
    time.sleep(0.01)
print("counted", flush=True)
time.sleep(60)
"""


def test_a_start_reads_each_line_of_the_log_once(
    service_bench: ServiceBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = service_bench.place
    plan = service_bench.plan(
        command=[service_bench.python, "-c", COUNTING],
        ready=[{"log": "^out 3$", "within": 20.0}, {"log": "^counted$", "within": 30.0}],
    )
    with monkeypatch.context() as patched:
        patched.setattr(place, "log", lambda _: pytest.fail("the whole log, again and again"))
        service_bench.start(plan)
    for stream in ("out", "err"):
        found = [line for line in service_bench.lines if line.startswith(stream)]
        assert found == [f"{stream} {number}" for number in range(400)]
    assert sum(line.count("x") for line in service_bench.lines if line.startswith("xx")) == 40000


def test_of_a_long_log_the_end_is_kept(
    service_bench: ServiceBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hidden, "KEPT", 1000)
    monkeypatch.setattr(hidden, "_PIECE", 100)
    script = (
        "import time; [print('line', n) for n in range(3000)]; print(flush=True); time.sleep(60)"
    )
    ready = [{"log": "^line 2999$", "within": 20.0}]
    plan = service_bench.plan(command=[service_bench.python, "-c", script], ready=ready)
    service_bench.start(plan)
    told, *lines = service_bench.kept_log(service_bench.stop(plan)).splitlines(keepends=True)
    whole = "".join(f"line {number}\n" for number in range(3000)) + "\n"
    kept = "".join(lines)
    assert whole.endswith(kept)
    assert 900 < len(kept) <= 1000
    assert lines[0].startswith("line ")
    assert told == f"mline: the first {len(whole) - len(kept)} bytes of this log are not kept\n"


def test_a_store_that_refuses_the_log_keeps_no_service_and_hides_no_reason(
    service_bench: ServiceBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = service_bench.store.put_bytes

    def refuse(data: bytes) -> Any:
        if data.startswith(b"a line of the log"):
            raise OSError(28, "No space left on device")
        return put(data)

    monkeypatch.setattr(service_bench.store, "put_bytes", refuse)
    script = "print('a line of the log', flush=True); import time; time.sleep({})"
    told = "its log could not be kept: [Errno 28] No space left on device"
    plan = service_bench.plan(command=[service_bench.python, "-c", script.format(0)])
    with pytest.raises(ServiceError, match="did not start: it ended by itself"):
        service_bench.start(plan)
    assert service_bench.instances() == []
    assert told in service_bench.lines
    service_bench.lines.clear()
    ready = [{"log": "a line", "within": 20.0}]
    plan = service_bench.plan(command=[service_bench.python, "-c", script.format(60)], ready=ready)
    service_bench.start(plan)
    assert service_bench.stop(plan)["status"] == "success"
    assert service_bench.instances() == []
    assert told in service_bench.lines


def test_a_log_that_cannot_be_read_keeps_no_service(
    service_bench: ServiceBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Any) -> bytes:
        raise MLineError("the disk is broken")

    monkeypatch.setattr(service_bench.place, "log", broken)
    plan = service_bench.plan()
    service_bench.start(plan)
    assert service_bench.stop(plan)["exit"]["reason"] == "stopped"
    assert service_bench.instances() == []
    assert "its log could not be read: the disk is broken" in service_bench.lines
