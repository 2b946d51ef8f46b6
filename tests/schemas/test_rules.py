"""The rules of sound measurement: what they find, and above all what they leave alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from mline_airflow.dag_factory.builtin import builtin
from mline_airflow.dag_factory.project import Project

RULES = {name.replace("_", "-") for name in builtin("core")[0].rules}

HEAD = """
mline: 1
experiment: case
defaults: {image: python, retries: 0}
entities:
  raw: {is: CsvTable, at: 'https://example.org/raw.csv'}
  other: {is: CsvTable, at: 'https://example.org/other.csv'}
ENTITIES
stages:
"""


def stage(name: str, type_: str, takes: str, gives: str, more: str = "") -> str:
    """Return a line of `stages`."""
    return f"{name}: {{is: {type_}, run: r, takes: {{{takes}}}, gives: {{{gives}}}{more}}}"


def split(name: str, table: str, parts: str = "train: CsvTable, test: CsvTable") -> str:
    return stage(name, "Split", f"table: {table}", parts, ", with: {seed: 1}")


def fit(name: str = "fit", data: str = "split.train", takes: str = "", more: str = "") -> str:
    with_ = f", with: {{seed: 1, depth: 1}}{more}"
    return stage(name, "Train", f"data: {data}{takes}", "model: Model", with_)


def score(
    name: str = "score", data: str = "split.test", model: str = "fit.model", is_: str = "Evaluate"
) -> str:
    return stage(name, is_, f"model: {model}, data: {data}", "value: Accuracy")


def predict(data: str) -> str:
    return stage("predict", "Predict", f"model: fit.model, data: {data}", "predictions: CsvTable")


def judge(name: str) -> str:
    return stage(name, "Score", "predictions: predict.predictions", "value: Accuracy")


def transform(name: str, data: str, model: str = "") -> str:
    extra = f", model: {model}" if model else ""
    return stage(name, "Transform", f"data: {data}{extra}", "data: CsvTable")


def merge(name: str, parts: str) -> str:
    return stage(name, "Merge", f"parts: [{parts}]", "data: CsvTable")


SPLIT = split("split", "raw", "train: CsvTable, valid: CsvTable, test: CsvTable")
CLEAN = transform("clean", "raw")


def findings(tmp_path: Path, *stages: str, gate: str = "", entities: str = "") -> dict[str, str]:
    """Return the codes of the science rules that fired, with their messages."""
    text = HEAD.replace("ENTITIES", entities) + "".join(f"  {stage}\n" for stage in stages)
    if gate:
        text += f"release: {{gate: [{gate}]}}\n"
    analysis = Project.open(tmp_path).analyze(tmp_path / "case.mline.yaml", text)
    broken = [str(d) for d in analysis.diagnostics if d.severity == "error" and d.code not in RULES]
    assert broken == []
    found = [
        d for d in analysis.diagnostics if d.code in RULES and d.code != "released-without-gate"
    ]
    # One mistake is said once.
    assert len({(d.code, d.span) for d in found}) == len(found), [str(d) for d in found]
    return {d.code: d.message for d in found}


GATE = "score.value >= 0.9"

SOUND = {
    "a held-out part": [SPLIT, fit(), score()],
    "a split after cleaning": [CLEAN, split("split", "clean.data"), fit(), score()],
    "parts that are transformed apart": [
        SPLIT,
        transform("a", "split.train"),
        transform("b", "split.test"),
        fit(data="a.data"),
        score(data="b.data"),
    ],
    "a scaler fitted on the training part": [
        SPLIT,
        fit("scaler"),
        transform("a", "split.train", "scaler.model"),
        transform("b", "split.test", "scaler.model"),
        fit(data="a.data"),
        score(data="b.data"),
    ],
    "a split of the training part": [
        SPLIT,
        split("inner", "split.train"),
        fit("first", "inner.train"),
        score("pilot", "inner.test", "first.model"),
        fit(),
        score(),
    ],
    "two files": [fit(data="raw"), score(data="other")],
    "a look-up table for both parts": [
        SPLIT,
        merge("join_a", "split.train, other"),
        merge("join_b", "split.test, other"),
        fit(data="join_a.data"),
        score(data="join_b.data"),
    ],
    "a refit on two parts": [
        SPLIT,
        merge("both", "split.train, split.valid"),
        fit(data="both.data"),
        score(),
    ],
    "parts put together and divided again": [
        SPLIT,
        merge("both", "split.train, split.valid"),
        split("again", "both.data"),
        fit(data="again.train"),
        score(data="again.test"),
    ],
    "a diagnosis on training data": [
        SPLIT,
        fit(),
        score(),
        score("seen", "split.train", is_="Diagnose"),
    ],
    "cross-validation": [
        stage("cv", "CrossValidate", "data: raw", "value: Accuracy", ", with: {seed: 1}")
    ],
    "predictions for a held-out part": [
        SPLIT,
        fit(),
        predict("split.test"),
        judge("score"),
    ],
    "fine-tuning on other data": [
        SPLIT,
        fit("base", "other"),
        fit(takes=", base: base.model"),
        score(),
    ],
    "early stopping on its own part": [SPLIT, fit(takes=", valid: split.valid"), score()],
}


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_experiment_has_no_finding(name, tmp_path):
    assert findings(tmp_path, *SOUND[name]) == {}


@pytest.mark.parametrize("name", SOUND)
def test_a_gate_makes_a_sound_experiment_no_worse(name, tmp_path):
    if any(stage.startswith("score:") for stage in SOUND[name]):
        assert findings(tmp_path, *SOUND[name], gate=GATE) == {}


LEAKS = {
    "the very same data": [fit(data="raw"), score(data="raw")],
    "a part of the training data": [SPLIT, fit(data="raw"), score()],
    "the whole of which training had a part": [SPLIT, fit(), score(data="raw")],
    "a transformed copy": [SPLIT, fit(), transform("t", "split.train"), score(data="t.data")],
    "data that training saw before fine-tuning": [
        SPLIT,
        fit("base", "split.test"),
        fit(takes=", base: base.model"),
        score(),
    ],
    "predictions for training data": [
        SPLIT,
        fit(),
        predict("split.train"),
        judge("score"),
    ],
    "training data that hold the test part": [
        SPLIT,
        merge("both", "split.train, split.test"),
        fit(data="both.data"),
        score(),
    ],
}


@pytest.mark.parametrize("name", LEAKS)
def test_measuring_on_training_data_is_an_error(name, tmp_path):
    found = findings(tmp_path, *LEAKS[name])
    assert set(found) == {"metric-on-training-data"}
    assert found["metric-on-training-data"].startswith("'score.value' is measured on '")


def test_data_of_one_source_that_no_stage_divided_are_suspicious(tmp_path):
    found = findings(
        tmp_path,
        CLEAN,
        transform("a", "clean.data"),
        transform("b", "clean.data"),
        fit(data="a.data"),
        score(data="b.data"),
    )
    assert set(found) == {"undivided-source"}
    assert "both come from 'clean.data'" in found["undivided-source"]


def test_two_splits_do_not_divide_one_source(tmp_path):
    found = findings(
        tmp_path, split("a", "raw"), split("b", "raw"), fit(data="a.train"), score(data="b.test")
    )
    assert set(found) == {"undivided-source"}


def test_predictions_know_the_source_of_their_data(tmp_path):
    found = findings(
        tmp_path,
        transform("a", "raw"),
        transform("b", "raw"),
        fit(data="a.data"),
        predict("b.data"),
        judge("score"),
    )
    assert set(found) == {"undivided-source"}


def test_parts_that_are_put_together_again_are_no_longer_apart(tmp_path):
    found = findings(
        tmp_path,
        SPLIT,
        merge("both", "split.train, split.test"),
        transform("a", "both.data"),
        transform("b", "both.data"),
        fit(data="a.data"),
        score(data="b.data"),
    )
    assert set(found) == {"parts-merged"}
    assert "puts parts of 'raw' together again" in found["parts-merged"]


def test_a_scaler_that_saw_the_test_data_leaks(tmp_path):
    found = findings(
        tmp_path,
        fit("scaler", "raw"),
        transform("scale", "raw", "scaler.model"),
        split("split", "scale.data"),
        fit(),
        score(),
    )
    assert set(found) == {"preprocessing-leak"}
    assert "'scaler.model', and that was fitted on 'raw'" in found["preprocessing-leak"]


@pytest.mark.parametrize(
    ("second", "fires"),
    [("split.test", False), ("same.data", False), ("split.valid", True), ("other", True)],
)
def test_metrics_are_compared_on_the_same_data(second, fires, tmp_path):
    found = findings(
        tmp_path,
        SPLIT,
        transform("same", "split.test"),
        fit(),
        fit("rival"),
        score(),
        score("check", second, "rival.model"),
        "use: {run: r, when: score.value > check.value, takes: {model: fit.model}}",
    )
    assert set(found) == ({"compared-across-data"} if fires else set())


SWEPT = fit(more=", sweep: {over: {depth: [1, 2]}, pick: max pick.value}")


@pytest.mark.parametrize(
    ("gated", "fires"),
    [("split.test", False), ("split.valid", True), ("copy.data", True), ("part.test", True)],
)
def test_a_gate_needs_other_data_than_the_pick(gated, fires, tmp_path):
    found = findings(
        tmp_path,
        SPLIT,
        transform("copy", "split.valid"),
        split("part", "split.valid"),
        SWEPT,
        score("pick", "split.valid"),
        score(data=gated),
        gate=GATE,
    )
    assert set(found) == ({"picked-on-gate-data"} if fires else set())


def test_the_metric_that_picks_cannot_gate(tmp_path):
    found = findings(tmp_path, SPLIT, SWEPT, score("pick", "split.valid"), gate="pick.value > 0.5")
    assert set(found) == {"picked-on-gate-data"}


def test_a_gate_needs_other_data_than_early_stopping(tmp_path):
    stages = [SPLIT, fit(takes=", valid: split.valid"), score(data="split.valid")]
    assert set(findings(tmp_path, *stages)) == set()
    assert set(findings(tmp_path, *stages, gate=GATE)) == {"gated-on-tuning-data"}


def test_a_diagnosis_is_no_gate(tmp_path):
    stages = [SPLIT, fit(), score(data="split.train", is_="Diagnose")]
    assert set(findings(tmp_path, *stages)) == set()
    assert set(findings(tmp_path, *stages, gate=GATE)) == {"gated-on-seen-data"}


PUBLISH = "publish: {is: Publish, run: r, takes: {model: fit.model}}"


def test_publishing_needs_a_condition_on_quality(tmp_path):
    assert set(findings(tmp_path, SPLIT, fit(), score(), PUBLISH)) == {"published-without-gate"}


@pytest.mark.parametrize("how", ["when", "gate", "guarded model", "gate on predictions"])
def test_publishing_under_a_condition_is_fine(how, tmp_path):
    stages, gate = [SPLIT, fit(), score()], ""
    if how == "when":
        stages.append(PUBLISH.replace("run: r", f"run: r, when: {GATE}"))
    elif how == "gate":
        stages, gate = [*stages, PUBLISH], GATE
    elif how == "gate on predictions":
        stages = [SPLIT, fit(), predict("split.test"), judge("judge"), PUBLISH]
        gate = "judge.value > 0.5"
    else:
        pack = stage(
            "pack", "Stage", "model: fit.model", "model: Model", ", when: score.value > 0.5"
        )
        stages += [pack, PUBLISH.replace("fit.model", "pack.model")]
    assert findings(tmp_path, *stages, gate=gate) == {}


def test_an_experiment_without_a_gate_is_told_once(tmp_path):
    text = HEAD.replace("ENTITIES", "") + "".join(
        f"  {s}\n" for s in (SPLIT, fit(), score(), score("valid", "split.valid"))
    )
    project, path = Project.open(tmp_path), tmp_path / "case.mline.yaml"
    found = [
        d for d in project.analyze(path, text).diagnostics if d.code == "released-without-gate"
    ]
    assert [d.severity for d in found] == ["info"]
    gated = text + f"release: {{gate: [{GATE}]}}\n"
    assert all(d.code != "released-without-gate" for d in project.analyze(path, gated).diagnostics)


def test_a_rule_has_a_place_and_related_places(tmp_path):
    text = HEAD.replace("ENTITIES", "") + f"  {fit(data='raw')}\n  {score(data='raw')}\n"
    analysis = Project.open(tmp_path).analyze(tmp_path / "case.mline.yaml", text)
    (found,) = [d for d in analysis.diagnostics if d.code == "metric-on-training-data"]
    assert text[found.span.start : found.span.end] == "value"
    assert [text[r.span.start : r.span.end] for r in found.related] == ["raw"]
