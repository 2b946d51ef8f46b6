"""The project's JSON Schema accepts what the compiler accepts, and knows the project's types."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from yaml import MappingNode, Node, SequenceNode

from mline_airflow.dag_factory.diagnostic import Collector
from mline_airflow.dag_factory.project import Project
from mline_airflow.dag_factory.scalars import convert
from mline_airflow.dag_factory.text import SourceFile
from mline_airflow.dag_factory.tree import Tree, parse
from mline_airflow.project_schema import base_schema, project_schema

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(
    path
    for folder in ("examples", "mline_airflow/templates")
    for path in (ROOT / folder).rglob("*.mline.yaml")
    if not path.name.endswith(".types.mline.yaml")
)
HEAD = {"mline": 1, "experiment": "x"}


def value(node: Node) -> Any:
    if isinstance(node, MappingNode):
        return {key.value: value(child) for key, child in node.value}
    if isinstance(node, SequenceNode):
        return [value(child) for child in node.value]
    return convert(node.tag, node.value)


def read(path: Path) -> Any:
    tree: Tree = parse(Collector(SourceFile(str(path), path.read_text("utf-8"))))
    assert tree.root is not None
    return value(tree.root)


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = project_schema(Project.open(ROOT / "examples").types(), name="examples")
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.name)
def test_experiments_of_this_project_are_accepted(
    path: Path, validator: Draft202012Validator
) -> None:
    assert [error.message for error in validator.iter_errors(read(path))] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"entities": {"a": {"is": "CsvTabel"}}},
        {"entities": {"a": "Nothing"}},
        {"entities": {"a": {"is": "CsvTable", "tagret": "species"}}},
        {"entities": {"a": {"is": "CsvTable", "target": 3}}},
        {"entities": {"a": {"is": "CsvTable", "trained_on": "b"}}},
        {"stages": {"a": {"is": "Trian", "call": "m:f"}}},
        {"stages": {"a": {"is": "CsvTable", "call": "m:f"}}},
        {"stages": {"a": {"is": "Train", "call": "m:f", "takes": {}}}},
        {"stages": {"a": {"call": "m:f", "gives": {"x": "Nothing"}}}},
    ],
    ids=str,
)
def test_what_contradicts_a_type_is_refused(
    wrong: dict[str, Any], validator: Draft202012Validator
) -> None:
    good = {"stages": {"a": {"call": "m:f"}}}
    assert validator.is_valid(HEAD | good)
    assert not validator.is_valid(HEAD | good | wrong)


def test_fields_and_relations_of_a_type_are_accepted(validator: Draft202012Validator) -> None:
    entities = {
        "a": {"is": "CsvTable", "target": "species", "part_of": "b", "trains": ["m"]},
        "b": {"is": "core.CsvTable", "at": "./b.csv"},
    }
    assert validator.is_valid(HEAD | {"stages": {"s": {"call": "m:f"}}, "entities": entities})


def test_types_of_a_library_of_the_project_are_known(tmp_path: Path) -> None:
    (tmp_path / "lab.types.mline.yaml").write_text(
        "mline: 1\nlibrary: lab\nversion: 1.0.0\ntypes:\n"
        "  Reading: {is: CsvTable, fields: {unit: {enum: [mV, V]}}, required: [unit]}\n",
        "utf-8",
    )
    validator = Draft202012Validator(project_schema(Project.open(tmp_path).types()))
    good = HEAD | {"stages": {"s": {"call": "m:f"}}}
    assert validator.is_valid(good | {"entities": {"r": {"is": "Reading", "unit": "V"}}})
    assert not validator.is_valid(good | {"entities": {"r": {"is": "Reading", "unit": "W"}}})
    assert not validator.is_valid(good | {"entities": {"r": {"is": "lab.Reading"}}})


@pytest.mark.parametrize("of", ["experiment", "library", "project"])
def test_schemas_of_the_language_are_schemas(of: Any) -> None:
    Draft202012Validator.check_schema(base_schema(of))
