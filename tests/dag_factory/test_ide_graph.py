"""The graph view and the types view: what editors draw of examples and of broken files."""

from __future__ import annotations

import json
import os
from itertools import pairwise
from pathlib import Path

import pytest
from golden import CASES, cases, name_of, project_of

from mline_airflow.dag_factory.analysis import Analysis
from mline_airflow.dag_factory.ide.graph_view import graph_view
from mline_airflow.dag_factory.ide.lines import Lines
from mline_airflow.dag_factory.ide.types_view import types_view
from mline_airflow.dag_factory.project import Project, kind_of

ROOT = CASES.parent.parent
GOLDEN = CASES / "ide" / "graph"
EXAMPLES = [
    p for p in sorted((ROOT / "examples").rglob("*.mline.yaml")) if kind_of(p) == "experiment"
]


LAB = "mline: 1\nlibrary: lab\ntypes:\n  Look: {is: Stage, takes: {table: CsvTable}}\n"


def view(text: str, tmp_path: Path) -> dict:
    (tmp_path / "lab.types.mline.yaml").write_text(LAB, "utf-8")
    return graph_view(Project(tmp_path).analyze(tmp_path / "x.mline.yaml", text))


def drawn(analysis: Analysis) -> str:
    """Return the view as lines that a person can read over."""
    seen = graph_view(analysis)
    lines = [f"ok {seen['ok']}"]
    for node in seen["nodes"]:
        lines.append(f"node {node['id']} {node['kind']} {node['type']} {node['icon']}")
        for side in ("in", "out"):
            for port in node["ports"][side]:
                marks = [k for k in ("many", "optional", "declared", "given") if port.get(k)]
                relation = port.get("relation") or port.get("relations") or ""
                lines.append(f"  {side} {port['name']}: {port['type']} {marks} {relation}")
        lines.extend(
            f"  {key} {json.dumps(node[key])}"
            for key in ("sweep", "service", "when", "from", "at", "in_sweep")
            if key in node
        )
    for edge in seen["edges"]:
        extra = {k: edge[k] for k in ("each", "adapter", "problem") if k in edge}
        lines.append(f"edge {edge['id']}" + (f" {json.dumps(extra)}" if extra else ""))
    for r in seen["relations"]:
        how = "inferred" if r["inferred"] else "stated"
        lines.append(f"relation {r['subject']} {r['relation']} {r['object']} {how}")
    return "\n".join(lines) + "\n"


@pytest.mark.cases
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.name)
def test_the_graph_of_an_example_is_what_is_expected(path: Path) -> None:
    produced = drawn(Project.open(path).analyze(path))
    golden = GOLDEN / f"{path.name.partition('.')[0]}.txt"
    if os.environ.get("UPDATE_CASES"):
        golden.write_text(produced, "utf-8")
    assert produced == golden.read_text("utf-8")


@pytest.mark.parametrize("case", [c for c in cases("err") if c.is_file()], ids=name_of)
def test_every_broken_file_has_a_graph_whose_edges_end_at_nodes(case: Path) -> None:
    analysis = project_of(case).analyze(case)
    seen = json.loads(json.dumps(graph_view(analysis)))
    ids = [node["id"] for node in seen["nodes"]]
    assert len(ids) == len(set(ids))
    edges = [edge["id"] for edge in seen["edges"]]
    assert len(edges) == len(set(edges))
    assert {e[end]["node"] for e in seen["edges"] for end in ("from", "to")} <= set(ids)
    assert [d["code"] for d in seen["diagnostics"]] == [d.code for d in analysis.diagnostics]
    assert seen["ok"] == analysis.ok
    assert {d["node"] for d in seen["diagnostics"] if "node" in d} <= set(ids)


def test_a_problem_knows_its_node_its_field_and_its_edge(tmp_path: Path) -> None:
    seen = view(
        "mline: 1\n"
        "experiment: x\n"
        "entities:\n"
        "  notes: {is: TextFile, at: https://example.org/n.txt}\n"
        "stages:\n"
        "  fit:\n"
        "    is: Train\n"
        "    takes: {data: notes, base: notes}\n"
        "    gives: {model: Model}\n"
        "    run: ./fit\n"
        "    retries: many\n",
        tmp_path,
    )
    found = {d["code"]: d for d in seen["diagnostics"]}
    mismatch = found["port-type-mismatch"]
    assert (mismatch["node"], mismatch["field"]) == ("stage:fit", "takes.base")
    assert (found["wrong-type"]["node"], found["wrong-type"]["field"]) == ("stage:fit", "retries")
    (edge,) = [e for e in seen["edges"] if e["to"] == {"node": "stage:fit", "port": "base"}]
    assert edge["problem"] == "port-type-mismatch"
    (node,) = [n for n in seen["nodes"] if n["id"] == "stage:fit"]
    assert node["problems"]["error"] == 2


def test_a_reference_to_nothing_is_drawn(tmp_path: Path) -> None:
    seen = view("mline: 1\nexperiment: x\nstages:\n  a: {run: x, takes: {p: nope.q}}\n", tmp_path)
    assert [n["id"] for n in seen["nodes"]] == ["stage:a", "missing:nope.q"]
    (edge,) = seen["edges"]
    assert edge["from"] == {"node": "missing:nope.q"}
    assert edge["problem"] == "unknown-reference"


@pytest.mark.parametrize(
    "broken",
    [
        "  t: {run: [\n",
        "  t: {takes: {x: a\n",
        "  t\n",
        "  t: 'x\n",
        "  t: {run: x}}\n",
        "  t: *q\n",
    ],
)
def test_a_half_typed_file_is_drawn_but_for_the_line_that_cannot_be_read(
    tmp_path: Path, broken: str
) -> None:
    before = "mline: 1\nexperiment: x\nentities:\n  a: Report\nstages:\n  s: {run: x}\n"
    seen = view(f"{before}{broken}  u: {{run: x, after: s}}\n", tmp_path)
    assert [n["id"] for n in seen["nodes"]] == ["entity:a", "stage:s", "stage:u"]
    (edge,) = seen["edges"]
    line = before.count("\n") + broken.count("\n")
    assert edge["range"]["start"] == {"line": line, "character": 21}
    assert not seen["ok"]
    assert seen["diagnostics"][0]["severity"] == "error"


def test_adapters_stand_at_their_edge(tmp_path: Path) -> None:
    seen = view(
        "mline: 1\nexperiment: x\nuse: [tabular, ./lab.types.mline.yaml]\n"
        "entities:\n  t: {is: ParquetTable, at: https://example.org/t}\n"
        "stages:\n  s: {is: Look, takes: {table: t}, run: x}\n",
        tmp_path,
    )
    (edge,) = [e for e in seen["edges"] if e["to"]["node"] == "stage:s"]
    assert edge["adapter"] == ["tabular.parquet_to_csv"]


def test_places_count_utf16_units(tmp_path: Path) -> None:
    seen = view(
        "mline: 1\r\nexperiment: x\r\nstages:\r\n  s: {doc: 😀, run: x, retries: '😀'}\r\n",
        tmp_path,
    )
    (found,) = [d for d in seen["diagnostics"] if d["code"] == "wrong-type"]
    assert found["range"]["start"] == {"line": 3, "character": 32}
    assert found["range"]["end"] == {"line": 3, "character": 36}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
@pytest.mark.parametrize("text", ["", "a", "a\r\nb\rc\n", "é😀\n😀é\r\n", "\n\n", "x\r"])
def test_positions_and_offsets_are_inverse(text: str, encoding: str) -> None:
    lines = Lines(text, encoding)
    places = [lines.position(offset) for offset in range(len(text) + 1)]
    keys = [(p["line"], p["character"]) for p in places]
    assert keys == sorted(keys)
    for offset, (before, here) in enumerate(pairwise([None, *keys])):
        if here != before and text[offset - 1 : offset + 1] != "\r\n":
            assert lines.offset(*here) == offset
    assert lines.offset(99, 99) == len(text)
    assert lines.offset(-1, 5) == 0


def test_a_line_ends_at_a_lone_carriage_return() -> None:
    lines = Lines("a\rb\r\nc")
    assert lines.position(2) == {"line": 1, "character": 0}
    assert lines.position(5) == {"line": 2, "character": 0}


def test_a_unit_inside_a_character_is_before_it() -> None:
    assert Lines("x😀y").offset(0, 2) == 1
    assert Lines("x😀y").offset(0, 3) == 2


# -- types ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def types() -> dict:
    churn = ROOT / "examples" / "churn" / "churn.mline.yaml"
    network = Project.open(churn).analyze(churn).types
    assert network is not None
    return json.loads(json.dumps(types_view(network)))


def test_types_say_parents_ports_and_looks(types: dict) -> None:
    by_name = {t["name"]: t for t in types["types"]}
    assert all(t["parent"] is None or t["parent"] in by_name for t in types["types"])
    train = by_name["core.Train"]
    assert train["kind"] == "stage"
    assert [p["name"] for p in train["ports"]["in"]] == ["data", "valid", "base"]
    assert train["ports"]["in"][0]["relation"] == "trained_on"
    assert train["ports"]["out"][0]["relations"]["trained_on"] == ["data"]
    assert by_name["core.CsvTable"]["icon"] == "table"
    assert by_name["core.CsvTable"]["iri"] == "urn:mline:ns:CsvTable"
    assert by_name["core.Model"]["iri"] == "http://www.w3.org/ns/mls#Model"


def test_types_know_their_relations_and_adapters(types: dict) -> None:
    by_name = {t["name"]: t for t in types["types"]}
    relations = {r["name"]: r for r in by_name["core.Accuracy"]["relations"]}
    assert relations["measured_on"]["to"] == "core.Dataset"
    names = {t["name"] for t in types["types"]}
    assert {a["from"] for a in types["adapters"]} | {a["to"] for a in types["adapters"]} <= names
    assert "telecom.ProfileTable" in by_name
    assert by_name["telecom.ProfileTable"]["visible"]


def test_fields_and_values_are_json_schemas(types: dict) -> None:
    from jsonschema import Draft202012Validator

    for type_ in types["types"]:
        Draft202012Validator.check_schema(type_["fields"])
        Draft202012Validator.check_schema(type_["with"])
