"""Stages and adapters for tables: nothing is lost, nothing is in two parts."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


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


def test_a_csv_table_keeps_its_values_on_the_way_to_parquet_and_back(tmp_path, adapt):
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


def test_objects_become_rows_and_rows_objects(tmp_path, adapt):
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
def test_an_adapter_fails_on_what_it_cannot_keep(name, text, message, tmp_path, adapt):
    (tmp_path / "in").write_text(text, "utf-8")
    ran = adapt("tabular", name, tmp_path / "in", tmp_path / "out")
    assert ran.returncode != 0
    assert message in ran.stderr
