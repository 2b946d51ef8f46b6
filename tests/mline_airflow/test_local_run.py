"""Whole experiments on this machine: compiled from YAML, run as processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mline_airflow.artifacts import ArtifactStore
from mline_airflow.dag_factory.project import Project
from mline_airflow.failures import MLineError, ParamsError
from mline_airflow.local.run import (
    Event,
    Node,
    RunOptions,
    RunResult,
    read_params,
    run_experiment,
    run_tests,
    store_url,
)
from mline_airflow.records import Records

SWEEP = """
mline: 1
experiment: sweep
params:
  size: {type: integer, default: 4, minimum: 1, maximum: 9}
  word: {type: string, enum: [one, two], default: one}
  flag: false
defaults: {runner: process}
entities:
  numbers:  {is: TextFile, at: ./numbers.txt}
  tuning:   {is: Accuracy}
  accuracy: {is: Accuracy}
stages:
  split:
    takes: {numbers: numbers}
    gives: {part: TextFile}
    with: {size: $params.size}
    run: head -n "$PARAM_SIZE" "$IN_NUMBERS" > "$OUT_PART"
  fit:
    takes: {part: split.part}
    gives: {model: TextFile}
    with: {depth: 1}
    run: |
      echo "fitting $PARAM_DEPTH"
      echo "$PARAM_DEPTH" > "$OUT_MODEL"
    sweep: {over: {depth: [2, 4, 3]}, pick: max tuning, parallel: 1}
  tune:
    takes: {model: fit.model}
    gives: {value: tuning}
    run: echo "0.$(cat "$IN_MODEL")" > "$OUT_VALUE"
  score:
    takes: {model: fit.model}
    gives: {value: accuracy}
    run: echo "0.9$(cat "$IN_MODEL")" > "$OUT_VALUE"
  all:
    takes: {models: 'fit[*].model'}
    gives: {text: TextFile}
    run: cd "$IN_MODELS"; for f in *; do echo "$f $(cat "$f")"; done > "$OUT_TEXT"
  publish:
    when: accuracy >= 0.5
    takes: {model: fit.model}
    run: echo "published $(cat "$IN_MODEL")"
  celebrate:
    when: accuracy >= 0.99
    after: [publish]
    run: echo hooray
  later:
    after: [celebrate]
    run: echo later
tests:
  good: {with: {size: 2}, expect: [accuracy >= 0.5, accuracy < 1]}
  bad:  {expect: [accuracy >= 0.99]}
release: {gate: [accuracy >= 0.9]}
"""


class Lab:
    """A project with one experiment, and what its runs told."""

    def __init__(self, root: Path, text: str) -> None:
        self.root = root
        (root / "mline.yaml").write_text("project: lab\nprofiles: {here: {runner: process}}\n")
        (root / "numbers.txt").write_text("".join(f"{n}\n" for n in range(9)))
        (root / "it.mline.yaml").write_text(text)
        self.events: list[Event] = []

    @property
    def plan(self) -> Any:
        compiled = Project.open(self.root).plan(self.root / "it.mline.yaml")
        errors = [str(one) for one in compiled.diagnostics if one.severity == "error"]
        assert compiled.plan is not None, errors
        return compiled.plan

    @property
    def store(self) -> ArtifactStore:
        return ArtifactStore(store_url(self.plan["profile"], self.root))

    def run(self, **options: Any) -> RunResult:
        self.events.clear()
        plan = self.plan
        return run_experiment(
            plan, self.root, self.store, RunOptions(**options), self.events.append
        )

    def told(self, kind: str) -> list[str]:
        return [event.name for event in self.events if event.kind == kind]

    def lines(self, name: str) -> list[str]:
        return [event.text for event in self.events if event.kind == "log" and event.name == name]


@pytest.fixture
def lab(tmp_path: Path) -> Callable[[str], Lab]:
    return lambda text=SWEEP: Lab(tmp_path, text)


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lab, RunResult, list[Event]]:
    """Return one run of the sweep, for all tests that only look at it."""
    here = Lab(tmp_path_factory.mktemp("swept"), SWEEP)
    result = here.run()
    return here, result, list(here.events)


Swept = tuple[Lab, RunResult, list[Event]]


# -- a whole run ---------------------------------------------------------------------------------


def test_a_sweep_runs_every_instance_and_goes_on_with_the_picked_one(swept: Swept) -> None:
    _, result, _ = swept
    assert result.status == "success"
    assert result.metrics == {"tuning": 0.4, "accuracy": 0.94}
    assert result.records[Node("fit_pick")]["picked"]["name"] == "depth=4"
    assert result.gate is True
    assert [n.index for n in result.records if n.task == "fit"] == [0, 1, 2]


def test_all_instances_lie_side_by_side_under_their_names(swept: Swept) -> None:
    here, result, _ = swept
    record = result.records[Node("all")]
    text = here.store.read(here.store.find(record["outputs"]["text"]["digest"])).decode()
    assert text == "depth=2 2\ndepth=3 3\ndepth=4 4\n"


def test_a_condition_that_does_not_hold_skips_what_follows(swept: Swept) -> None:
    _, result, _ = swept
    assert dict(result.skipped) == {
        Node("celebrate"): "accuracy >= 0.99 does not hold (accuracy = 0.94)",
        Node("later"): "what it depends on was skipped",
    }


def test_events_tell_every_node_from_its_start_to_its_end(swept: Swept) -> None:
    _, _, events = swept
    ended = {"ended", "skipped"}
    for name in ("split", "fit[depth=2]", "tune[depth=3]", "fit_pick", "score", "celebrate"):
        kinds = [event.kind for event in events if event.name == name]
        assert kinds[0] == "started"
        assert kinds[-1] in ended
        assert sum(kind in ended for kind in kinds) == 1
    lines = [event.text for event in events if event.name == "fit[depth=4]" and event.kind == "log"]
    assert lines[0] == "fitting 4"


def test_parallel_of_a_sweep_is_kept(swept: Swept) -> None:
    _, _, events = swept
    running = 0
    for event in events:
        if event.task == "fit" and event.kind in ("started", "ended"):
            running += 1 if event.kind == "started" else -1
            assert running <= 1


def test_a_run_can_be_read_from_the_store_alone(swept: Swept) -> None:
    here, result, _ = swept
    records = Records(ArtifactStore(here.root / ".mline/store"))
    assert records.experiments() == ["sweep"]
    (info,) = records.runs("sweep")
    assert (info["run"], info["status"]) == (result.run, "success")
    assert info["params"] == {"size": 4, "word": "one", "flag": False}
    assert records.plan(info["plan"]) == here.plan
    assert {(r["task"], r["index"]) for r in records.run("sweep", result.run)} >= {
        (node.task, node.index) for node in result.records
    }


def test_the_second_run_comes_from_the_cache(lab: Callable[..., Lab]) -> None:
    here = lab()
    here.run()
    result = here.run()
    assert sorted(here.told("cached")) == sorted(
        ["split", *(f"{s}[depth={d}]" for s in ("fit", "tune") for d in (2, 3, 4)), "score", "all"]
    )
    assert sorted(here.told("ended")) == ["fit_pick", "publish", "release_gate"]
    assert result.metrics == {"tuning": 0.4, "accuracy": 0.94}
    here.run(cache=False)
    assert here.told("cached") == []


def test_a_run_needs_no_store_on_this_machine(lab: Callable[..., Lab]) -> None:
    here = lab()
    store = ArtifactStore(f"memory://{here.root.name}")
    for kind in ("ended", "cached"):
        result = run_experiment(here.plan, here.root, store, None, here.events.append)
        assert result.metrics == {"tuning": 0.4, "accuracy": 0.94}
        assert "fit[depth=4]" in here.told(kind)
    (only,) = run_experiment(here.plan, here.root, store, RunOptions(stage="all")).records
    assert only == Node("all")
    assert not (here.root / ".mline").exists()


def test_running_imports_neither_airflow_nor_anything_heavy() -> None:
    modules = "mline_airflow.local.run, mline_airflow.linked_data.provenance"
    code = f"import sys, {modules}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"airflow", "pandas", "numpy", "sklearn", "docker", "kubernetes"}


# -- parts of a run ------------------------------------------------------------------------------


def test_one_stage_reads_what_it_takes_from_the_newest_records(lab: Callable[..., Lab]) -> None:
    here = lab()
    here.run()
    result = here.run(stage="score", cache=False)
    assert [node.task for node in result.records] == ["score"]
    assert result.metrics == {"accuracy": 0.94}


def test_one_stage_of_a_sweep_runs_all_its_instances(lab: Callable[..., Lab]) -> None:
    here = lab()
    here.run()
    here.run(stage="fit", cache=False)
    assert sorted(here.told("ended")) == ["fit[depth=2]", "fit[depth=3]", "fit[depth=4]"]


def test_a_run_from_a_stage_runs_what_follows(lab: Callable[..., Lab]) -> None:
    here = lab()
    here.run()
    here.run(from_stage="fit_pick", cache=False)
    assert sorted(here.told("ended")) == ["fit_pick", "publish", "release_gate", "score"]


def test_a_stage_without_records_to_read_from_says_what_to_run(lab: Callable[..., Lab]) -> None:
    here = lab()
    result = here.run(stage="score")
    assert result.status == "failed"
    assert "there is no good record of 'fit_pick' to read from; run it first" in str(
        result.errors[Node("score")]
    )


def test_an_instance_of_another_sweep_is_not_taken_for_one_of_this(lab: Callable[..., Lab]) -> None:
    here = lab()
    here.run()
    file = here.root / "it.mline.yaml"
    file.write_text(SWEEP.replace("depth: [2, 4, 3]", "depth: [2, 5, 3]"))
    result = here.run(stage="all")
    assert "no good record of 'fit[depth=5]'" in str(result.errors[Node("all")])


def test_an_unknown_stage_is_told_with_what_is_meant(lab: Callable[..., Lab]) -> None:
    with pytest.raises(MLineError, match=r"no stage 'scoer'; did you mean 'score'\?"):
        lab().run(stage="scoer")


# -- params --------------------------------------------------------------------------------------


def test_params_change_what_runs(lab: Callable[..., Lab]) -> None:
    here = lab()
    result = here.run(params={"size": 2}, stage="split")
    assert result.records[Node("split")]["params"] == {"size": 2}
    assert result.records[Node("split")]["outputs"]["part"]["size"] == 4


def test_params_are_read_by_their_schemas(lab: Callable[..., Lab]) -> None:
    plan = lab().plan
    values = read_params(plan, ["size=3", "word=two", "flag=true"])
    assert values == {"size": 3, "word": "two", "flag": True}


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        (["size=12"], ["param 'size': 12 is more than 9"]),
        (["size=many"], ["param 'size': 'many' is not of type integer"]),
        (["siez=3"], ["there is no param 'siez'; did you mean 'size'?"]),
        (
            ["word=three", "size=0"],
            [
                "param 'size': 0 is less than 1",
                "param 'word': 'three' is not one of 'one', 'two'",
            ],
        ),
        (["size"], ["'size' is not name=value"]),
    ],
)
def test_wrong_params_are_all_told(
    lab: Callable[..., Lab], given: list[str], problems: list[str]
) -> None:
    with pytest.raises(ParamsError) as caught:
        read_params(lab().plan, given)
    assert list(caught.value.problems) == problems


def test_a_param_without_default_must_be_given(lab: Callable[..., Lab]) -> None:
    here = lab(
        "mline: 1\nexperiment: e\nparams: {n: {type: integer}}\n"
        "stages: {s: {runner: process, with: {n: $params.n}, run: 'true'}}\n"
    )
    with pytest.raises(ParamsError, match="param 'n' has no default; give it a value"):
        here.run()


# -- failing -------------------------------------------------------------------------------------

FAILING = """
mline: 1
experiment: failing
defaults: {runner: process}
stages:
  good: {gives: {a: TextFile}, run: 'echo a > $OUT_A'}
  bad: {after: [good], gives: {b: TextFile}, run: 'echo the reason; exit 4'}
  after_bad: {takes: {b: bad.b}, run: cat $IN_B}
  beside: {takes: {a: good.a}, run: cat $IN_A}
"""


def test_a_failure_stops_what_depends_on_it_and_nothing_else(lab: Callable[..., Lab]) -> None:
    here = lab(FAILING)
    result = here.run()
    assert result.status == "failed"
    assert str(result.errors[Node("bad")]) == "stage 'bad' failed with exit status 4\n  the reason"
    assert result.not_run == (Node("after_bad"),)
    assert {node.task for node in result.records} == {"good", "beside"}
    assert Records(here.store).runs("failing")[0]["status"] == "failed"


def test_a_runner_that_is_not_here_is_told(lab: Callable[..., Lab]) -> None:
    here = lab("mline: 1\nexperiment: e\nstages: {s: {runner: kubernetes, image: x, run: a}}\n")
    result = here.run()
    assert "runner 'kubernetes'; a local run knows 'process'" in str(result.errors[Node("s")])


def test_settings_without_effect_are_named(lab: Callable[..., Lab]) -> None:
    here = lab(
        "mline: 1\nexperiment: e\nstages:\n"
        "  s: {runner: process, image: x, retries: 2, resources: {cpu: 2}, run: 'true'}\n"
    )
    here.run()
    notes = [event.text for event in here.events if event.kind == "note"]
    assert notes == [
        f"'{key}' has no effect in this run (s)" for key in ("retries", "image", "resources")
    ]


# -- the experiment's own tests ------------------------------------------------------------------


def test_the_experiments_own_tests_run_what_they_need_and_judge(lab: Callable[..., Lab]) -> None:
    here = lab()
    verdicts = {
        one.name: one
        for one in run_tests(here.plan, here.root, here.store, None, here.events.append)
    }
    assert {name: one.passed for name, one in verdicts.items()} == {"good": True, "bad": False}
    assert verdicts["good"].result.records[Node("split")]["params"] == {"size": 2}
    assert str(verdicts["bad"].outcomes[0]) == "accuracy >= 0.99 does not hold (accuracy = 0.94)"
    assert "publish" not in here.told("started")
    assert Records(here.store).newest("sweep", "split") == []


def test_a_test_of_a_failing_experiment_fails_with_its_reason(lab: Callable[..., Lab]) -> None:
    text = (
        "mline: 1\nexperiment: e\nentities: {accuracy: {is: Accuracy}}\n"
        "stages: {s: {runner: process, gives: {v: accuracy}, run: exit 3}}\n"
        "tests: {smoke: {expect: [accuracy > 0]}}\n"
    )
    here = lab(text)
    (verdict,) = run_tests(here.plan, here.root, here.store)
    assert not verdict.passed
    assert verdict.error == "stage 's' failed with exit status 3"
