"""Definition, references and rename: texts with marks, and networks that stay the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from golden import CASES, cases, name_of, project_of
from marked import marked, opened, with_marks

from mline_airflow.dag_factory.diagnostic import Edit
from mline_airflow.dag_factory.ide.definitions import definition, references
from mline_airflow.dag_factory.ide.opened import Opened
from mline_airflow.dag_factory.ide.renaming import rename, rename_target
from mline_airflow.dag_factory.project import Project, kind_of

ROOT = CASES.parent.parent
EXAMPLES = sorted((ROOT / "examples").rglob("*.mline.yaml"))
HEAD = "mline: 1\nexperiment: x\n"
# Every way to name a stage, an output, an entity, a parameter, a value of `with`.
WHOLE = (
    HEAD
    + """\
params: {depth: 3, least: 0.5}
entities:
  table: {is: CsvTable, at: https://example.org/t.csv}
  tuning: {is: Accuracy, measures: fit.model, measured_on: split.valid}
  accuracy: {is: Accuracy, measures: 'fit.model', measured_on: "split.test"}
services:
  db: {image: db, offers: {sql: 5432}, ready: {tcp: sql}}
stages:
  split:
    is: Split
    takes: {table: table}
    gives: {train: CsvTable, valid: CsvTable, test: CsvTable}
    run: ./split "$IN_TABLE" "$PARAM_SEED"
    with: {seed: 1}
  fit:
    is: Train
    takes: {data: split.train}
    gives: {model: Model}
    command: [fit, $in.data, $out.model, $params.depth, $services.db.sql.url]
    with: {depth: $params.depth, seed: 1}
    sweep: {over: {depth: [1, 2]}, pick: max tuning}
  tune:
    is: Evaluate
    takes: {model: fit.model, data: split.valid}
    gives: {value: tuning}
    run: ./score
  score:
    is: Evaluate
    when: tuning > params.least
    takes: {model: fit.model, data: split.test}
    gives: {value: accuracy}
    run: ./score --db "$DB_SQL_URL"
    uses: db
    after: [tune]
  compare: {takes: {models: 'fit[*].model', first: 'fit[depth=1].model'}, run: ./compare}
tests: {small: {with: {depth: 1}, expect: [accuracy >= params.least and (tuning < 1)]}}
release: {gate: accuracy > 0.5}
defaults: {env: {DEPTH: $params.depth}, image: alpine}
"""
)


# -- definition ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "stages: {<<a>>: {run: x, gives: {o: Model}}, b: {run: x, takes: {i: |a.o}}}",
        "stages: {a: {run: x, gives: {<<o>>: Model}}, b: {run: x, takes: {i: a.|o}}}",
        "stages: {a: {run: x, gives: {<<o>>: Model}}, b: {run: x, takes: {i: 'a.o|'}}}",
        "stages: {<<a>>: {run: x, gives: {o: Model}}, b: {run: x, takes: {i: ['|a[*].o']}}}",
        "stages: {<<a>>: {run: x}, b: {run: x, after: |a}}",
        "entities: {<<e>>: {is: Metric}}\nstages: {a: {run: x, gives: {o: e|}}}",
        "entities: {<<e>>: {is: Metric}}\nstages: {a: {run: x, when: 1 < e| and e > 0}}",
        "entities: {<<e>>: Model, f: {is: Metric, measures: |e}}\nstages: {a: {run: x}}",
        "params: {<<p>>: 1}\nstages: {a: {command: [x, $params.|p]}}",
        "params: {<<p>>: 1}\nstages: {a: {command: [x, '$par|ams.p', \"$params.|p\"]}}",
        "params: {<<p>>: 1}\nstages: {a: {run: x, when: params.|p > 0}}",
        "params: {<<p>>: 1}\nstages: {a: {run: x}}\ntests: {t: {with: {p|: 2}, expect: 1 < e}}",
        "services: {<<s>>: {image: i, offers: {h: 1}}}\nstages: {a: {command: [$services.|s.h.x]}}",
        "services: {s: {image: i, offers: {<<h>>: 1}}}\nstages: {a: {command: [$services.s.|h.x]}}",
        "services: {<<s>>: {image: i}}\nstages: {a: {run: x, uses: [|s]}}",
        "stages: {a: {run: x, with: {<<w>>: 1}, sweep: {over: {w|: [1]}}}}",
        "stages: {a: {command: [x, $out.|o], gives: {<<o>>: Model}}}",
        "stages: {a: {secrets: {<<K>>: variable.k}, command: [x, $secrets.|K]}}",
        "stages: {b: {run: x, takes: {i: |é}}}",
    ],
)
def test_a_name_leads_to_its_declaration(tmp_path: Path, text: str) -> None:
    case = marked(HEAD + text)
    if "'$par" in text:
        case = case._replace(cursor=case.text.index("params.p") + 7)
    one = opened(tmp_path, case.text.replace("|", ""))
    found = [where.span for where in definition(one, case.cursor)]
    assert tuple(found) == case.spans


def test_types_relations_and_ports_lead_into_their_libraries(tmp_path: Path) -> None:
    text = HEAD + "stages: {f: {is: Train, takes: {data: e}, gives: {model: Model}, run: x}}\n"
    text += "entities: {e: {is: CsvTable, derived_from: e}}\n"
    one = opened(tmp_path, text)
    for word, line in (("Train", "  Train:"), ("data", "      data:"), ("derived_from", "  deriv")):
        (where,) = definition(one, text.index(word) + 1)
        assert where.source.path == "<core>"
        start = where.source.text.rfind("\n", 0, where.span.start) + 1
        assert where.source.text[start:].startswith(line)


def test_calls_and_files_lead_to_the_code(tmp_path: Path) -> None:
    (tmp_path / "src" / "deep").mkdir(parents=True)
    (tmp_path / "src" / "deep" / "prep.py").write_text("é = 1\n\ndef  fit(a):\n    pass\n", "utf-8")
    text = HEAD + "stages:\n  f: {call: deep.prep:fit, code: [./src]}\n"
    text += "  g: {run: x, code: ./src/deep/prep.py}\n"
    one = opened(tmp_path, text)
    (where,) = definition(one, text.index("prep:"))
    assert where.source.path == "src/deep/prep.py"
    assert where.source.text[slice(*where.span)] == "fit"
    (file,) = definition(one, text.index("./src/deep"))
    assert Path(file.source.path) == tmp_path / "src" / "deep" / "prep.py"


def test_an_entity_of_another_experiment_is_found_there() -> None:
    churn = ROOT / "examples" / "churn" / "churn.mline.yaml"
    one = Opened.of(Project.open(churn), churn)
    at = one.source.text.index("features.profiles")
    for offset, word in ((at, "features"), (at + 10, "profiles")):
        (where,) = definition(one, offset)
        assert where.source.path.endswith("features.mline.yaml")
        assert where.source.text[slice(*where.span)] == word


# -- references ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["fit", "table", "tuning", "accuracy", "depth", "least", "db", "sql"]
)
def test_references_are_all_words_of_the_name(tmp_path: Path, name: str) -> None:
    one = opened(tmp_path, WHOLE)
    start = {"table": "  table: {is", "sql": "offers: {sql", "fit": "  fit:"}.get(name, f"{name}:")
    at = WHOLE.index(start) + start.index(name)
    places = [where.span for where in references(one, at)]
    assert all(WHOLE[slice(*span)] == name for span in places)
    expected = {"fit": 7, "table": 2, "tuning": 5, "accuracy": 4, "depth": 5, "least": 3, "db": 3}
    assert len(places) == expected.get(name, 3), with_marks(WHOLE, places)


def test_references_cross_experiments_and_libraries() -> None:
    churn = ROOT / "examples" / "churn" / "churn.mline.yaml"
    one = Opened.of(Project.open(churn), churn)
    found = references(one, one.source.text.index("ProfileTable"))
    files = {where.source.path.rpartition("/")[2] for where in found}
    assert files == {"churn.mline.yaml", "features.mline.yaml", "telecom.types.mline.yaml"}
    exported = references(one, one.source.text.index("features.profiles") + 10)
    assert {where.source.path.rpartition("/")[2] for where in exported} == {
        "churn.mline.yaml",
        "features.mline.yaml",
    }
    assert len(references(one, 5)) == 0


# -- rename --------------------------------------------------------------------------------------


def applied(text: str, edits: tuple[Edit, ...]) -> str:
    for edit in sorted(edits, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def meaning(one: Opened, renames: dict[str, str] | None = None) -> object:
    """Return the network and what conditions and values refer to, with names put back."""

    def back(text: str) -> str:
        for new, old in (renames or {}).items():
            text = text.replace(new, old)
        return text

    network, resolved = one.analysis.network, one.analysis.resolved
    assert network is not None
    assert resolved is not None
    # An experiment that has the name of a service carries its kind, until one is renamed.
    ids = {n.id: n.id.removeprefix(f"{n.kind} ") for n in network.nodes.values()}
    return (
        sorted(back(f"{ids[n.id]} {n.kind} {n.type} {n.given_by}") for n in network.nodes.values()),
        sorted(back(" ".join(ids.get(part, part) for part in t)) for t in network.direct),
        sorted(
            back(f"{s} {[*r.takes]} {[*r.gives]} {[*r.upstream]}")
            for s, r in resolved.stages.items()
        ),
        sorted(back(d.code) for d in one.analysis.diagnostics),
    )


def renamable() -> list[tuple[str, str]]:
    return [
        ("  fit:", "fit"),
        ("  split:", "split"),
        ("  tune:", "tune"),
        ("  table: {is", "table"),
        ("  tuning:", "tuning"),
        ("  accuracy:", "accuracy"),
        ("{depth: 3", "depth"),
        ("least: 0", "least"),
        ("  db:", "db"),
        ("offers: {sql", "sql"),
        ("over: {depth", "depth"),
        ("{small", "small"),
        ("experiment: x", "x"),
        ("{models", "models"),
    ]


@pytest.mark.parametrize(("context", "name"), renamable(), ids=lambda v: v.strip(" :{"))
def test_a_rename_changes_nothing_but_the_name(tmp_path: Path, context: str, name: str) -> None:
    one = opened(tmp_path, WHOLE)
    assert one.analysis.ok, [str(d) for d in one.analysis.diagnostics]
    at = WHOLE.index(context) + context.rindex(name)
    renaming = rename(one, at, "zz_new")
    assert renaming.refused == ""
    ((_file, edits),) = renaming.edits
    text = applied(WHOLE, edits)
    again = opened(tmp_path, text)
    assert meaning(again, {"zz_new": name}) == meaning(one)
    assert text != WHOLE
    back = rename(again, text.index("zz_new"), name)
    ((_file, edits),) = back.edits
    assert applied(text, edits) == WHOLE, "renaming back gives the first text byte for byte"


def test_a_rename_follows_into_scripts(tmp_path: Path) -> None:
    one = opened(tmp_path, WHOLE)
    for context, name, expected in (
        ("  db:", "db", "$STORE_SQL_URL"),
        ("offers: {sql", "sql", "$DB_STORE_URL"),
    ):
        renaming = rename(one, WHOLE.index(context) + context.rindex(name), "store")
        assert expected in applied(WHOLE, renaming.edits[0][1])
    text = HEAD + "stages:\n  a:\n    run: |\n      x $IN_I $IN_II\n    takes: {i: e}\n"
    text += "entities: {e: {is: Model, at: https://x.org/y}}\n"
    renaming = rename(opened(tmp_path, text), text.index("{i:") + 1, "k")
    assert "x $IN_K $IN_II" in applied(text, renaming.edits[0][1])


@pytest.mark.parametrize(
    ("place", "new", "reason"),
    [
        ("  fit:", "Fit", "cannot be a name"),
        ("  fit:", "tune", "there is 'tune' already"),
        ("  fit:", "db", "there is 'db' already"),
        ("  fit:", "null", "cannot be a name"),
        ("  fit:", "release_gate", "there is 'release_gate' already"),
        ("{depth", "least", "there is 'least' already"),
        ("  table:", "a b", "cannot be a name"),
        ("{data", "x", "declared by the type"),
        ("is: Split", "Zplit", "built in"),
        ("measures", "x", "built in"),
    ],
)
def test_a_rename_that_would_break_is_refused(
    tmp_path: Path, place: str, new: str, reason: str
) -> None:
    one = opened(tmp_path, WHOLE)
    at = WHOLE.index(place) + len(place) - 1
    at -= place.endswith(":")
    renaming = rename(one, at, new)
    assert reason in renaming.refused
    assert renaming.edits == ()


def test_a_name_written_with_escapes_is_not_renamed_by_halves(tmp_path: Path) -> None:
    text = (
        HEAD + 'entities: {e: Model}\nstages: {a: {run: x, takes: {i: "\\x65"}, gives: {o: e}}}\n'
    )
    assert "with escapes" in rename(opened(tmp_path, text), text.index("e: Model"), "z").refused


def test_a_type_is_renamed_in_all_files_that_name_it(tmp_path: Path) -> None:
    library = "mline: 1\nlibrary: lab\ntypes:\n  Reading: {is: CsvTable}\n  Fine: Reading\n"
    user = (
        HEAD + "use: [lab]\nstages: {a: {run: x, gives: {o: Reading, p: lab.Reading, q: Fine}}}\n"
    )
    (tmp_path / "lab.types.mline.yaml").write_text(library, "utf-8")
    one = opened(tmp_path, user)
    renaming = rename(one, user.index("lab.Reading") + 5, "Sample")
    texts = {o.path.name: applied(o.source.text, edits) for o, edits in renaming.edits}
    assert texts == {
        "x.mline.yaml": user.replace("Reading", "Sample"),
        "lab.types.mline.yaml": library.replace("Reading", "Sample"),
    }


def test_an_exported_entity_is_renamed_where_it_is_taken() -> None:
    churn = ROOT / "examples" / "churn" / "churn.mline.yaml"
    one = Opened.of(Project.open(churn), churn)
    renaming = rename(one, one.source.text.index("features.profiles") + 10, "persons")
    texts = {o.path.name: applied(o.source.text, edits) for o, edits in renaming.edits}
    assert set(texts) == {"churn.mline.yaml", "features.mline.yaml"}
    assert "from: features.persons" in texts["churn.mline.yaml"]
    assert "  profiles: {is" in texts["churn.mline.yaml"]
    project = Project(churn.parent)
    for name, text in texts.items():
        project.put(churn.parent / name, text)
    assert [str(d) for n in texts for d in project.analyze(churn.parent / n).diagnostics] == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.name)
def test_every_name_of_an_example_can_be_looked_up(path: Path) -> None:
    one = Opened.of(Project.open(path), path)
    for found in one.names.all:
        assert found.exact, found
        word = one.source.text[slice(*found.span)]
        assert word == found.symbol.name or found.symbol.name.endswith(f".{word}")
        if found.symbol.kind not in ("file", "adapter"):
            assert definition(one, found.span.start + 1), found


@pytest.mark.parametrize(
    "path", [p for p in EXAMPLES if kind_of(p) == "experiment"], ids=lambda p: p.name
)
def test_every_rename_in_an_example_keeps_its_network(path: Path) -> None:
    project = Project.open(path)
    one = Opened.of(project, path)
    declared = {o.symbol: o for o in one.names.all if o.declares}
    for symbol, found in declared.items():
        target = rename_target(one, found.span.start)
        assert target is not None
        if target.refused:
            assert symbol.kind in ("input", "output", "value", "secret"), target.refused
            continue
        new = "ZzNew" if symbol.kind == "type" else "zz_new"
        renaming = rename(one, found.span.start, new)
        assert renaming.refused == "", symbol
        for other, edits in renaming.edits:
            project.put(other.path, applied(other.source.text, edits))
        again = Opened.of(project, path)
        assert meaning(again, {new: symbol.name}) == meaning(one), symbol
        for other, _edits in renaming.edits:
            found_now = Opened.of(project, other.path).analysis.diagnostics
            assert [str(d) for d in found_now if d.severity == "error"] == [], symbol
        for other, _edits in renaming.edits:
            project.put(other.path, None)


@pytest.mark.parametrize("case", [c for c in cases("err") if c.is_file()], ids=name_of)
def test_names_of_a_broken_file_lie_in_its_text(case: Path) -> None:
    one = Opened.of(project_of(case), case)
    for found in one.names.all:
        assert 0 <= found.span.start <= found.span.end <= len(one.source.text)
