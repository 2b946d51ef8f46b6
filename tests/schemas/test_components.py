"""Ready stages and adapters of the built-in libraries do what their types say."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

TYPES = Path(__file__).resolve().parents[2] / "schemas" / "types"
IRIS = Path(__file__).resolve().parents[2] / "examples" / "iris" / "data" / "iris.csv"


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def adapt(library: str, name: str, source: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """Run an adapter as its command does: with two paths, in the folder of its code."""
    return subprocess.run(
        [sys.executable, "-B", f"{library}_adapters.py", name, source, target],
        cwd=TYPES / library,
        capture_output=True,
        text=True,
        check=False,
    )


# -- tabular ---------------------------------------------------------------------------------------


@settings(max_examples=80)
@given(
    st.integers(1, 400),
    st.floats(0.05, 0.45),
    st.floats(0.05, 0.45),
    st.integers(0, 5),
)
def test_a_division_gives_every_row_to_one_part_in_the_asked_shares(
    function_of, size, test, valid, seed
):
    divide = function_of("tabular", "tabular_split:divide")
    shares = {"test": test, "valid": valid}
    parts = divide(list(range(size)), [None] * size, shares, seed)
    assert len(parts) == size
    counts = Counter(parts)
    assert set(counts) <= {"train", "test", "valid"}
    assert abs(counts["test"] - test * size) <= 0.5 + 1e-9
    assert abs(counts["test"] + counts["valid"] - (test + valid) * size) <= 0.5 + 1e-9
    assert parts == divide(list(range(size)), [None] * size, shares, seed)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=200), st.integers(0, 3))
def test_a_group_is_never_divided(function_of, groups, seed):
    divide = function_of("tabular", "tabular_split:divide")
    parts = divide(groups, [None] * len(groups), {"test": 0.3}, seed)
    of: dict[int, set[str]] = {}
    for group, part in zip(groups, parts, strict=True):
        of.setdefault(group, set()).add(part)
    assert all(len(found) == 1 for found in of.values())


def rows_of(count: int) -> list[dict[str, object]]:
    return [{"id": i, "kind": "ab"[i % 4 == 0], "user": i // 5} for i in range(count)]


@pytest.mark.parametrize("with_pandas", [True, False])
def test_a_split_is_stratified_and_complete(with_pandas, function_of, tmp_path):
    rows = rows_of(200)
    table = pytest.importorskip("pandas").DataFrame(rows) if with_pandas else rows
    paths = {name: tmp_path / name for name in ("train", "valid", "test")}
    split = function_of("tabular", "tabular_split:split")
    split(table, **paths, test_share=0.2, valid_share=0.1, stratify="kind", seed=3)
    parts = {name: read_csv(path) for name, path in paths.items()}
    assert {name: len(part) for name, part in parts.items()} == {
        "train": 140,
        "valid": 20,
        "test": 40,
    }
    assert sorted(int(row["id"]) for part in parts.values() for row in part) == list(range(200))
    assert Counter(row["kind"] for row in parts["test"]) == {"a": 30, "b": 10}
    ids = [int(row["id"]) for row in parts["train"]]
    assert ids == sorted(ids)


def test_a_split_without_valid_gives_its_rows_to_train(function_of, tmp_path):
    split = function_of("tabular", "tabular_split:split")
    split(rows_of(100), tmp_path / "train", tmp_path / "test", group="user")
    train, test = read_csv(tmp_path / "train"), read_csv(tmp_path / "test")
    assert (len(train), len(test)) == (80, 20)
    assert not {row["user"] for row in train} & {row["user"] for row in test}


@pytest.mark.parametrize(
    ("count", "settings_", "message"),
    [
        (2, {}, "'test' would be empty: the table has only 2 rows"),
        (0, {"stratify": "kind"}, "no column 'kind'"),
        (10, {"stratify": "color"}, "no column 'color'; it has id, kind, user"),
        (
            10,
            {"test_share": 0.9, "valid_share": 0.2, "valid": "valid"},
            "leave nothing to train on",
        ),
    ],
)
def test_a_split_that_cannot_be_is_refused(count, settings_, message, function_of, tmp_path):
    given = {k: tmp_path / v if k == "valid" else v for k, v in settings_.items()}
    with pytest.raises(ValueError, match=message):
        function_of("tabular", "tabular_split:split")(
            rows_of(count), tmp_path / "train", tmp_path / "test", **given
        )


@pytest.mark.parametrize("with_pandas", [True, False])
def test_a_description_counts_what_is_missing(with_pandas, function_of):
    rows = [{"x": 1.0, "kind": "a|b"}, {"x": 3.0, "kind": None}, {"x": None, "kind": "c"}]
    table = pytest.importorskip("pandas").DataFrame(rows) if with_pandas else rows
    found = function_of("tabular", "tabular_check:describe")(table)
    assert found["summary"] == {
        "rows": 3,
        "columns": {
            "x": {
                "missing": 1,
                "kind": "number",
                "least": 1.0,
                "greatest": 3.0,
                "mean": 2.0,
                "deviation": 1.0,
            },
            "kind": {
                "missing": 1,
                "kind": "text",
                "distinct": 2,
                "frequent": [["a|b", 1], ["c", 1]],
            },
        },
    }
    assert "| x | number | 1 | 1 to 3, mean 2 |" in found["report"]
    assert r"a\|b (1)" in found["report"]


def test_a_check_names_every_problem_at_once(function_of):
    check = function_of("tabular", "tabular_check:check")
    rows = [{"id": 1, "age": 30}, {"id": 1, "age": 200}, {"id": 2, "age": None}]
    with pytest.raises(ValueError, match="not as it should be") as raised:
        check(
            rows, columns=["name"], filled=["age"], unique=["id"], ranges={"age": [0, 130]}, rows=5
        )
    for part in (
        "there is no column 'name'",
        "there are 3 rows, at least 5",
        "'age' misses 1 of 3 values",
        "1 rows have the same 'id' as another",
        "'age' has 1 values outside 0 to 130, such as 200",
    ):
        assert part in str(raised.value)
    with pytest.raises(ValueError, match="2 values that are no numbers"):
        check([{"n": "a"}, {"n": "b"}], ranges={"n": [0, None]})
    assert "3 rows, 2 columns" in check(rows, columns=["id"], ranges={"age": [None, 200]})


def test_a_csv_table_keeps_its_values_on_the_way_to_parquet_and_back(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    text = (
        'code,count,price,big,note,nothing\n007,1,2.5,12345678901234567890.5,"a,b",\n+1,,3.0,1,,\n'
    )
    (tmp_path / "in").write_text(text, "utf-8")
    assert adapt("tabular", "csv_to_parquet", tmp_path / "in", tmp_path / "table").returncode == 0
    table = parquet.read_table(str(tmp_path / "table"))
    assert table.to_pylist() == [
        {
            "code": "007",
            "count": 1,
            "price": 2.5,
            "big": "12345678901234567890.5",
            "note": "a,b",
            "nothing": None,
        },
        {"code": "+1", "count": None, "price": 3.0, "big": "1", "note": None, "nothing": None},
    ]
    assert {f.name: str(f.type) for f in table.schema}["count"] == "int64"
    assert adapt("tabular", "parquet_to_csv", tmp_path / "table", tmp_path / "out").returncode == 0
    assert (tmp_path / "out").read_text("utf-8") == text


def test_objects_become_rows_and_rows_objects(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    lines = [{"a": 1, "b": {"c": [1, 2]}}, {"a": 2.5, "d": True}]
    (tmp_path / "lines").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    assert adapt("tabular", "jsonl_to_csv", tmp_path / "lines", tmp_path / "csv").returncode == 0
    rows = read_csv(tmp_path / "csv")
    assert rows == [{"a": "1", "b": '{"c": [1, 2]}', "d": ""}, {"a": "2.5", "b": "", "d": "true"}]
    assert adapt("tabular", "csv_to_jsonl", tmp_path / "csv", tmp_path / "back").returncode == 0
    back = [json.loads(line) for line in (tmp_path / "back").read_text("utf-8").splitlines()]
    assert back[1] == {"a": 2.5, "b": None, "d": "true"}
    assert adapt("tabular", "jsonl_to_parquet", tmp_path / "lines", tmp_path / "p").returncode == 0
    assert parquet.read_table(str(tmp_path / "p")).to_pylist()[0]["b"] == {"c": [1, 2]}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("csv_to_jsonl", "a,b\n1\n", "record 2 has 1 values, the header 2"),
        ("csv_to_jsonl", "a,a\n1,2\n", "two columns of the table have one name"),
        ("jsonl_to_csv", "[1]\n", "line 1 holds no object"),
    ],
)
def test_an_adapter_fails_on_what_it_cannot_keep(name, text, message, tmp_path):
    (tmp_path / "in").write_text(text, "utf-8")
    ran = adapt("tabular", name, tmp_path / "in", tmp_path / "out")
    assert ran.returncode != 0
    assert message in ran.stderr


# -- text ------------------------------------------------------------------------------------------


def test_texts_become_tokens_and_tokens_a_vocabulary(function_of):
    tokens = function_of("text", "text_stages:tokenize")(
        [{"id": 7, "text": "A rose, a Rose"}, {"text": "is"}]
    )
    assert tokens == [{"id": 7, "tokens": ["a", "rose", "a", "rose"]}, {"tokens": ["is"]}]
    assert function_of("text", "text_stages:tokenize")(
        [{"text": "ab"}], "(a)(b)", lowercase=False
    ) == [{"tokens": ["ab"]}]
    build = function_of("text", "text_stages:build_vocabulary")
    assert build(tokens, special=["<pad>"]) == {
        "vocabulary": {"<pad>": 0, "a": 1, "rose": 2, "is": 3}
    }
    assert build(tokens, least=2, size=1) == {"vocabulary": {"a": 0}}


def test_texts_change_their_form_and_keep_their_words(tmp_path):
    (tmp_path / "text").write_text("one\ntwo\n\n \n\nthree\n", "utf-8")
    assert adapt("text", "text_to_corpus", tmp_path / "text", tmp_path / "corpus").returncode == 0
    lines = [json.loads(line) for line in (tmp_path / "corpus").read_text("utf-8").splitlines()]
    assert lines == [{"text": "one\ntwo"}, {"text": "three"}]
    (tmp_path / "table").write_text('label,text\nspam,"win, now"\nham,é\n', "utf-8")
    assert (
        adapt("text", "table_to_labelled_corpus", tmp_path / "table", tmp_path / "lab").returncode
        == 0
    )
    assert (
        adapt("text", "labelled_corpus_to_table", tmp_path / "lab", tmp_path / "back").returncode
        == 0
    )
    assert read_csv(tmp_path / "back") == read_csv(tmp_path / "table")
    (tmp_path / "table").write_text("text\na\n", "utf-8")
    ran = adapt("text", "table_to_labelled_corpus", tmp_path / "table", tmp_path / "lab")
    assert "no column 'label'" in ran.stderr


def test_tokens_and_documents_are_checked_when_they_are_saved(function_of, tmp_path):
    for name, wrong, message in (
        ("corpus", [{"text": "a"}, {}], "document 2 has no text"),
        ("labelled", [{"text": "a"}], "document 1 has no label"),
        ("tokens", [{"tokens": [1]}], "document 1 has no list of tokens"),
        ("vocabulary", {"a": 1}, "from 0 without a gap"),
    ):
        with pytest.raises(ValueError, match=message):
            function_of("text", f"text_codecs:save_{name}")(wrong, tmp_path / "out")
    function_of("text", "text_codecs:save_corpus")(["a"], tmp_path / "out")
    function_of("text", "text_codecs:save_labelled")([("a", "x")], tmp_path / "labelled")
    load = function_of("text", "text_codecs:load_labelled")
    assert load(tmp_path / "labelled") == [{"text": "a", "label": "x"}]
    with pytest.raises(ValueError, match="no label"):
        load(tmp_path / "out")


# -- sklearn ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def iris():
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("sklearn")
    table = pandas.read_csv(IRIS)
    target = table.columns[-1]
    table["site"] = ["north", "south", None] * (len(table) // 3)
    table.loc[0, table.columns[0]] = None
    return table.sample(frac=1, random_state=0).reset_index(drop=True), target


def stage(function_of, name):
    return function_of("sklearn", f"sklearn_stages:{name}")


def test_a_forest_learns_iris_and_is_measured(iris, function_of, tmp_path):
    table, target = iris
    train = stage(function_of, "train")
    model = train(
        table[:100], "RandomForestClassifier", target, params={"n_estimators": 20}, seed=1
    )
    test = table[100:]
    paths = {name: tmp_path / name for name in ("matrix", "report")}
    value = stage(function_of, "evaluate")(model, test, target, "accuracy", **paths)
    assert value > 0.85
    predicted = stage(function_of, "predict")(model, test)
    assert (predicted["prediction"] == test[target]).mean() == value
    assert list(predicted.columns) == [*test.columns, "prediction", "probability"]
    assert predicted["probability"].between(1 / 3, 1).all()
    matrix = function_of("core", "measurement_codecs:load_confusion_matrix")(paths["matrix"])
    assert sum(matrix["matrix"][i][i] for i in range(3)) / len(test) == value
    assert f"accuracy = {value:.6g} on 50 rows" in paths["report"].read_text("utf-8")
    again = train(
        table[:100],
        "sklearn.ensemble.RandomForestClassifier",
        target,
        params={"n_estimators": 20},
        seed=1,
    )
    assert (
        again.predict_proba(test[again.feature_names_in_])
        == model.predict_proba(test[model.feature_names_in_])
    ).all()


def test_every_measure_is_what_scikit_learn_computes(iris, function_of, types, tmp_path):
    from sklearn.metrics import get_scorer

    table, target = iris
    two = table[table[target] != table[target].iloc[0]]
    names = {"precision": "precision_macro", "recall": "recall_macro", "f1": "f1_macro"}
    train, evaluate = stage(function_of, "train"), stage(function_of, "evaluate")
    classifier = train(two[:60], "LogisticRegression", target)
    number = table.columns[1]
    regressor = train(two[:60], "Ridge", number)
    measures = types.types["sklearn.Evaluate"].with_["measure"]["enum"]
    for measure in measures:
        regression = "error" in measure or measure == "r2"
        model, goal = (regressor, number) if regression else (classifier, target)
        name = (
            f"neg_{measure}"
            if "error" in measure or "loss" in measure
            else names.get(measure, measure)
        )
        wanted = get_scorer(name)(model, two[60:], two[60:][goal])
        assert evaluate(model, two[60:], goal, measure) == pytest.approx(abs(wanted)), measure
    evaluate(classifier, two[60:], target, curve=tmp_path / "curve")
    points = function_of("core", "measurement_codecs:load_curve")(tmp_path / "curve")
    assert (points[0], points[-1]) == ([0, 0], [1, 1])
    with pytest.raises(ValueError, match="needs a classifier"):
        evaluate(regressor, two[60:], number, "r2", matrix=tmp_path / "matrix")


def test_cross_validation_gives_the_mean_of_its_folds(iris, function_of):
    table, target = iris
    found = stage(function_of, "cross_validate")(
        table, "LogisticRegression", target, folds=4, seed=2
    )
    assert len(found["folds"]) == 4
    assert found["value"] == pytest.approx(sum(found["folds"]) / 4)
    assert found["value"] > 0.85


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        ({"estimator": "Forest"}, "no estimator 'Forest'"),
        ({"estimator": "sklearn.ensemble.Forest"}, "no estimator"),
        ({"estimator": "sklearn.utils.Bunch"}, "no estimator"),
        ({"estimator": "os.system"}, "is not in scikit-learn"),
        ({"estimator": "Ridge", "target": "x"}, "no column 'x'"),
        ({"estimator": "Ridge", "features": ["y"]}, "no column 'y'"),
    ],
)
def test_a_training_that_cannot_be_is_refused(settings_, message, iris, function_of):
    table, target = iris
    with pytest.raises(ValueError, match=message):
        stage(function_of, "train")(table, **{"target": target, **settings_})


def test_the_target_is_no_feature_and_a_model_asks_for_its_features(iris, function_of):
    table, target = iris
    with pytest.raises(ValueError, match="cannot be a feature"):
        stage(function_of, "train")(table, "Ridge", target, features=[target])
    model = stage(function_of, "train")(
        table, "LogisticRegression", target, features=list(table.columns[:2])
    )
    assert list(model.feature_names_in_) == list(table.columns[:2])
    with pytest.raises(ValueError, match="lacks features of the model"):
        stage(function_of, "predict")(model, table[[target]])


def test_a_skops_model_becomes_one_of_joblib(function_of, tmp_path):
    pytest.importorskip("skops")
    function_of("sklearn", "sklearn_samples:skops_model")(tmp_path / "skops")
    ran = adapt("sklearn", "skops_to_joblib", tmp_path / "skops", tmp_path / "joblib")
    assert ran.returncode == 0, ran.stderr
    model = function_of("sklearn", "sklearn_codecs:load_joblib")(tmp_path / "joblib")
    assert list(model.predict([[5.1, 1.4]])) == ["setosa"]


def test_a_checkpoint_becomes_a_model(function_of, tmp_path):
    torch = pytest.importorskip("torch")
    function_of("torch", "torch_samples:checkpoint")(tmp_path / "checkpoint")
    ran = adapt("torch", "checkpoint_to_model", tmp_path / "checkpoint", tmp_path / "model")
    assert ran.returncode == 0, ran.stderr
    found = function_of("torch", "torch_codecs:load_weights")(tmp_path / "model")
    kept = torch.load(tmp_path / "checkpoint", weights_only=True)["model"]
    assert {k: v.tolist() for k, v in found.items()} == {k: v.tolist() for k, v in kept.items()}
