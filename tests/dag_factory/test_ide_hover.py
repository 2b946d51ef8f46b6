"""Hover: what a place means, in the words of types, schemas and the network."""

from __future__ import annotations

from pathlib import Path

import pytest
from marked import marked, opened

from mline_airflow.dag_factory.ide.hover import hover

HEAD = "mline: 1\nexperiment: x\n"
WHOLE = """\
mline: 1
experiment: x
title: Things
params: {depth: {type: integer, default: 3, minimum: 1, description: How deep.}}
entities:
  table: {is: CsvTable, at: ./t.csv, title: All rows, target: y}
  acc: {is: Accuracy, measures: fit.model}
services: {db: {image: i, doc: Keeps rows., offers: {sql: 5432}}}
stages:
  fit:
    is: Train
    doc: Grows a tree.
    takes: {data: table}
    gives: {model: {is: Model, trained_on: data}}
    command: [fit, $params.depth, $services.db.sql.url]
    with: {depth: 1, seed: 1}
    sweep: {over: {depth: [1, 2]}, pick: max acc}
  score:
    is: Evaluate
    takes: {model: fit.model, data: table}
    gives: {value: acc}
    run: x
"""


def at(tmp_path: Path, text: str, word: str, number: int = 0) -> str:
    """Return the hover at the `number`-th occurrence of a word."""
    place = -1
    for _ in range(number + 1):
        place = text.index(word, place + 1)
    found = hover(opened(tmp_path, text), place + len(word) - 1)
    return "" if found is None else found.text


@pytest.mark.parametrize(
    ("word", "number", "wanted"),
    [
        ("experiment", 0, ["The id of the experiment, and of its DAG"]),
        (": x", 0, ["**x**", "Things", "2 stages, 2 entities, 1 services"]),
        ("depth", 0, ["**params.depth**", "How deep.", "a whole number; at least 1; default `3`"]),
        ("table", 0, ["**table**", "entity, `CsvTable`", "All rows", "`target`: y"]),
        ("CsvTable", 0, ["entity type of `core`", "`Table` → `Dataset` → `Entity`", "Properties"]),
        (", at", 0, ["A path relative to this file, or a URL."]),
        ("target", 0, ["property of `core.CsvTable`", "The column that is to be predicted."]),
        ("measures", 0, ["relation, `Measurement` → `Entity`", "inverse `measured_by`"]),
        ("fit.mo", 0, ["**fit.model**", "output of `fit`, `Model`", "trained_on `table`"]),
        ("{db", 0, ["service, `Service`", "Keeps rows.", "`$services.db.sql.url`"]),
        ("sql", 0, ["**db.sql**", "port 5432"]),
        ("  fit", 0, ["stage, `Train`", "Grows a tree.", "`data`: `table`", "Swept: 2 instances"]),
        ("is: Train", 0, ["stage type of `core`", "Learns a model from data.", "Takes:", "Gives:"]),
        ("takes", 0, ["Inputs: port -> reference."]),
        ("{data", 0, ["**fit.data**", "input", "What the model learns from."]),
        ("trained_on", 0, ["relation, `Model` → `Dataset`"]),
        ("$params.depth", 0, ["**params.depth**"]),
        ("$services.db", 0, ["service, `Service`"]),
        ("{depth", 1, ["value of `fit`", "`PARAM_DEPTH` in a script"]),
        ("pick", 0, ["`max METRIC` or `min METRIC`"]),
        ("max acc", 0, ["entity, `Accuracy`", "given by `score.value`"]),
        ("command", 0, ["A list of arguments"]),
    ],
)
def test_a_place_says_what_it_means(
    tmp_path: Path, word: str, number: int, wanted: list[str]
) -> None:
    text = at(tmp_path, WHOLE, word, number)
    assert [w for w in wanted if w not in text] == [], text


def test_a_finding_is_explained_where_it_is(tmp_path: Path) -> None:
    text = WHOLE.replace("data: table}\n    gives: {value", "data: tabel}\n    gives: {value")
    shown = at(tmp_path, text, "tabel")
    assert "`unknown-reference`: " in shown


def test_a_function_shows_its_signature_and_its_words(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "train.py").write_text(
        'def fit(data, depth, rate=0.1):\n    """Grows a tree."""\n', "utf-8"
    )
    text = HEAD + "stages: {s: {code: ./src, call: train:fit, with: {depth: 1}}}\n"
    assert "def fit(data, depth, rate=…)" in at(tmp_path, text, "train:fit")
    assert "Grows a tree." in at(tmp_path, text, "train:fit")
    assert "argument of `fit(data, depth, rate=…)`" in at(tmp_path, text, "{depth")


def test_a_library_says_what_it_has(tmp_path: Path) -> None:
    text = HEAD + "use: [sklearn]\nstages: {s: {run: x}}\n"
    assert "type library" in at(tmp_path, text, "sklearn")


def test_libraries_explain_their_own_words(tmp_path: Path) -> None:
    text = "mline: 1\nlibrary: l\ntypes: {A: {is: Metric, better: higher}}\n"
    one = opened(tmp_path, text, "l.types.mline.yaml")
    found = hover(one, text.index("Metric"))
    assert found is not None
    assert "entity type of `core`" in found.text
    found = hover(one, text.index("better"))
    assert found is not None
    assert "**better" in found.text


def test_there_is_nothing_to_say_of_nothing(tmp_path: Path) -> None:
    case = marked("# just |a comment\nmline: 1\n")
    assert hover(opened(tmp_path, case.text), case.cursor) is None


def test_a_broken_file_explains_what_stands(tmp_path: Path) -> None:
    text = WHOLE.replace("    run: x\n", "    run: [\n") + "  last: {run: x, takes: {t: table}}\n"
    assert "entity, `CsvTable`" in at(tmp_path, text, "t: table")
