"""The stage protocol around a runner: inputs, conditions, cache, picks, gates, records."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fsspec
import pytest
from workbench import gives, takes

from mline_airflow.artifacts import Artifact, collect_garbage
from mline_airflow.failures import (
    BadTreeError,
    ConditionError,
    InputError,
    MLineError,
    NotAllowedError,
    StageError,
    StageSkippedError,
)
from mline_airflow.records import Address, Records
from mline_airflow.runners.process import ProcessRunner

if TYPE_CHECKING:
    from workbench import Workbench

OUT = {"out": gives("made")}
COPY = {"run": 'cp -r "$IN_DATA" "$OUT_OUT"'}


def copying(bench: Workbench, source: Any, task: str = "s", **more: Any) -> None:
    """Add a stage that copies its input."""
    bench.task(task, COPY, inputs={"data": takes(source)}, outputs=OUT, **more)


# -- inputs --------------------------------------------------------------------------------------


def test_an_output_becomes_the_input_of_the_next_stage(bench: Workbench) -> None:
    bench.write("a", "A")
    copying(bench, "a", "one")
    copying(bench, {"task": "one", "port": "out"}, "two")
    first, second = bench.run("one"), bench.run("two")
    assert bench.text(second) == "A"
    assert second["inputs"]["data"]["digest"] == first["outputs"]["out"]["digest"]


def test_a_path_is_read_from_the_experiments_folder(bench: Workbench) -> None:
    bench.write("data/a", "A")
    bench.write("deep/exp.mline.yaml", "")
    bench.plan["path"] = "deep/exp.mline.yaml"
    copying(bench, "../data/a")
    assert bench.text(bench.run("s")) == "A"


@pytest.mark.parametrize(
    "path", ["../outside", "sub/../../outside", "/etc/hosts", "link", "folder-link/outside"]
)
def test_a_path_that_leads_out_of_the_project_is_not_read(bench: Workbench, path: str) -> None:
    (bench.root.parent / "outside").write_text("private")
    bench.write("sub/x", "")
    (bench.root / "link").symlink_to("../outside")
    (bench.root / "folder-link").symlink_to("..")
    copying(bench, path)
    with pytest.raises(NotAllowedError):
        bench.run("s")
    assert not any(bench.store.all())


def test_a_link_inside_the_project_is_followed(bench: Workbench) -> None:
    bench.write("real/a", "A")
    (bench.root / "a").symlink_to("real/a")
    copying(bench, "a")
    assert bench.text(bench.run("s")) == "A"


def test_a_folder_of_data_with_a_link_out_of_it_is_refused(bench: Workbench) -> None:
    bench.write("data/a", "A")
    (bench.root / "data/hosts").symlink_to("/etc/hosts")
    copying(bench, "data")
    with pytest.raises(BadTreeError, match="'hosts'"):
        bench.run("s")


def test_a_missing_file_names_entity_and_path(bench: Workbench) -> None:
    copying(bench, "data/none.csv")
    with pytest.raises(
        InputError, match=r"'data/none\.csv': there is no file or folder 'data/none\.csv'"
    ):
        bench.run("s")


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_url_is_read_through_fsspec(bench: Workbench, kind: str) -> None:
    memory, name = fsspec.filesystem("memory"), secrets.token_hex(6)
    memory.makedirs(f"/{name}")
    memory.pipe(f"/{name}/a", b"A")
    memory.pipe(f"/{name}/sub/b", b"B")
    copying(bench, f"memory://{name}/a" if kind == "file" else f"memory://{name}")
    record = bench.run("s")
    found = Artifact.from_json(record["outputs"]["out"])
    assert (found.kind, found.files) == (kind, 1 if kind == "file" else 2)
    copying(bench, f"memory://{name}/none", "t")
    with pytest.raises(InputError, match="there is nothing at memory://"):
        bench.run("t")


@pytest.mark.parametrize(
    "url",
    ["file:///etc/hosts", "local:///etc/hosts", "simplecache::file:///etc/hosts", "github://a/b"],
)
def test_a_url_that_reads_this_machine_is_not_allowed(bench: Workbench, url: str) -> None:
    copying(bench, url)
    with pytest.raises(NotAllowedError, match="is not allowed here"):
        bench.run("s")


def test_an_entity_of_another_experiment_is_its_newest_good_record(bench: Workbench) -> None:
    for run, text in (("r1", "old"), ("r2", "new")):
        bench.plan["tasks"].clear()
        bench.plan["experiment"] = "other"
        bench.task(
            "make",
            {"run": f"printf {text} > $OUT_OUT"},
            outputs={"out": gives("e", asset="other.e")},
        )
        bench.run("make", run=run)
    bench.plan["tasks"].clear()
    bench.task("make", {"run": "exit 1"}, outputs={"out": gives("e", asset="other.e")})
    with pytest.raises(StageError):
        bench.run("make", run="r3")
    bench.plan["experiment"] = "exp"
    copying(bench, {"asset": "other.e"})
    assert bench.text(bench.run("s")) == "new"
    Records(bench.store).remove_run("other", "r2")
    assert bench.text(bench.run("s", cache=False)) == "old"
    copying(bench, {"asset": "other.none"}, "t")
    with pytest.raises(InputError, match="which no run has given yet"):
        bench.run("t")


def test_a_trial_gives_nothing_to_others(bench: Workbench) -> None:
    bench.task(
        "s",
        {"run": "echo > $OUT_OUT"},
        outputs={"out": gives("e", asset="exp.e", external="out/e")},
    )
    bench.run("s", trial=True)
    records = Records(bench.store)
    assert records.asset("exp.e") is None
    assert records.newest("exp", "s") == []
    assert not (bench.root / "out").exists()


# -- outputs elsewhere ---------------------------------------------------------------------------


@pytest.mark.parametrize("cache", [True, False])
def test_an_output_with_a_place_is_copied_there_whole(bench: Workbench, *, cache: bool) -> None:
    bench.write("out/report/old", "old")
    bench.task(
        "s",
        {"run": "mkdir $OUT_R; echo new > $OUT_R/new; echo text > $OUT_T"},
        outputs={
            "r": gives("r", "core.Folder", external="out/report"),
            "t": gives("t", external=f"memory://{bench.root.name}/there/t"),
        },
    )
    bench.run("s", cache=cache)
    bench.run("s", cache=cache)
    assert [path.name for path in (bench.root / "out").iterdir()] == ["report"]
    assert [path.name for path in (bench.root / "out/report").iterdir()] == ["new"]
    assert fsspec.filesystem("memory").cat(f"/{bench.root.name}/there/t") == b"text\n"


def test_an_output_is_not_copied_out_of_the_project(bench: Workbench) -> None:
    bench.task("s", {"run": "echo > $OUT_R"}, outputs={"r": gives("r", external="../there")})
    with pytest.raises(NotAllowedError):
        bench.run("s")
    assert not (bench.root.parent / "there").exists()


# -- conditions ----------------------------------------------------------------------------------


def metric(bench: Workbench, value: float | str, task: str = "score") -> dict[str, Any]:
    """Add and run a stage that gives a metric; return where it is."""
    bench.task(
        task, {"run": f"printf '%s' {value} > $OUT_V"}, outputs={"v": gives("acc", "core.Metric")}
    )
    bench.run(task)
    return {"task": task, "port": "v"}


def at_least(limit: float, source: dict[str, Any]) -> dict[str, Any]:
    """Return the condition `acc >= limit`."""
    ast = [">=", {"$ref": "metrics.acc"}, limit]
    return {"text": f"acc >= {limit}", "ast": ast, "metrics": {"acc": source}}


def test_a_condition_that_does_not_hold_skips_the_stage(bench: Workbench) -> None:
    source = metric(bench, 0.8)
    bench.task("s", {"run": "echo ran"}, when=at_least(0.9, source))
    with pytest.raises(StageSkippedError, match=r"acc >= 0.9 does not hold \(acc = 0.8\)"):
        bench.run("s")
    assert "ran" not in bench.lines
    record = Records(bench.store).one(Address("exp", "run-1", "s"))
    assert record is not None
    assert (record["status"], record["reason"]) == (
        "skipped",
        "acc >= 0.9 does not hold (acc = 0.8)",
    )


def test_a_condition_that_holds_lets_the_stage_run(bench: Workbench) -> None:
    source = metric(bench, 0.95)
    bench.task("s", {"run": "echo ran"}, when=at_least(0.9, source))
    bench.run("s")
    assert "ran" in bench.lines


def test_a_metric_without_value_meets_no_condition(bench: Workbench) -> None:
    bench.task("s", {"run": "echo ran"}, when=at_least(0.0, metric(bench, "NaN")))
    with pytest.raises(StageSkippedError):
        bench.run("s")


def test_a_condition_may_read_a_metric_from_a_file(bench: Workbench) -> None:
    bench.write("base.json", '{"value": 0.5}')
    bench.task("s", {"run": "echo ran"}, when=at_least(0.4, {"file": "base.json"}))
    bench.run("s")
    assert "ran" in bench.lines


def test_a_gate_that_is_not_met_is_skipped_and_says_why(bench: Workbench) -> None:
    source = metric(bench, 0.8)
    gate = {"id": "release_gate", "kind": "gate", "upstream": ["score"]}
    bench.plan["tasks"].append({**gate, "gate": [at_least(0.5, source), at_least(0.9, source)]})
    with pytest.raises(StageSkippedError, match=r"the gate is not met: acc >= 0.9 does not hold"):
        bench.run("release_gate", runner=None)
    bench.plan["tasks"][-1]["gate"].pop()
    assert bench.run("release_gate", runner=None)["gate"] == [
        {"text": "acc >= 0.5", "holds": True, "values": {"acc": 0.8}}
    ]


# -- sweeps --------------------------------------------------------------------------------------


def sweep(bench: Workbench, goal: str, values: list[float | str]) -> None:
    """Run a sweep of `fit` and `score`, and add its pick."""
    points = [{"name": f"d={i}", "values": {"d": i}} for i in range(len(values))]
    source = {"task": "score", "port": "v"}
    bench.plan["groups"] = [
        {
            "id": "fit_sweep",
            "stage": "fit",
            "search": "grid",
            "points": points,
            "tasks": ["fit", "score"],
            "pick": {"goal": goal, "metric": "acc", "source": source, "task": "fit_pick"},
        }
    ]
    bench.task(
        "fit",
        {"run": 'printf "%s" "$PARAM_D" > $OUT_M; echo "$MLINE_STAGE"'},
        group="fit_sweep",
        params={"d": {"$ref": "point.d"}},
        outputs={"m": gives("fit.m")},
    )
    bench.task(
        "score",
        {
            "run": f"set -- {' '.join(map(str, values))}\n"
            'shift "$(cat "$IN_M")"; printf %s "$1" > $OUT_V'
        },
        group="fit_sweep",
        inputs={"m": takes({"task": "fit", "port": "m"})},
        outputs={"v": gives("acc", "core.Metric")},
    )
    bench.plan["tasks"].append(
        {
            "id": "fit_pick",
            "kind": "pick",
            "upstream": ["fit", "score"],
            "sweep": "fit_sweep",
            "outputs": {
                "fit.m": gives("fit.m", asset="exp.best"),
                "score.v": gives("acc", "core.Metric"),
            },
        }
    )
    for index in range(len(values)):
        bench.run("fit", index=index)
        bench.run("score", index=index)


@pytest.mark.parametrize(
    ("goal", "values", "best"),
    [("max", [0.1, 0.9, 0.5], 1), ("min", [0.3, 0.2, 0.9], 1), ("max", [0.7, "NaN", 0.7], 0)],
)
def test_a_pick_passes_the_outputs_of_the_best_instance_on(
    bench: Workbench, goal: str, values: list[float | str], best: int
) -> None:
    sweep(bench, goal, values)
    record = bench.run("fit_pick", runner=None)
    assert (record["picked"]["index"], record["picked"]["name"]) == (best, f"d={best}")
    assert record["picked"]["values"] == {"d": best}
    assert bench.text(record, "fit.m") == str(best)
    assert record["metrics"] == {"acc": values[best]}
    assert f"fit[d={best}]" in bench.lines
    copying(bench, {"task": "fit_pick", "port": "fit.m"}, "after")
    assert bench.text(bench.run("after")) == str(best)
    found = Records(bench.store).asset("exp.best")
    assert found is not None
    assert found[1] == "fit.m"


def test_nothing_can_be_picked_when_no_metric_has_a_value(bench: Workbench) -> None:
    sweep(bench, "max", ["NaN", "null"])
    with pytest.raises(InputError, match="no instance of 'fit' has a value of 'acc' to pick by"):
        bench.run("fit_pick", runner=None)


# -- cache ---------------------------------------------------------------------------------------


def counted(bench: Workbench, **more: Any) -> dict[str, Any]:
    """Add a stage that says when it runs."""
    bench.write("a", "A")
    task = {"inputs": {"data": takes("a")}, "params": {"n": 1}, "outputs": OUT, **more}
    script = 'echo "it runs"; { cat "$IN_DATA"; echo; } > "$OUT_OUT"'
    return bench.task("s", {"run": script}, **task)


def runs_again(bench: Workbench, **more: Any) -> bool:
    """Run the stage; tell whether it did."""
    bench.lines.clear()
    record = bench.run("s", **more)
    assert bool(record["cached"]) is ("it runs" not in bench.lines)
    return "it runs" in bench.lines


def test_the_same_again_comes_from_the_cache(bench: Workbench) -> None:
    counted(bench)
    assert runs_again(bench)
    assert not runs_again(bench, run="run-2")
    record = bench.records["s", None]
    assert record["cached"] == "run-1"
    assert bench.text(record) == "A\n"
    assert "taken from the cache: run run-1, task s" in bench.lines


@pytest.mark.parametrize(
    "change",
    [
        lambda bench, task: bench.write("a", "B"),
        lambda bench, task: task["params"].update(n=2),
        lambda bench, task: task["action"].update(run=task["action"]["run"] + "\n# more"),
        lambda bench, task: task.update(env={"X": "1"}),
        lambda bench, task: task.update(code=[{"to": "x.py", "text": "x = 1"}]),
        lambda bench, task: task.update(secrets={"K": "variable.k"}),
        lambda bench, task: task["inputs"]["data"].update(given="core.Text"),
        lambda bench, task: task["outputs"].update(out=gives("made", "core.Text")),
        lambda bench, task: bench.plan.update(language=2),
    ],
    ids=["input", "param", "action", "env", "code", "secret", "type", "output", "language"],
)
def test_whatever_may_change_the_result_misses_the_cache(bench: Workbench, change: Any) -> None:
    task = counted(bench)
    bench.run("s")
    change(bench, task)
    assert runs_again(bench, secret=lambda _: "value")


@pytest.mark.parametrize(
    "change",
    [
        lambda bench, task: task.update(timeout=100.0, labels={"a": "b"}, resources={"cpu": "1"}),
        lambda bench, task: bench.plan.update(experiment="renamed", title="New"),
        lambda bench, task: task["outputs"]["out"].update(entity="renamed"),
        lambda bench, task: task["inputs"]["data"].update(entity="renamed"),
    ],
    ids=["limits", "name", "entity", "input_name"],
)
def test_what_cannot_change_the_result_hits_the_cache(bench: Workbench, change: Any) -> None:
    task = counted(bench)
    bench.run("s")
    change(bench, task)
    assert not runs_again(bench)
    assert bench.records["s", None]["outputs"]["out"]["entity"] == task["outputs"]["out"]["entity"]


def test_a_library_of_another_digest_misses_the_cache_of_a_call(bench: Workbench) -> None:
    bench.call(
        "s",
        "def f():\n    print('it runs')\n    return 'x'",
        outputs={"out": gives("o", "core.Text")},
    )
    assert runs_again(bench)
    assert not runs_again(bench)
    bench.plan["libraries"]["core"]["digest"] = "sha256:other"
    assert runs_again(bench)


def test_a_hit_whose_artifacts_are_gone_is_a_miss(bench: Workbench) -> None:
    counted(bench)
    record = bench.run("s")
    bench.store.files.remove(Artifact.from_json(record["outputs"]["out"]).key)
    assert runs_again(bench)
    assert not runs_again(bench)


def test_a_damaged_entry_of_the_cache_is_a_miss(bench: Workbench) -> None:
    counted(bench)
    bench.run("s")
    (found,) = bench.store.files.walk("cache")
    bench.store.files.write(found.key, b"{half")
    assert runs_again(bench)


def test_a_stage_or_a_run_may_switch_the_cache(bench: Workbench) -> None:
    task = counted(bench, cache=False)
    bench.run("s")
    assert runs_again(bench)
    assert list(bench.store.files.walk("cache")) == []
    task["cache"] = "refresh"
    assert runs_again(bench)
    assert runs_again(bench)
    del task["cache"]
    assert not runs_again(bench)
    assert runs_again(bench, cache="refresh")
    assert runs_again(bench, cache=False)


def test_a_failure_is_not_cached_and_a_stage_without_outputs_neither(bench: Workbench) -> None:
    task = counted(bench)
    task["action"]["run"] = 'echo "it runs"; cp "$IN_DATA" "$OUT_OUT"; test -e "$MLINE_FLAG"'
    with pytest.raises(StageError):
        bench.run("s")
    with pytest.raises(StageError):
        bench.run("s")
    assert bench.lines.count("it runs") == 2
    task["outputs"], task["action"] = {}, {"run": 'echo "it runs"'}
    assert runs_again(bench)
    assert runs_again(bench)


def test_a_run_id_in_a_value_misses_the_cache_of_other_runs(bench: Workbench) -> None:
    counted(bench, params={"id": {"$ref": "run.id"}})
    bench.run("s")
    assert not runs_again(bench)
    assert runs_again(bench, run="run-2")


# -- records -------------------------------------------------------------------------------------


def test_a_record_says_what_ran_with_what_and_what_came_of_it(bench: Workbench) -> None:
    bench.write("a", "A")
    bench.task("s", COPY, inputs={"data": takes("a")}, outputs=OUT, code=[{"to": "x", "text": "1"}])
    record = bench.run("s", release="r7", commit="abc", attempt=2)
    assert {key: record[key] for key in ("experiment", "run", "task", "stage", "status")} == {
        "experiment": "exp",
        "run": "run-1",
        "task": "s",
        "stage": "s",
        "status": "success",
    }
    assert (record["user"], record["release"], record["commit"]) == ("ada", "r7", "abc")
    assert record["runner"] == "process"
    assert record["outputs"]["out"]["entity"] == "made"
    assert [file["path"] for file in record["manifest"]] == ["code/x", "run.sh"]
    assert record["started"] <= record["ended"]
    read = Records(bench.store).one(Address("exp", "run-1", "s"))
    assert read == json.loads(json.dumps(record))
    assert Records(bench.store).plan(record["plan"]) == bench.plan


def test_every_try_keeps_its_record_and_the_newest_is_read(bench: Workbench) -> None:
    bench.task("s", {"run": "exit 1"})
    with pytest.raises(StageError):
        bench.run("s", attempt=1)
    bench.plan["tasks"][0]["action"] = {"run": "true"}
    bench.run("s", attempt=2)
    records = Records(bench.store)
    tries = records.tries(Address("exp", "run-1", "s"))
    assert [(one["attempt"], one["status"]) for one in tries] == [(1, "failed"), (2, "success")]
    assert tries[0]["error"] == "stage 's' failed with exit status 1"
    assert [one["status"] for one in records.run("exp", "run-1")] == ["success"]


def test_records_of_a_run_are_read_in_order_with_all_instances(bench: Workbench) -> None:
    sweep(bench, "max", [1, 2])
    bench.run("fit_pick", runner=None)
    found = [(one["task"], one["index"]) for one in Records(bench.store).run("exp", "run-1")]
    assert found == [("fit", 0), ("score", 0), ("fit", 1), ("score", 1), ("fit_pick", None)]
    assert Records(bench.store).newest("exp", "fit")[1]["instance"] == "d=1"


@pytest.mark.parametrize("run", ["manual__2026-01-01T00:00:00+00:00", "..", ".", "a~b:c"])
def test_any_run_id_of_airflow_is_a_place_of_its_own(bench: Workbench, run: str) -> None:
    bench.task("s", {"run": "true"})
    bench.run("s", run=run)
    assert [one["run"] for one in Records(bench.store).run("exp", run)] == [run]
    assert bench.store.files.folders("runs") == ["exp"]
    assert [info["run"] for info in Records(bench.store).runs("exp")] == [run]


def test_collection_keeps_what_records_name(bench: Workbench) -> None:
    import os

    bench.write("a", "A")
    copying(bench, "a", code=[{"to": "x", "text": "code"}])
    record = bench.run("s")
    for path in (bench.root.parent / "store").rglob("*"):
        os.utime(path, (0, 0))
    records = Records(bench.store)
    assert collect_garbage(bench.store, records.artifacts()).objects == 0
    records.remove_run("exp", "run-1")
    assert collect_garbage(bench.store, records.artifacts()).objects == 3
    assert not bench.store.has(Artifact.from_json(record["outputs"]["out"]))
    assert list(bench.store.files.walk("cache")) == []


def test_a_stage_that_cannot_begin_is_recorded_with_its_reason(bench: Workbench) -> None:
    copying(bench, "none")
    with pytest.raises(InputError):
        bench.run("s")
    record = Records(bench.store).one(Address("exp", "run-1", "s"))
    assert record is not None
    assert (record["status"], record["error_code"]) == ("failed", "missing-input")


# -- code ----------------------------------------------------------------------------------------


def test_the_same_code_from_two_places_is_told_by_both(bench: Workbench) -> None:
    bench.write("one/x.py", "1")
    bench.write("two/x.py", "2")
    bench.task("s", {"run": "true"}, code=[{"path": "one"}, {"path": "two"}])
    with pytest.raises(MLineError, match=r"code: 'x\.py' comes from both one/x\.py and two/x\.py"):
        bench.run("s")


@pytest.mark.parametrize("path", ["../outside", "/etc", "link"])
def test_code_from_outside_the_project_is_refused(bench: Workbench, path: str) -> None:
    (bench.root.parent / "outside").mkdir()
    (bench.root / "link").symlink_to("../outside")
    bench.task("s", {"run": "true"}, code=[{"path": path}])
    with pytest.raises(NotAllowedError):
        bench.run("s")


def test_a_link_out_of_the_project_inside_code_is_refused(bench: Workbench) -> None:
    bench.write("src/a.py", "")
    (bench.root / "src/hosts").symlink_to("/etc/hosts")
    bench.task("s", {"run": "true"}, code=[{"path": "src"}])
    with pytest.raises(BadTreeError, match="links out of the project"):
        bench.run("s")


def test_hidden_files_and_caches_are_not_injected(bench: Workbench) -> None:
    for name in ("a.py", ".env", ".git/config", "__pycache__/a.pyc", "node_modules/x", "b.pyc"):
        bench.write(f"src/{name}", "")
    bench.task("s", {"run": "true"}, code=[{"path": "src"}])
    assert [file["path"] for file in bench.run("s")["manifest"]] == ["code/a.py", "run.sh"]


def test_a_library_of_the_project_brings_its_codecs(bench: Workbench) -> None:
    bench.write(
        "libs/lab/readings.py",
        "from .scale import FACTOR\ndef load(path): return int(path.read_text()) * FACTOR\n",
    )
    bench.write("libs/lab/scale.py", "FACTOR = 10\n")
    bench.write("libs/other.txt", "not code")
    bench.plan["libraries"]["lab"] = {"version": "1.0.0", "digest": "sha256:lab", "folder": "libs"}
    bench.plan["types"]["lab.Reading"] = {
        "lineage": ["lab.Reading", "core.Entity"],
        "folder": False,
        "load": "readings:load",
        "codec_library": "lab",
    }
    bench.write("r", "4")
    bench.call("s", "def f(r): return str(r)", inputs={"r": takes("r", "lab.Reading")}, outputs=OUT)
    record = bench.run("s")
    assert bench.text(record) == "40"
    paths = [file["path"] for file in record["manifest"]]
    assert paths == [
        "code/work.py",
        "lib/lab/readings.py",
        "lib/lab/scale.py",
        "shim/mline_shim.py",
    ]


def test_values_that_nobody_gives_are_told(bench: Workbench) -> None:
    bench.task("s", {"run": "true"}, params={"x": {"$ref": "params.none"}})
    with pytest.raises(MLineError, match=r"'\$params.none' has no value here"):
        bench.run("s")
    bench.task("t", {"run": "true"}, env={"X": {"$ref": "services.db.pg.url"}})
    with pytest.raises(MLineError, match="service 'db' is not running"):
        bench.run("t")
    bench.task("u", {"run": "true"}, secrets={"K": "variable.k"})
    with pytest.raises(MLineError, match="no place to look up the secret 'K'"):
        bench.run("u")


def test_services_give_values_and_variables(bench: Workbench) -> None:
    address = {"pg": {"url": "postgresql://h:5", "host": "h", "port": 5}}
    bench.task(
        "s",
        {"run": "echo $DB_PG_URL $DB_PG_HOST $DB_PG_PORT $X"},
        uses=["db"],
        env={"X": {"$ref": "services.db.pg.port"}},
    )
    bench.run("s", services=lambda name: {"db": address}[name])
    assert bench.lines[0] == "postgresql://h:5 h 5 5"


def test_a_condition_that_compares_the_incomparable_fails(bench: Workbench) -> None:
    bench.plan["params"] = {"mode": {"default": "fast"}}
    ast = ["<", {"$ref": "params.mode"}, 3]
    bench.task("s", {"run": "true"}, when={"text": "params.mode < 3", "ast": ast, "metrics": {}})
    with pytest.raises(ConditionError, match="cannot compare 'fast' < 3"):
        bench.run("s")


def test_nothing_of_ours_is_left_in_the_temporary_folder(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    bench.write("in/a", "A")
    copying(bench, "in")
    bench.run("s")
    bench.task("t", {"run": "mkdir a; touch a/b; chmod 000 a; exit 1"})
    with pytest.raises(StageError):
        bench.run("t", runner=ProcessRunner())
    assert list(scratch.iterdir()) == []
