"""The code of the examples is plain Python: it can be imported and called without MLine."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
CODE = sorted(p for p in EXAMPLES.rglob("*.py") if "data" not in p.parts)

Load = Callable[..., ModuleType]


@pytest.mark.parametrize("path", CODE, ids=lambda p: p.relative_to(EXAMPLES).as_posix())
def test_code_of_examples_imports_nothing_of_mline(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    imported = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    imported |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert not [name for name in imported if "mline" in name or "airflow" in name]


@pytest.mark.parametrize(
    ("folder", "script", "files"),
    [
        ("iris/data", "export", ["iris.csv"]),
        ("text/data", "generate", ["messages.jsonl"]),
        ("churn/data", "generate", ["customers.csv", "tickets.jsonl"]),
    ],
)
def test_committed_data_are_what_their_script_writes(
    load: Load, tmp_path: Path, folder: str, script: str, files: list[str]
) -> None:
    target = tmp_path if len(files) > 1 else tmp_path / files[0]
    load(folder, script).write(target)
    for name in files:
        assert (tmp_path / name).read_bytes() == (EXAMPLES / folder / name).read_bytes()


def test_iris_is_split_into_parts_that_share_no_flower(load: Load) -> None:
    table = pd.read_csv(EXAMPLES / "iris/data/iris.csv")
    parts = load("iris/src", "prepare").split(table, valid_size=0.2, test_size=0.3, seed=1)
    assert [len(part) for part in parts] == [75, 30, 45]
    assert sorted(i for part in parts for i in part.index) == list(range(150))


def test_iris_tree_asks_no_more_questions_than_it_may(load: Load) -> None:
    table = pd.read_csv(EXAMPLES / "iris/data/iris.csv")
    train = load("iris/src", "train")
    shallow, deep = (train.fit(table, depth=depth, seed=1) for depth in (1, 4))
    assert shallow.get_depth() == 1
    assert train.score(shallow, table) == pytest.approx(2 / 3)
    assert train.score(deep, table) > 0.99


def test_digits_come_back_from_pictures_as_they_were(load: Load, tmp_path: Path) -> None:
    from sklearn.datasets import load_digits

    pictures = load("digits/src", "pictures")
    pictures.draw(tmp_path / "images")
    pixels, digits = pictures.arrays(tmp_path / "images")
    original = load_digits()
    assert (digits == original.target).all()
    assert abs(pixels * 16 - original.data).max() < 0.05


def test_digits_are_split_into_folders_that_share_no_picture(load: Load, tmp_path: Path) -> None:
    pictures = load("digits/src", "pictures")
    pictures.draw(tmp_path / "images")
    parts = [tmp_path / name for name in ("train", "valid", "test")]
    pictures.split(tmp_path / "images", *parts, valid_size=0.2, test_size=0.25, seed=1)
    names = [path.name for part in parts for path in part.glob("*/*.png")]
    assert len(names) == len(set(names)) == 1797
    assert all(len(list(part.iterdir())) == 10 for part in parts)


def test_gallery_writes_a_picture_from_the_command_line(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import joblib

    pictures = load("digits/src", "pictures")
    pictures.draw(tmp_path / "images")
    model = load("digits/src", "reader").fit(pictures.arrays(tmp_path / "images"), 1e-4, 1)
    joblib.dump(model, tmp_path / "model")
    given = {"model": "model", "images": "images", "out": "out"}
    arguments = [a for key, name in given.items() for a in (f"--{key}", str(tmp_path / name))]
    monkeypatch.setattr("sys.argv", ["gallery", *arguments])
    load("digits/src", "gallery").main()
    assert (tmp_path / "out").read_bytes().startswith(b"\x89PNG")


def test_customers_are_cleaned_of_doubles_and_of_the_answer(load: Load) -> None:
    raw = pd.read_csv(EXAMPLES / "churn/data/customers.csv")
    clean = load("churn/src", "clean").clean(raw)
    assert len(raw) > len(clean) == raw["customer_id"].nunique()
    assert "closed_on" not in clean
    assert clean.isna().any(axis=None)  # gaps are the model's affair


def test_tickets_after_the_day_do_not_count(load: Load) -> None:
    profiles = load("churn/telecom", "profiles")
    customers = pd.DataFrame({"customer_id": ["C1", "C2"]})
    tickets = pd.DataFrame(
        [
            ("C1", "2024-03-01", "billing", 5),  # before the window
            ("C1", "2024-06-01", "billing", 7),
            ("C1", "2024-06-30", "question", 2),
            ("C1", "2024-07-01", "outage", 9),  # nobody knows of it yet
        ],
        columns=["customer_id", "opened", "topic", "minutes"],
    )
    table = profiles.build(customers, tickets, as_of="2024-06-30", window=90)
    assert table.set_index("customer_id").to_dict("index") == {
        "C1": {"tickets": 2, "complaints": 1, "helpdesk_minutes": 9},
        "C2": {"tickets": 0, "complaints": 0, "helpdesk_minutes": 0},
    }


def test_ticket_log_loses_nothing_on_its_way_to_a_table(load: Load) -> None:
    lines = (EXAMPLES / "churn/data/tickets.jsonl").read_text("utf-8").splitlines()
    log = [json.loads(line) for line in lines]
    rows = load("churn/telecom", "tickets").log_to_table(log).to_dict("records")
    assert rows == [
        {"customer_id": t["customer"], "opened": t["opened"], **t["about"]} for t in log
    ]


def test_letters_are_sorted_with_the_desk_and_how_sure_it_is(load: Load) -> None:
    letters = load("text/src", "letters")
    lines = (EXAMPLES / "text/data/messages.jsonl").read_text("utf-8").splitlines()
    table = [json.loads(line) for line in lines]
    train, valid, test = load("text/src", "prepare").split(
        table, valid_size=0.2, test_size=0.25, seed=1
    )
    assert sorted(x["id"] for x in (*train, *valid, *test)) == [x["id"] for x in table]
    predictions = letters.sort(letters.fit(train, words=2, strength=10, seed=1), test)
    assert [p["id"] for p in predictions] == [letter["id"] for letter in test]
    assert all(0.25 <= p["sure"] <= 1 for p in predictions)
    found = letters.score(predictions)
    assert 0.7 < found["value"] < 1
    assert sum(map(sum, found["matrix"]["matrix"])) == len(test)
