"""The examples train for real, in one store, and mean what they say."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from mline_airflow.artifacts import ArtifactStore
from mline_airflow.cli.places import one_experiment
from mline_airflow.dag_factory.plan import Plan
from mline_airflow.dag_factory.project import Project
from mline_airflow.formatting.formatter import format_text
from mline_airflow.local.run import Node, RunOptions, RunResult, run_experiment, run_tests

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = {path.name.partition(".")[0]: path for path in sorted(EXAMPLES.rglob("*.mline.yaml"))}
# `features` gives what `churn` takes.
NAMES = ["iris", "digits", "features", "churn", "text"]

# Below the first something is broken, above the second the test data were seen.
BOUNDS = {
    "iris": {"accuracy": (0.9, 1.0), "tuning": (0.9, 1.0)},
    "digits": {"accuracy": (0.97, 0.999), "learn.value": (0.9, 0.99)},
    "features": {"completeness": (0.98, 0.999)},
    "churn": {"auc": (0.7, 0.85), "lift": (2, 4.5)},
    "text": {"quality": (0.75, 0.95)},
}


class Runs:
    """Runs examples in a store; each once, whoever asks."""

    def __init__(self, folder: Path) -> None:
        self.project = Project.open(EXAMPLES)
        self.store = ArtifactStore(str(folder))
        self.results: dict[str, RunResult] = {}

    def plan(self, name: str, profile: str = "local") -> Plan:
        compiled = self.project.plan(FILES[name], profile)
        assert compiled.plan is not None, compiled.diagnostics
        return compiled.plan

    def run(self, name: str, stage: str | None = None, **params: object) -> RunResult:
        options = RunOptions(params=params, stage=stage, parallel=2)
        result = run_experiment(self.plan(name), EXAMPLES, self.store, options)
        assert not result.errors, result.errors
        return result

    def once(self, name: str) -> RunResult:
        if name == "churn":
            self.once("features")
        if name not in self.results:
            self.results[name] = self.run(name)
        return self.results[name]

    def read(self, name: str, task: str, port: str) -> bytes:
        output = self.once(name).records[Node(task)]["outputs"][port]
        return self.store.read(self.store.find(output["digest"]))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    return Runs(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Run in an empty store: nothing comes from the cache."""
    return Runs(tmp_path_factory.mktemp("again"))


def test_every_experiment_of_the_examples_is_tested() -> None:
    project = Project.open(EXAMPLES)
    # Those with a service of their own need an engine: tests/services runs them.
    assert sorted([*NAMES, "database", "tracking"]) == sorted(
        path.name.partition(".")[0] for path in project.experiments()
    )


@pytest.mark.parametrize("name", sorted(FILES))
def test_example_has_no_finding(name: str) -> None:
    project = Project.open(EXAMPLES)
    findings = [*project.diagnostics, *project.analyze(FILES[name]).diagnostics]
    assert [str(finding) for finding in findings] == []


@pytest.mark.parametrize("name", sorted(FILES))
def test_example_is_in_canonical_form(name: str) -> None:
    text = FILES[name].read_text("utf-8")
    assert format_text(FILES[name].name, text).text == text


@pytest.mark.parametrize("name", NAMES)
def test_command_line_finds_an_example_by_its_id(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(EXAMPLES)
    assert one_experiment(name) == FILES[name]


@pytest.mark.parametrize("name", NAMES)
def test_example_runs_and_may_be_released(runs: Runs, name: str) -> None:
    result = runs.once(name)
    assert (result.status, result.gate, result.not_run) == ("success", True, ())


@pytest.mark.parametrize("name", NAMES)
def test_metrics_are_in_sane_bounds(runs: Runs, name: str) -> None:
    metrics = runs.once(name).metrics
    for metric, (low, high) in BOUNDS[name].items():
        assert low <= (metrics[metric] or 0) <= high, metric


@pytest.mark.parametrize("name", NAMES)
def test_own_tests_of_example_pass(runs: Runs, name: str) -> None:
    runs.once(name)
    options = RunOptions(parallel=2)
    verdicts = list(run_tests(runs.plan(name), EXAMPLES, runs.store, options))
    assert len(verdicts) >= 2
    assert [(v.name, v.error, v.outcomes) for v in verdicts if not v.passed] == []


@pytest.mark.parametrize("name", NAMES)
def test_same_seed_gives_same_digests(runs: Runs, again: Runs, name: str) -> None:
    first, second = digests(runs.once(name)), digests(again.once(name))
    assert first == second
    assert len(first) >= 3


def test_another_seed_gives_other_flowers(runs: Runs) -> None:
    before, after = digests(runs.once("iris")), digests(runs.run("iris", "split", seed=8))
    assert before[Node("split"), "test"] != after[Node("split"), "test"]


@pytest.mark.parametrize("name", ["iris", "digits", "churn", "text"])
def test_pick_is_the_best_instance(runs: Runs, name: str) -> None:
    plan, records = runs.plan(name), runs.once(name).records
    (group,) = plan["groups"]
    source = group["pick"]["source"]
    values = [
        records[Node(source["task"], index)]["outputs"][source["port"]]["value"]
        for index in range(len(group["points"]))
    ]
    assert len(set(values)) > 1
    pick = records[Node(group["pick"]["task"])]
    best = values.index(max(values))
    assert pick["picked"]["index"] == best
    assert pick["picked"]["values"] == group["points"][best]["values"]
    fitted = records[Node("fit", best)]["outputs"]["model"]["digest"]
    assert pick["outputs"]["fit.model"]["digest"] == fitted


def test_iris_card_says_what_was_measured(runs: Runs) -> None:
    card = runs.read("iris", "card", "card").decode()
    metrics = runs.once("iris").metrics
    assert f"| {metrics['accuracy']} |" in card
    assert f"| {metrics['tuning']} |" in card
    assert "seed 7." in card


def test_digits_confusion_matrix_agrees_with_accuracy(runs: Runs) -> None:
    matrix = json.loads(runs.read("digits", "judge", "matrix"))
    right = sum(matrix["matrix"][i][i] for i in range(10))
    total = sum(map(sum, matrix["matrix"]))
    assert matrix["labels"] == list("0123456789")
    assert right / total == pytest.approx(runs.once("digits").metrics["accuracy"])


def test_digits_are_read_better_after_more_pictures(runs: Runs) -> None:
    curve = json.loads(runs.read("digits", "learn", "curve"))
    assert len(curve) == 5
    assert [point["x"] for point in curve] == sorted(point["x"] for point in curve)
    assert curve[-1]["y"] > curve[0]["y"]


def test_digits_gallery_is_a_picture(runs: Runs) -> None:
    assert runs.read("digits", "gallery", "figure").startswith(b"\x89PNG\r\n")


def test_compiler_inserts_the_adapter_of_the_ticket_log(runs: Runs) -> None:
    tasks = {task["id"]: task for task in runs.plan("features")["tasks"]}
    assert tasks["tickets__log_to_table"]["kind"] == "adapter"
    build = tasks["build"]["inputs"]["tickets"]
    assert build["source"]["task"] == "tickets__log_to_table"
    assert build["given"] == "telecom.TicketTable"


def test_churn_takes_what_features_gave(runs: Runs) -> None:
    given = runs.once("features").records[Node("build")]["outputs"]["profiles"]["digest"]
    taken = runs.once("churn").records[Node("split")]["inputs"]["table"]["digest"]
    assert given == taken
    assert runs.plan("churn")["schedule"] == {"on": ["features.profiles"]}


def test_churn_finds_what_is_true_in_the_made_world(runs: Runs) -> None:
    rows = table(runs.read("churn", "explain", "weights"))
    weights = {row["feature"]: float(row["weight"]) for row in rows}
    assert weights["contract_two_years"] < weights["contract_one_year"] < 0
    assert weights["complaints"] > 0.2
    assert weights["monthly_fee"] > 0.2 > abs(weights["payment_day"])


def test_churn_calls_the_likeliest_to_leave_first(runs: Runs) -> None:
    calls = table(runs.read("churn", "campaign", "calls"))
    risks = [float(row["risk"]) for row in calls]
    assert len(calls) == len({row["customer_id"] for row in calls}) == 25
    assert risks == sorted(risks, reverse=True)


@pytest.mark.parametrize("params", [{"contacts": 0}, {"worthwhile": 1}])
def test_churn_calls_nobody_when_its_condition_fails(runs: Runs, params: dict[str, Any]) -> None:
    runs.once("churn")
    result = runs.run("churn", **params)
    assert (result.status, result.gate) == ("success", True)
    assert list(result.skipped) == [Node("campaign")]


def test_telecom_rule_finds_calls_to_customers_of_the_training(runs: Runs) -> None:
    text = FILES["churn"].read_text("utf-8")
    wrong = text.replace("customers: split.test", "customers: split.train")
    assert wrong != text
    found = runs.project.analyze(FILES["churn"], wrong).diagnostics
    assert [(d.code, d.severity) for d in found] == [("calls-from-training-data", "error")]


def test_text_report_shows_the_mistakes_of_the_matrix(runs: Runs) -> None:
    matrix = json.loads(runs.read("text", "score", "matrix"))["matrix"]
    wrong = sum(map(sum, matrix)) - sum(matrix[i][i] for i in range(len(matrix)))
    report = runs.read("text", "report", "report").decode()
    assert f"{wrong} sorted wrongly" in report
    assert len([line for line in report.splitlines() if line.startswith("| ")]) == 1 + 5


@pytest.mark.parametrize("name", NAMES)
def test_profile_changes_the_place_and_nothing_else(runs: Runs, name: str) -> None:
    def meaning(plan: Plan) -> list[dict[str, Any]]:
        return [{k: v for k, v in t.items() if k not in place} for t in plan["tasks"]]

    def runners(plan: Plan) -> set[str]:
        return {task["runner"] for task in plan["tasks"] if "runner" in task}

    place = {"runner", "image"}
    local, docker = runs.plan(name), runs.plan(name, "docker")
    assert meaning(local) == meaning(docker)
    assert (runners(local), runners(docker)) == ({"process"}, {"docker"})


def digests(result: RunResult) -> dict[tuple[Node, str], str]:
    """Return the digest of every output of every task."""
    return {
        (node, port): output["digest"]
        for node, record in result.records.items()
        for port, output in record["outputs"].items()
    }


def table(text: bytes) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(text.decode())))
