"""Commands that ask whether a service that is a process is ready: what they see, how they end."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from servicebench import ServiceBench, wait_for

from mline_airflow.services.process import ProcessPlace
from mline_airflow.services.values import Instance, ServiceError

PRINT = ["sh", "-c", 'echo "prod=$AIRFLOW_CONN_PROD key=$KEY word=$WORD port=$HTTP_PORT"']


@pytest.fixture(autouse=True)
def _worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_PROD", "postgres://admin:hunter2@prod")


def begin(bench: ServiceBench, **more: Any) -> Instance:
    own = {"env": {"WORD": "by hand"}, "secrets": {"KEY": "variable.key"}}
    bench.start(bench.plan(**own, **more), secret=lambda _: "open-sesame")
    [instance] = bench.instances()
    return instance


def crash(bench: ServiceBench, instance: Instance) -> None:
    bench.crash(instance)
    wait_for(lambda: not bench.instances()[0].alive)


def test_a_check_has_the_environment_of_its_service(process_bench: ServiceBench) -> None:
    instance = begin(process_bench)
    told = f"prod= key=open-sesame word=by hand port={process_bench.port}\n"
    assert process_bench.place.execute(instance, PRINT, 10) == (0, told)
    crash(process_bench, instance)
    assert process_bench.place.execute(instance, PRINT, 10) == (0, told)


def test_a_check_of_a_run_that_joins_has_the_environment_of_the_service(
    process_bench: ServiceBench,
) -> None:
    instance = begin(process_bench)
    other = ProcessPlace(process_bench.services)
    told = f"prod= key=open-sesame word=by hand port={process_bench.port}\n"
    assert other.execute(instance, PRINT, 10) == (0, told)


def test_a_check_of_a_dead_service_sees_nothing_of_the_worker(process_bench: ServiceBench) -> None:
    instance = begin(process_bench)
    crash(process_bench, instance)
    other = ProcessPlace(process_bench.services)
    told = f"prod= key= word=by hand port={process_bench.port}\n"
    assert other.execute(instance, PRINT, 10) == (0, told)


def test_a_number_that_another_process_has_now_gives_no_environment(
    process_bench: ServiceBench,
) -> None:
    instance = begin(process_bench)
    crash(process_bench, instance)
    home = process_bench.services / instance.slug
    for name in ("keeper", "child"):
        (home / name).write_text(str(os.getpid()))
    status, output = ProcessPlace(process_bench.services).execute(instance, PRINT, 10)
    assert (status, output.split()[0]) == (0, "prod=")


def test_no_file_of_a_service_has_its_secrets(process_bench: ServiceBench) -> None:
    instance = begin(process_bench, command=["sh", "-c", "exec python3 server.py 127.0.0.1 $PORT"])
    home = process_bench.services / instance.slug
    files = [path for path in home.rglob("*") if path.is_file()]
    assert "by hand" in "".join(path.read_text() for path in files)
    assert "open-sesame" not in "".join(path.read_text() for path in files)


def test_a_check_that_does_not_answer_leaves_no_process(
    process_bench: ServiceBench, tmp_path: Path
) -> None:
    fifo = tmp_path / "alive"
    os.mkfifo(fifo)
    # Whoever has opened it for writing keeps a reader from the end of the file.
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    check = {"command": ["sh", "-c", f"exec 9> {fifo}; sleep 300 | sleep 300"], "within": 0.5}
    with pytest.raises(ServiceError, match="said 124: no answer within"):
        process_bench.start(process_bench.plan(ready=[check]))
    os.set_blocking(reader, True)
    assert os.read(reader, 1) == b""
    os.close(reader)
