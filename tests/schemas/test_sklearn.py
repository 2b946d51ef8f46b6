"""Stages that train, apply and measure estimators of scikit-learn, and models on their way."""

from __future__ import annotations

from pathlib import Path

import pytest

IRIS = Path(__file__).resolve().parents[2] / "examples" / "iris" / "data" / "iris.csv"


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


def test_a_skops_model_becomes_one_of_joblib(function_of, tmp_path, adapt):
    pytest.importorskip("skops")
    function_of("sklearn", "sklearn_samples:skops_model")(tmp_path / "skops")
    ran = adapt("sklearn", "skops_to_joblib", tmp_path / "skops", tmp_path / "joblib")
    assert ran.returncode == 0, ran.stderr
    model = function_of("sklearn", "sklearn_codecs:load_joblib")(tmp_path / "joblib")
    assert list(model.predict([[5.1, 1.4]])) == ["setosa"]


def test_a_checkpoint_becomes_a_model(function_of, tmp_path, adapt):
    torch = pytest.importorskip("torch")
    function_of("torch", "torch_samples:checkpoint")(tmp_path / "checkpoint")
    ran = adapt("torch", "checkpoint_to_model", tmp_path / "checkpoint", tmp_path / "model")
    assert ran.returncode == 0, ran.stderr
    found = function_of("torch", "torch_codecs:load_weights")(tmp_path / "model")
    kept = torch.load(tmp_path / "checkpoint", weights_only=True)["model"]
    assert {k: v.tolist() for k, v in found.items()} == {k: v.tolist() for k, v in kept.items()}
