"""Stages, codecs and adapters for texts."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


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


def test_texts_change_their_form_and_keep_their_words(tmp_path, adapt):
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
