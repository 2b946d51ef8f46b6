"""The process runner: what it lets through, and that nothing outlives a stage."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from workbench import gives

from mline_airflow.failures import StageError
from mline_airflow.runners.lines import LONGEST, LineReader, Masker
from mline_airflow.runners.process import ProcessRunner, exit_text
from mline_airflow.runners.stage_folder import sweep_leftovers

if TYPE_CHECKING:
    from workbench import Workbench


def wait_until(holds: Callable[[], bool], limit: float = 20.0) -> None:
    end = time.monotonic() + limit
    while not holds():
        assert time.monotonic() < end, "it did not come to be in time"
        time.sleep(0.01)


def is_alive(process: int) -> bool:
    """Tell whether a process runs; a zombie does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):  # gone before it was opened, or read
        return False
    return state != "Z"


def numbers(bench: Workbench, path: Path, count: int) -> list[int]:
    """Wait for a file in which a stage tells process ids."""
    wait_until(lambda: path.exists() and len(path.read_text().split()) >= count)
    return [int(word) for word in path.read_text().split()]


# -- environment ---------------------------------------------------------------------------------


def test_a_stage_does_not_get_the_workers_own_environment(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "private")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "private")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    bench.task("s", {"run": "env"})
    bench.run("s")
    names = {line.partition("=")[0] for line in bench.lines}
    assert "private" not in bench.log
    assert "/somewhere" not in bench.log
    assert {"PATH", "LC_ALL", "MLINE_STAGE", "PYTHONPATH", "TMPDIR"} <= names


def test_the_python_of_a_stage_is_the_one_that_was_chosen(bench: Workbench) -> None:
    bench.task("s", {"run": "python3 -c 'import sys; print(sys.prefix)'"})
    bench.run("s")
    assert bench.lines[0] == sys.prefix


def test_variables_of_the_contract_win_over_env(bench: Workbench) -> None:
    env = {"MLINE_STAGE": "forged", "OUT_OUT": "/tmp/forged", "PYTHONPATH": "more"}
    bench.task(
        "s",
        {"run": "echo $MLINE_STAGE $PYTHONPATH; echo x > $OUT_OUT"},
        env=env,
        outputs={"out": gives("o")},
    )
    bench.run("s")
    assert bench.lines[0].startswith("s /")
    assert bench.lines[0].endswith("/code:more")


# -- the end -------------------------------------------------------------------------------------


def test_what_a_stage_leaves_behind_is_ended_with_it(bench: Workbench, tmp_path: Path) -> None:
    told = tmp_path / "told"
    bench.task("s", {"run": f"sleep 600 & echo $! > {told}"})
    bench.run("s")
    (child,) = numbers(bench, told, 1)
    wait_until(lambda: not is_alive(child))


def test_what_holds_the_log_open_from_another_session_does_not_hold_the_stage(
    bench: Workbench, tmp_path: Path
) -> None:
    told = tmp_path / "told"
    bench.task(
        "s",
        {
            "run": f"setsid sh -c 'echo $$ > {told}; exec sleep 60' &\n"
            f"while ! test -s {told}; do :; done"
        },
    )
    bench.run("s")
    (daemon,) = numbers(bench, told, 1)
    os.kill(daemon, signal.SIGKILL)


def test_kill_ends_the_whole_group_and_is_told(bench: Workbench, tmp_path: Path) -> None:
    told = tmp_path / "told"
    bench.task("s", {"run": f"sleep 600 & echo $$ $! > {told}; wait"})
    runner = ProcessRunner()
    errors: list[BaseException] = []

    def run() -> None:
        try:
            bench.run("s", runner=runner)
        except StageError as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    found = numbers(bench, told, 2)
    runner.kill()
    thread.join(20)
    assert not thread.is_alive()
    assert [error.code for error in errors] == ["stage-killed"]  # type: ignore[attr-defined]
    wait_until(lambda: not any(map(is_alive, found)))


def test_a_stage_that_ignores_the_polite_signal_is_killed(bench: Workbench) -> None:
    bench.task("s", {"run": "trap '' TERM; echo deaf; while :; do sleep 0.1; done"}, timeout=0.5)
    with pytest.raises(StageError, match=r"ran longer than 0\.5 s") as caught:
        bench.run("s", runner=ProcessRunner(grace=0.3))
    assert caught.value.exit_status == -signal.SIGKILL


def test_a_stage_may_clean_up_when_it_is_asked_to_end(bench: Workbench) -> None:
    bench.task("s", {"run": "trap 'echo cleaned; exit 0' TERM; sleep 600 & wait"}, timeout=0.5)
    with pytest.raises(StageError):
        bench.run("s")
    assert "cleaned" in bench.lines


def test_a_signal_is_named(bench: Workbench) -> None:
    bench.task("s", {"run": "kill -SEGV $$"})
    with pytest.raises(StageError, match=r"failed with signal 11 \(SIGSEGV\)") as caught:
        bench.run("s")
    assert caught.value.exit_status == -signal.SIGSEGV
    assert "want of memory" in exit_text(-9)


_WORKER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from workbench import Workbench, gives
bench = Workbench(Path(sys.argv[2]))
bench.task("s", {"run": sys.argv[3]}, outputs={"out": gives("o")})
bench.run("s")
"""


def test_when_the_worker_is_killed_its_stage_ends_and_nothing_half_written_counts(
    bench: Workbench, tmp_path: Path
) -> None:
    place = tmp_path / "killed"
    place.mkdir()
    told = tmp_path / "told"
    script = (
        'echo half > "$OUT_OUT"; sleep 600 &\n'
        f"echo $$ $! > {told}; echo $MLINE_ROOT > {told}.root; wait"
    )
    contract = Path(__file__).parents[1] / "contract"
    with subprocess.Popen(
        [sys.executable, "-c", _WORKER, str(contract), str(place), script]
    ) as worker:
        found = numbers(bench, told, 2)
        folder = tmp_path / "told.root"
        wait_until(lambda: folder.exists() and folder.read_text().endswith("\n"))
        worker.send_signal(signal.SIGKILL)
    wait_until(lambda: not any(map(is_alive, found)))
    root = Path(folder.read_text().strip())
    wait_until(lambda: not root.exists())
    from mline_airflow.artifacts import ArtifactStore
    from mline_airflow.records import Address, Records

    store = ArtifactStore(place / "store")
    record = Records(store).one(Address("exp", "run-1", "s"))
    assert record is not None
    assert (record["status"], record["outputs"]) == ("running", {})
    assert Records(store).newest("exp", "s") == []
    assert list(store.files.walk("cache")) == []
    assert not any(store.files.read(f.key) == b"half\n" for f in store.files.walk("files"))


def test_when_the_guard_is_killed_the_stage_ends_too(bench: Workbench, tmp_path: Path) -> None:
    told = tmp_path / "told"
    bench.task("s", {"run": f"echo $$ $PPID > {told}; exec sleep 600"})
    errors: list[StageError] = []

    def run() -> None:
        try:
            bench.run("s")
        except StageError as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    stage, guard = numbers(bench, told, 2)
    os.kill(guard, signal.SIGKILL)
    thread.join(20)
    assert not thread.is_alive()
    assert "lost its process" in str(errors[0])
    wait_until(lambda: not is_alive(stage))


def test_folders_that_nobody_needs_are_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name in ("mline-stage-old", "mline-stage-new", "mline-stage-held", "other"):
        (tmp_path / name / "in").mkdir(parents=True)
        (tmp_path / name / "in").chmod(0o555)
    for name in ("mline-stage-old", "mline-stage-held", "other"):
        os.utime(tmp_path / name, (0, 0))
    held = os.open(tmp_path / "mline-stage-held", os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_SH)
    assert sweep_leftovers() == 1
    os.close(held)
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["mline-stage-held", "mline-stage-new", "other"]
    assert sweep_leftovers() == 1


# -- programs ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["./none"], "'./none' is not a program that can be found"),
        (["./plain"], "'./plain' may not be executed"),
        (["./empty"], "'./empty' may not be executed, or is no program"),
        (["./bad-interpreter"], "'./bad-interpreter' is not a program that can be found"),
    ],
)
def test_a_program_that_cannot_start_is_told(
    bench: Workbench, command: list[str], message: str
) -> None:
    bench.write("src/plain", "text").chmod(0o644)
    bench.write("src/empty", b"\x7fnot elf").chmod(0o755)
    bench.write("src/bad-interpreter", "#!/no/such/interpreter\n").chmod(0o755)
    bench.task("s", {"command": command}, code=[{"path": "src"}])
    with pytest.raises(StageError, match=message) as caught:
        bench.run("s")
    assert caught.value.code == "command-not-found"


def test_identity_changes_with_the_python_only() -> None:
    first = ProcessRunner().identity({"id": "s", "kind": "stage", "upstream": []})
    again = ProcessRunner(sys.executable).identity({"id": "t", "kind": "stage", "upstream": []})
    other = ProcessRunner(os.path.realpath("/usr/bin/python3"))
    assert first == again
    assert first.image_digest is None
    assert other.identity({"id": "s", "kind": "stage", "upstream": []}) != first


# -- lines ---------------------------------------------------------------------------------------


def read(chunks: list[bytes], *secrets: str) -> list[str]:
    lines: list[str] = []
    reader = LineReader(lines.append, Masker(secrets))
    for chunk in chunks:
        reader.feed(chunk)
    reader.end()
    return lines


def test_lines_are_told_as_soon_as_they_end(bench: Workbench, tmp_path: Path) -> None:
    go = tmp_path / "go"
    os.mkfifo(go)
    bench.task("s", {"run": f"echo first; cat {go}; echo last"})

    def log(line: str) -> None:
        bench.lines.append(line)
        if line == "first":
            go.write_text("middle\n")

    bench.run("s", log=log)
    assert bench.lines[:3] == ["first", "middle", "last"]


def test_a_huge_log_passes_without_being_kept(bench: Workbench) -> None:
    bench.task(
        "s",
        {
            "run": "head -c 30000000 /dev/zero | tr '\\0' x; echo\n"
            "head -c 3000000 /dev/urandom; echo; echo end"
        },
    )
    length = 0
    longest = 0
    last = ""

    def log(line: str) -> None:
        nonlocal length, longest, last
        length, longest, last = length + len(line), max(longest, len(line)), line

    bench.run("s", log=log)
    assert length > 30_000_000
    assert longest <= LONGEST
    assert last == "gave no artifacts"


def test_a_progress_bar_is_one_line() -> None:
    assert read([b"0%\r50%", b"\r100%\nnext\r\n"]) == ["100%", "next"]


def test_characters_across_chunks_and_seams_are_whole() -> None:
    text = "ü日🎉" * LONGEST
    data = text.encode()
    chunks = [data[i : i + 1001] for i in range(0, len(data), 1001)]
    lines = read(chunks)
    assert "".join(lines) == text
    assert max(map(len, lines)) <= LONGEST


@pytest.mark.parametrize("chunk", [1, 7, 4096, 100_000])
def test_a_secret_is_hidden_wherever_it_lies(chunk: int) -> None:
    secret = "p@ss/word"
    data = (
        ("x" * (LONGEST - 4) + secret + "y" * LONGEST + secret).encode()
        + b"\nq=p%40ss%2Fword "
        + secret.encode()
    )
    lines = read([data[i : i + chunk] for i in range(0, len(data), chunk)], secret)
    text = "".join(lines)
    assert "word" not in text
    assert text.count("***") == 4
    assert max(map(len, lines)) <= LONGEST


def test_every_line_of_a_secret_is_hidden() -> None:
    key = "-----BEGIN-----\nabcdef\nghijkl\n-----END-----"
    assert read([b"abcdef\nx ghijkl y\n"], key) == ["***", "x *** y"]


def test_short_values_do_not_blank_the_log() -> None:
    assert read([b"a 1 b\n"], "1", "") == ["a 1 b"]
