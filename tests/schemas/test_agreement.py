"""The JSON Schemas that editors use and the compiler find the same structure errors.

The corpus is every file of the cases and examples. The schemas say nothing about names and
meaning, so only findings about structure count; a few of those no JSON Schema can express.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from jsonschema import Draft202012Validator

from mline_airflow.dag_factory.diagnostic import Collector
from mline_airflow.dag_factory.project import Project, kind_of
from mline_airflow.dag_factory.reader import Reader
from mline_airflow.dag_factory.text import SourceFile
from mline_airflow.dag_factory.tree import parse

ROOT = Path(__file__).resolve().parents[2]

# Findings about structure: each of them, and nothing else, makes a file invalid for its schema.
STRUCTURE = frozenset(
    {
        "empty-value",
        "invalid-call",
        "invalid-date",
        "invalid-duration",
        "invalid-id",
        "invalid-network",
        "invalid-pick",
        "invalid-quantity",
        "invalid-schedule",
        "invalid-secret",
        "invalid-type-name",
        "invalid-url",
        "missing-key",
        "reserved-key",
        "several-actions",
        "unknown-key",
        "unknown-protocol",
        "unknown-version",
        "unknown-word",
        "wrong-file-name",
        "wrong-type",
    }
)
# Codes of which a schema can see some cases only.
PARTLY = {
    "invalid-pattern": "a regular expression of `ready.log` is tried, not described",
    "invalid-reference": "what `$run` has, and what a service may refer to, depends on the place",
    "invalid-schema": "a schema that is wrong in a rare keyword",
    "missing-action": "a stage's type may bring the action; an adapter's must be its own",
    "not-finite": "JSON has neither infinities nor NaN",
    "out-of-range": "no schema compares two values, such as the ends of a range",
    "path-outside": "a link or a folder above is seen on disk only",
}
# Texts that are not the YAML of the language have no data that a schema could judge.
NOT_YAML = frozenset(
    {
        "alias-too-large",
        "duplicate-key",
        "empty-file",
        "file-too-large",
        "invalid-character",
        "key-not-text",
        "merge-key",
        "nested-too-deep",
        "not-utf8",
        "recursive-alias",
        "several-documents",
        "tag-not-allowed",
        "yaml-syntax",
    }
)
# Cases whose finding has a structural code, but needs meaning: here the schema must be silent.
BEYOND = {
    "err/entities/key_misspelt": "which keys an entity has, its type says",
    "err/entities/key_unknown": "which keys an entity has, its type says",
    "err/entities/property_of_another_type": "which keys an entity has, its type says",
    "err/relations/misspelt": "which keys an entity has, its type says",
    "err/relations/value_is_a_number": "whether a key is a relation, the type says",
    "err/schedule/cron_out_of_range": "a cron line has more rules than a pattern can tell",
    "err/schedule/end_before_start": "no schema compares two values",
    "err/schedule/on_a_file": "where the entity comes from is said elsewhere in the file",
    "err/schedule/start_does_not_exist": "the calendar is no pattern",
    "err/sweep/range_without_steps": "a random search needs no steps",
}


class Verdict(NamedTuple):
    path: str
    beyond: bool
    by_schema: list[str]
    by_compiler: Counter[str]


def schema_of(kind: str) -> Draft202012Validator:
    text = (ROOT / "schemas" / f"{kind}.schema.json").read_text("utf-8")
    return Draft202012Validator(json.loads(text))


VALIDATORS = {kind: schema_of(kind) for kind in ("experiment", "library", "project")}


def data_of(path: Path, text: str) -> Any:
    found = Collector(SourceFile(str(path), text))
    tree = parse(found)
    return None if tree.root is None else Reader(found).plain(tree.root)


def errors_by_schema(path: Path, text: str) -> list[str]:
    errors = VALIDATORS[kind_of(path)].iter_errors(data_of(path, text))
    return [f"{error.json_path}: {error.message[:120]}" for error in errors]


def corpus() -> list[Path]:
    folders = [ROOT / "tests" / "cases", ROOT / "examples", ROOT / "schemas" / "types"]
    return sorted(
        path
        for folder in folders
        for pattern in ("*.mline.yaml", "mline.yaml")
        for path in folder.rglob(pattern)
    )


@pytest.fixture(scope="module")
def verdicts() -> list[Verdict]:
    found = []
    for path in corpus():
        try:
            text = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            continue
        analysis = Project.open(path.parent).analyze(path, text)
        codes = Counter(d.code for d in analysis.diagnostics if d.severity == "error")
        if not NOT_YAML & set(codes):
            name = path.relative_to(ROOT).as_posix()
            case = name.removeprefix("tests/cases/").removesuffix(".mline.yaml")
            found.append(Verdict(name, case in BEYOND, errors_by_schema(path, text), codes))
    return found


def test_a_structure_error_of_the_compiler_is_one_of_the_schema(verdicts):
    missed = [
        (v.path, sorted(STRUCTURE & set(v.by_compiler)))
        for v in verdicts
        if STRUCTURE & set(v.by_compiler) and not v.by_schema and not v.beyond
    ]
    assert missed == []


def test_what_needs_meaning_is_left_to_the_compiler(verdicts):
    beyond = [v for v in verdicts if v.beyond]
    assert len(beyond) == len(BEYOND)
    assert [v.path for v in beyond if v.by_schema or not v.by_compiler] == []


def test_what_the_schema_refuses_the_compiler_refuses_for_its_structure(verdicts):
    refused = [
        (v.path, v.by_schema, dict(v.by_compiler))
        for v in verdicts
        if v.by_schema and not (STRUCTURE | set(PARTLY)) & set(v.by_compiler)
    ]
    assert refused == []


def test_the_corpus_shows_every_kind_of_structure_error(verdicts):
    shown = {code for v in verdicts for code in v.by_compiler}
    assert sorted(STRUCTURE - shown) == []
    assert sum(bool(v.by_schema) for v in verdicts) > 100
    assert sum(not v.by_schema for v in verdicts) > 100


def test_every_code_here_is_in_the_catalogue():
    known = json.loads((ROOT / "schemas" / "diagnostics.json").read_text("utf-8"))
    assert sorted((STRUCTURE | set(PARTLY) | NOT_YAML) - set(known)) == []
