"""Commands that run things: init, test, run, artifacts, and the provenance of a run."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import rdflib

from mline_airflow.cli import main

EXPERIMENT = """mline: 1
experiment: lines
params: {count: 3}
entities:
  lines: Metric
stages:
  greet:
    gives: {text: TextFile}
    with: {count: $params.count}
    run: seq "$PARAM_COUNT" > "$OUT_TEXT"
  count:
    takes: {text: greet.text}
    gives: {value: lines}
    run: wc -l < "$IN_TEXT" > "$OUT_VALUE"
  shout:
    when: lines >= 2
    takes: {text: greet.text}
    secrets: {WORD: variable.word}
    run: echo "the word is $WORD"
tests:
  three: {expect: [lines == 3]}
  ten: {with: {count: 10}, expect: [lines == 11]}
release: {gate: [lines >= 2]}
"""


class Done(NamedTuple):
    """What a command line did."""

    status: int
    out: str
    err: str


Mline = Callable[..., Done]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "lines.mline.yaml").write_text(EXPERIMENT, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AIRFLOW_VAR_WORD", "please")
    return tmp_path


@pytest.fixture
def mline(project: Path, capfd: pytest.CaptureFixture[str]) -> Mline:
    def run(*words: str) -> Done:
        status = main(list(words))
        captured = capfd.readouterr()
        return Done(status, captured.out, captured.err)

    return run


def test_run_shows_stages_metrics_and_artifacts(mline: Mline, project: Path) -> None:
    done = mline("run", "-p", "count=5")
    assert done.status == 0
    assert "▶ greet started\n" in done.out
    assert re.search(r"stages\n  greet +success +[0-9.]+ s\n", done.out)
    assert "metrics\n  lines  5\n" in done.out
    assert re.search(r"artifacts\n  greet.text  TextFile +10 B  sha256:", done.out)
    assert "the gate is met: it may be released\n" in done.out
    assert (project / ".mline/store").is_dir()


def test_second_run_is_cached_unless_it_must_not(mline: Mline) -> None:
    def states(*words: str) -> list[str]:
        return [row["state"] for row in json.loads(mline("run", "--json", *words).out)["stages"]]

    assert states() == ["success"] * 4
    assert states() == ["cached", "cached", "success", "success"]  # nothing to take from a cache
    assert states("--no-cache") == ["success"] * 4
    assert states("--refresh") == ["success"] * 4
    assert states("-p", "count=4") == ["success"] * 4


def test_run_as_json_keeps_progress_apart(mline: Mline) -> None:
    done = mline("run", "--json")
    data = json.loads(done.out)
    assert (data["status"], data["metrics"], data["gate"]) == ("success", {"lines": 3.0}, True)
    assert "▶ greet started" in done.err


def test_one_stage_runs_on_what_an_earlier_run_gave(mline: Mline) -> None:
    assert mline("run", "-p", "count=7").status == 0
    data = json.loads(mline("run", "--stage", "count", "--no-cache", "--json").out)
    assert [row["name"] for row in data["stages"]] == ["count"]
    assert data["metrics"] == {"lines": 7.0}
    data = json.loads(mline("run", "--from", "count", "--json").out)
    assert [row["name"] for row in data["stages"]] == ["count", "shout", "release_gate"]


def test_gate_that_is_not_met_is_told_and_is_no_failure(mline: Mline) -> None:
    done = mline("run", "-p", "count=1")
    assert done.status == 0
    assert "the gate is not met: it may not be released" in done.out
    assert re.search(r"  shout +skipped", done.out)


def test_secret_reaches_the_stage_and_not_the_screen(mline: Mline, project: Path) -> None:
    done = mline("run")
    assert "the word is" in done.out
    assert "please" not in done.out + done.err
    for path in (project / ".mline").rglob("*.json"):
        assert "please" not in path.read_text("utf-8")


def test_missing_secret_names_the_variable(mline: Mline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIRFLOW_VAR_WORD")
    done = mline("run")
    assert done.status == 1
    assert "is read from AIRFLOW_VAR_WORD here, and that is not set" in done.out


def test_failing_stage_gives_status_1_and_stops_what_follows(mline: Mline, project: Path) -> None:
    text = EXPERIMENT.replace('seq "$PARAM_COUNT" > "$OUT_TEXT"', "echo oh no; exit 3")
    (project / "lines.mline.yaml").write_text(text, "utf-8")
    done = mline("run", "--quiet")
    assert done.status == 1
    assert re.search(r"  greet +failed", done.out)
    assert re.search(r"  count +not run", done.out)
    assert "Traceback" not in done.out + done.err


def test_tests_of_an_experiment_pass_and_fail(mline: Mline) -> None:
    done = mline("test", "--quiet")
    assert done.status == 1
    assert "passed three\n  lines == 3 holds" in done.out
    assert "failed ten\n" in done.out
    assert "1 of 2 tests passed" in done.err
    assert mline("test", "--quiet", "-k", "three").status == 0


def test_artifacts_are_listed_taken_out_verified_and_collected(mline: Mline, project: Path) -> None:
    mline("run", "-q")
    rows = json.loads(mline("artifacts", "list", "--json").out)
    assert [row["name"] for row in rows] == ["greet.text", "lines"]
    assert "greet.text" in mline("artifacts", "list", "lines").out
    assert mline("artifacts", "get", "lines.greet.text", "a.txt").status == 0
    assert (project / "a.txt").read_text() == "1\n2\n3\n"
    assert mline("artifacts", "get", rows[0]["digest"][7:19], "b.txt").status == 0
    assert mline("artifacts", "get", "lines.greet.text", "a.txt").status == 2
    assert mline("artifacts", "verify").status == 0
    assert "0 objects" in mline("artifacts", "gc").err


def test_artifact_of_a_run_is_named_with_it(mline: Mline, project: Path) -> None:
    first = json.loads(mline("run", "--json", "-p", "count=2").out)["run"]
    mline("run", "-q", "-p", "count=4")
    assert mline("artifacts", "get", f"lines.greet.text@{first}", "a.txt").status == 0
    assert (project / "a.txt").read_text() == "1\n2\n"
    assert mline("artifacts", "get", "lines.greet.text", "b.txt").status == 0
    assert (project / "b.txt").read_text() == "1\n2\n3\n4\n"


def test_damaged_artifact_is_found(mline: Mline, project: Path) -> None:
    data = json.loads(mline("run", "--json").out)
    digest = data["artifacts"][0]["digest"].removeprefix("sha256:")
    (path,) = [
        p for p in (project / ".mline/store").rglob("*") if p.is_file() and digest[4:] in p.name
    ]
    path.chmod(0o644)
    path.write_bytes(b"x" * path.stat().st_size)
    done = mline("artifacts", "verify")
    assert done.status == 1
    assert digest in done.out


def test_what_is_not_in_the_store_is_named_with_what_is(mline: Mline) -> None:
    assert "there is nothing yet" in mline("artifacts", "list").err
    mline("run")
    for words, message in (
        (["list", "--run", "rnu"], "no such run 'rnu' (runs: local__"),
        (["get", "lines.greet.txet", "a"], "did you mean 'greet.text'?"),
        (["get", "lines.greet.text@rnu", "a"], "no such run 'rnu' (runs: local__"),
        (["get", "lnes.greet.text", "a"], "no such experiment 'lnes' (experiments: lines;"),
    ):
        done = mline("artifacts", *words)
        assert done.status == 2
        assert message in done.err


@pytest.mark.parametrize(
    ("url", "message"),
    [("nope://x", "protocol not known: nope"), ("s3://u:secret@x", "install s3fs to access S3")],
)
def test_a_store_that_cannot_be_opened_is_told(mline: Mline, url: str, message: str) -> None:
    done = mline("run", "--store", url)
    assert done.status == 1
    assert f"cannot be opened: {message}" in done.err
    assert "secret" not in done.err


def test_old_runs_are_forgotten_and_their_artifacts_removed(mline: Mline) -> None:
    for count in ("2", "4", "6"):
        mline("run", "-q", "-p", f"count={count}")
    dry = mline("artifacts", "gc", "--keep-runs", "1", "--older-than", "0", "--dry-run")
    assert "2 runs would be forgotten" in dry.err
    assert len(json.loads(mline("artifacts", "list", "--all", "--json").out)) == 6
    assert mline("artifacts", "gc", "--keep-runs", "1", "--older-than", "0").status == 0
    rows = json.loads(mline("artifacts", "list", "--all", "--json").out)
    assert len(rows) == 2
    assert mline("artifacts", "verify").status == 0


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_run_is_exported_as_provenance_both_ways(mline: Mline) -> None:
    run = json.loads(mline("run", "--json").out)["run"]
    ttl = rdflib.Graph().parse(data=mline("export", "--run", "last", "--format", "turtle").out)
    json_ld = mline("export", "--run", run).out
    assert len(ttl) == len(rdflib.Graph().parse(data=json_ld, format="json-ld")) > 20
    generated = rdflib.URIRef("http://www.w3.org/ns/prov#wasGeneratedBy")
    assert len(list(ttl.subject_objects(generated))) == 2


@pytest.mark.parametrize("template", ["tabular", "blank"])
def test_new_project_passes_at_once(
    template: str, mline: Mline, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mline("init", "New Project", "--template", template).status == 0
    monkeypatch.chdir(project / "New Project")
    assert mline("check").out == "no problems in 2 files\n"
    assert mline("format", "--check").status == 0
    assert "project: new_project" in Path("mline.yaml").read_text("utf-8")
    assert ".mline/" in Path(".gitignore").read_text("utf-8")
    done = mline("test", "--quiet")
    assert done.status == 0, done
    done = mline("run", "--quiet")
    assert done.status == 0, done


def test_init_overwrites_nothing(mline: Mline, project: Path) -> None:
    (project / "README.md").write_text("mine", "utf-8")
    done = mline("init", ".", "--template", "blank")
    assert done.status == 2
    assert "README.md" in done.err
    assert (project / "README.md").read_text("utf-8") == "mine"
    assert not (project / "hello.mline.yaml").exists()


def read_all(descriptor: int, process: subprocess.Popen[bytes], until: str = "") -> Iterator[str]:
    """Yield what a terminal shows, until a word appears or the process ends."""
    seen = ""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if select.select([descriptor], [], [], 0.1)[0]:
            try:
                text = os.read(descriptor, 65536).decode(errors="replace")
            except OSError:  # the other end of the terminal is closed
                return
            seen += text
            yield text
            if until and until in seen:
                return
        elif process.poll() is not None:
            return
    raise TimeoutError(seen)


def at_a_terminal(project: Path) -> tuple[subprocess.Popen[bytes], int]:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "mline_airflow.cli", "run"],
        cwd=project,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"},
    )
    os.close(theirs)
    return process, ours


def test_terminal_shows_what_is_running_now(project: Path) -> None:
    process, terminal = at_a_terminal(project)
    shown = "".join(read_all(terminal, process))
    os.close(terminal)
    assert process.wait(30) == 0
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    assert "\x1b[" in shown
    assert "✓ greet done in" in plain
    assert "success lines local__" in plain


def test_ctrl_c_ends_the_stages_and_gives_130(project: Path) -> None:
    text = EXPERIMENT.replace("seq ", "echo begun; sleep 300; seq ")
    (project / "lines.mline.yaml").write_text(text, "utf-8")
    process, terminal = at_a_terminal(project)
    for _ in read_all(terminal, process, until="begun"):
        pass
    process.send_signal(signal.SIGINT)
    for _ in read_all(terminal, process):
        pass
    os.close(terminal)
    assert process.wait(30) == 130
