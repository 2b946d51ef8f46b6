"""Completion: marked texts, most of them half typed, and what is proposed there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from golden import CASES
from marked import marked

from mline_airflow.dag_factory.diagnostic import Edit
from mline_airflow.dag_factory.ide.completion import complete
from mline_airflow.dag_factory.ide.completion_items import Item
from mline_airflow.dag_factory.ide.cursor import find_cursor
from mline_airflow.dag_factory.ide.scanning import inside
from mline_airflow.dag_factory.ide.signatures import signature
from mline_airflow.dag_factory.project import Project, kind_of

ROOT = CASES.parent.parent
EXAMPLES = sorted((ROOT / "examples").rglob("*.mline.yaml"))
HEAD = """\
mline: 1
experiment: x
use: [sklearn]
params: {depth: 3, name: abc, strict: true}
entities:
  table: {is: CsvTable, at: ./t.csv}
  acc: {is: Accuracy}
  time: {is: Seconds}
services:
  db: {image: i, offers: {sql: 5432, web: 80}}
"""
STAGES = """\
stages:
  split: {is: Split, takes: {table: table}, gives: {train: CsvTable, test: CsvTable}, run: x}
  score: {is: Evaluate, takes: {model: fit.model, data: split.test}, gives: {value: acc}, run: x}
"""
NEW = HEAD.replace("services:", "  NEW\nservices:")
LIBRARY = "mline: 1\nlibrary: l\ntypes: {A: {is: Stage, takes: {x: Model}, gives: {y: {"
FIT = HEAD + STAGES + "  fit:\n    is: Train\n    gives: {model: Model}\n"
CODE = '''\
import json


def fit(data, depth, rate=0.1):
    """Fits a tree."""


def _hidden(x):
    pass
'''


def items(tmp_path: Path, text: str, name: str = "x.mline.yaml") -> list[Item]:
    case = marked(text, "‸")
    assert case.cursor >= 0
    (tmp_path / "src").mkdir(exist_ok=True)
    (tmp_path / "src" / "train.py").write_text(CODE, "utf-8")
    return complete(Project(tmp_path), tmp_path / name, case.text, case.cursor)


def labels(found: list[Item], most: int = 99) -> list[str]:
    return [item.label for item in found if item.rank < most]


def written(text: str, item: Item) -> str:
    edits = [Edit(item.span, item.insert), *item.edits]
    for edit in sorted(edits, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


# -- keys ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted", "unwanted"),
    [
        ("‸", ["mline", "experiment", "stages"], ["is"]),
        ("mline: 1\n‸", ["experiment", "stages", "title"], ["mline"]),
        (HEAD + "sta‸", ["stages", "start", "tests"], ["use", "params", "entities"]),
        (FIT + "    ‸", ["takes", "call", "run", "with", "sweep"], ["is", "gives", "stages"]),
        (FIT + "    ‸\n    run: x\n", ["takes"], ["call", "command", "run"]),
        (FIT + "    ta‸\n  next: {run: x}\n", ["takes"], ["is"]),
        (FIT + "    takes: {‸\n  next: {run: x}\n", ["data", "valid", "base"], ["is"]),
        (FIT + "    takes: {data: table, ‸}\n", ["valid", "base"], ["data"]),
        (FIT + "    takes:\n      ‸\n    run: x\n", ["data", "valid"], []),
        (FIT + "    resources: {‸}\n", ["cpu", "memory", "gpu"], []),
        (FIT + "    sweep: {‸}\n", ["over", "pick", "search"], []),
        (FIT + "    with: {rate: 1}\n    sweep: {over: {‸}}\n", ["rate"], []),
        (FIT + "    sweep: {over: {a: {‸}}}\n", ["from", "to", "steps", "scale"], []),
        (FIT + "    adapt: {takes: {‸}}\n    takes: {data: table}\n", ["data"], ["model"]),
        (
            FIT + "    call: train:fit\n    code: ./src\n    with: {‸}\n",
            ["depth", "rate"],
            ["_hidden"],
        ),
        (HEAD + STAGES + "  s: {gives: {o: {is: Report, ‸}}}\n", ["doc", "describes"], ["is"]),
        (
            HEAD.replace("Accuracy}", "Accuracy, ‸"),
            ["measured_on", "at", "better"],
            ["is", "mline"],
        ),
        (HEAD.replace("Accuracy}", "Accuracy, ‸") + STAGES, ["measured_on", "measures"], ["is"]),
        (
            HEAD.replace("web: 80}", "web: 80}, ‸") + STAGES,
            ["ready", "command"],
            ["image", "offers"],
        ),
        (HEAD.replace("web: 80}", "web: 80}, ready: {‸}"), ["tcp", "http", "within"], []),
        (HEAD + "tests: {t: {with: {‸}}}", ["depth", "name"], []),
        (HEAD + "params2: 1\ntests: {t: {‸}}", ["with", "expect"], []),
        (HEAD + "release: {‸", ["gate", "doc"], []),
        (HEAD.replace("{depth: 3", "{depth: {‸"), ["type", "default", "minimum"], []),
    ],
)
def test_keys_fit_the_place(
    tmp_path: Path, text: str, wanted: list[str], unwanted: list[str]
) -> None:
    found = labels(items(tmp_path, text))
    assert [w for w in wanted if w not in found] == []
    assert [u for u in unwanted if u in found] == []


def test_a_key_is_written_with_its_colon_unless_one_is_there(tmp_path: Path) -> None:
    (item,) = [i for i in items(tmp_path, FIT + "    ta‸\n") if i.label == "takes"]
    assert written(FIT + "    ta\n", item) == FIT + "    takes: \n"
    (item,) = [i for i in items(tmp_path, FIT + "    t‸akez: {}\n") if i.label == "takes"]
    assert written(FIT + "    takez: {}\n", item) == FIT + "    takes: {}\n"


def test_required_ports_and_keys_come_first_with_their_documentation(tmp_path: Path) -> None:
    found = items(tmp_path, FIT + "    takes: {‸}\n")
    assert labels(found) == ["data", "valid", "base"]
    assert found[0].detail == "Dataset"
    assert found[1].detail == "Dataset, optional"
    assert "What the model learns from." in found[0].doc


# -- values --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted", "unwanted"),
    [
        ("mline: 1\nexperiment: x\nuse: [‸]\n", ["sklearn", "torch"], ["core"]),
        ("mline: 1\nexperiment: x\nuse:\n  - torch\n  - ‸\n", ["sklearn"], ["torch"]),
        ("mline: 1\nexperiment: x\nuse: sk‸\n", ["sklearn"], []),
        (NEW.replace("NEW", "new: ‸"), ["CsvTable", "Accuracy"], ["Train", "Service", "Table"]),
        (NEW.replace("NEW", "new:‸"), ["CsvTable", "Accuracy"], ["Train", "Service", "Table"]),
        (HEAD.replace("Accuracy}", "‸"), ["Accuracy", "SklearnModel"], ["Train"]),
        (FIT.replace("is: Train", "is: ‸"), ["Train", "Split", "sklearn.Train"], ["Model"]),
        (HEAD.replace("image: i", "is: ‸"), ["Service"], ["Train", "Model"]),
        (FIT + "    runner: ‸\n", ["process", "docker", "kubernetes"], []),
        (FIT + "    cache: ‸\n", ["true", "false", "refresh"], []),
        (FIT + "    sweep: {search: ‸}\n", ["grid", "random"], []),
        (FIT + "    uses: ‸\n", ["db"], ["fit"]),
        (FIT + "    uses: [‸\n    run: x\n", ["db"], []),
        (FIT + "    after: [‸]\n", ["split"], ["fit"]),
        (FIT + "    with: {depth: ‸}\n", ["$params.depth", "$run.id"], ["$out.nothing"]),
        (FIT + "    with: {depth: $par‸\n    run: x\n", ["$params.depth"], []),
        (FIT + "    command: [x, $services.‸]\n", ["$services.db.sql.url", "$out.model"], []),
        (FIT + "    takes: {data: table}\n    command: [x, '$in.‸']\n", ["$in.data"], []),
        (FIT + "    env: {A: $‸}\n", ["$params.name", "$run.id"], []),
        (FIT + "    secrets: {KEY: variable.k}\n    env: {A: $‸}\n", ["$secrets.KEY"], []),
        (FIT + "    secrets: {KEY: ‸}\n", ["variable.key", "connection.key.password"], []),
        (FIT + "    call: ‸\n    code: ./src\n", ["train:fit"], ["train:_hidden"]),
        (FIT + "    call: train:f‸\n    code: [./src]\n", ["train:fit"], []),
        (FIT + "    code: ‸\n", ["./src/"], []),
        (FIT + "    code: ./src/‸\n", ["./src/train.py"], []),
        (FIT + "    when: ‸\n", ["acc", "params.depth", "not"], ["table"]),
        (FIT + "    when: acc ‸\n", [">=", "=="], ["acc"]),
        (FIT + "    when: acc > 1 ‸\n", ["and", "or"], ["acc"]),
        (FIT + "    when: acc > 1 and ‸\n", ["acc", "params.depth"], ["or"]),
        (FIT + "    when: params.strict == ‸\n", ["true", "false"], []),
        (HEAD + STAGES + "release: {gate: [‸]}\n", ["acc", "params.depth"], []),
        (HEAD + STAGES + "tests: {t: {expect: a‸}}\n", ["acc"], []),
        (HEAD + "tests: {t: {with: {strict: ‸}}}\n", ["true"], []),
        (HEAD + "schedule: ‸\n", ["@daily"], []),
        (HEAD.replace("Accuracy}", "Accuracy, better: ‸}"), ["higher", "lower"], []),
        (FIT + "    run: |\n      x $‸\n", ["$OUT_MODEL", "$MLINE_RUN_ID"], ["$IN_DATA"]),
        (FIT + "    run: |\n      x ‸\n", [], ["$OUT_MODEL"]),
        (FIT + "    # ‸\n", [], ["takes"]),
        (HEAD.replace("web: 80}", "web: 80}, ready: {tcp: ‸}"), ["sql", "web"], []),
    ],
)
def test_values_fit_the_place(
    tmp_path: Path, text: str, wanted: list[str], unwanted: list[str]
) -> None:
    found = labels(items(tmp_path, text))
    assert [w for w in wanted if w not in found] == []
    assert [u for u in unwanted if u in found] == []


def test_references_that_fit_come_first_and_others_say_why_not(tmp_path: Path) -> None:
    found = items(tmp_path, FIT + "    takes: {data: ‸\n  last: {run: x}\n")
    fitting = [i.label for i in found if i.rank == 0]
    assert fitting == ["table", "split.train", "split.test"]
    others = {i.label: i.detail for i in found if i.rank > 0}
    assert others["acc"] == "Accuracy — 'score' comes after 'fit'"
    assert others["time"] == "Seconds — nothing gives it yet"
    assert "fit.model" not in others


def test_a_reference_that_an_adapter_converts_says_so(tmp_path: Path) -> None:
    (tmp_path / "lab.types.mline.yaml").write_text(
        "mline: 1\nlibrary: lab\ntypes:\n  Look: {is: Stage, takes: {p: ParquetTable, m: Model}}\n",
        "utf-8",
    )
    head = HEAD.replace("[sklearn]", "[tabular, lab]") + STAGES
    found = {i.label: i for i in items(tmp_path, head + "  s: {is: Look, takes: {p: ‸}}\n")}
    assert found["table"].detail == "CsvTable — by tabular.csv_to_parquet"
    assert found["table"].rank < found["acc"].rank
    found = {i.label: i for i in items(tmp_path, head + "  s: {is: Look, takes: {m: ‸}}\n")}
    assert found["table"].detail == "CsvTable — does not fit 'Model'"


def test_outputs_take_types_that_fit_and_entities_that_nothing_gives(tmp_path: Path) -> None:
    found = {i.label: i for i in items(tmp_path, FIT.replace("model: Model", "model: ‸"))}
    assert found["Model"].rank == found["SklearnModel"].rank == 0
    assert "does not fit" in found["CsvTable"].detail
    value = STAGES.replace("value: acc", "value: ‸")
    found = {i.label: i for i in items(tmp_path, HEAD + value)}
    assert found["acc"].rank == 0
    assert found["time"].rank == 0
    assert found["table"].rank > 0


def test_a_type_of_a_library_that_is_not_used_brings_its_use(tmp_path: Path) -> None:
    text = NEW.replace("NEW", "new: ‸")
    (item,) = [i for i in items(tmp_path, text) if i.label == "TorchModel"]
    assert item.detail == "torch — adds 'torch' to 'use'"
    after = written(text.replace("‸", ""), item)
    assert "use: [sklearn, torch]\n" in after
    assert "  new: TorchModel\n" in after
    bare = "mline: 1\nexperiment: x\n# c\nentities: {a: ‸}\n"
    (item,) = [i for i in items(tmp_path, bare) if i.label == "TorchModel"]
    assert written(bare.replace("‸", ""), item) == (
        "mline: 1\nexperiment: x\nuse: [torch]\n# c\nentities: {a: TorchModel}\n"
    )


def test_picks_go_the_way_that_is_better(tmp_path: Path) -> None:
    text = FIT + "    sweep: {over: {depth: [1]}, pick: ‸}\n"
    ready = text.replace("value: acc", "value: acc, seconds: time")
    assert labels(items(tmp_path, ready), 8) == ["max acc", "min time"]
    found = items(tmp_path, ready.replace("‸", "max ‸"))
    assert found[0].label == "acc"
    assert "lower is better" in found[-1].detail


def test_all_instances_of_a_sweep_are_quoted_where_yaml_needs_it(tmp_path: Path) -> None:
    text = FIT + "    with: {a: 1}\n    sweep: {over: {a: [1, 2]}}\n"
    for place, expected in (
        ("  c: {takes: {m: ‸}}\n", "'fit[*].model'"),
        ("  c:\n    takes:\n      m: ‸\n", "fit[*].model"),
    ):
        (item,) = [i for i in items(tmp_path, text + place) if i.label == "fit[*].model"]
        assert item.insert == expected


def test_presets_are_quoted(tmp_path: Path) -> None:
    text = HEAD + "schedule: @d‸\n"
    (item,) = [i for i in items(tmp_path, text) if i.label == "@daily"]
    assert written(text.replace("‸", ""), item).endswith("schedule: '@daily'\n")
    text = HEAD + "schedule: '@d‸'\n"
    (item,) = [i for i in items(tmp_path, text) if i.label == "@daily"]
    assert written(text.replace("‸", ""), item).endswith("schedule: '@daily'\n")


def test_a_space_is_written_behind_a_colon_that_lacks_it(tmp_path: Path) -> None:
    text = FIT + "    runner:‸\n"
    (item,) = [i for i in items(tmp_path, text) if i.label == "docker"]
    assert written(text.replace("‸", ""), item).endswith("    runner: docker\n")


def test_entities_of_other_experiments_are_proposed_by_type() -> None:
    folder = ROOT / "examples" / "churn"
    text = "mline: 1\nexperiment: new\nuse: [./telecom.types.mline.yaml]\n"
    text += "entities:\n  p: {is: ProfileTable, from: }\n"
    found = complete(Project(folder), folder / "new.mline.yaml", text, text.index("}"))
    assert found[0].label == "features.profiles"
    assert found[0].rank == 0
    assert all(item.rank > 0 for item in found[1:] if "ProfileTable" not in item.detail)


# -- libraries and projects ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("l.types.mline.yaml", "‸", ["library", "types", "relations"]),
        (
            "l.types.mline.yaml",
            "mline: 1\nlibrary: l\ntypes: {A: ‸}",
            ["CsvTable", "Stage", "Table"],
        ),
        ("l.types.mline.yaml", "mline: 1\nlibrary: l\ntypes: {A: {‸}}", ["is", "fields", "takes"]),
        (
            "l.types.mline.yaml",
            "mline: 1\nlibrary: l\ntypes: {B: Metric, A: {is: Stage, takes: {x: ‸}}}",
            ["B", "Model"],
        ),
        (
            "l.types.mline.yaml",
            LIBRARY + "is: Model, ‸}}}}",
            ["derived_from", "optional"],
        ),
        (
            "l.types.mline.yaml",
            LIBRARY + "is: Model, derived_from: ‸}}}}",
            ["x"],
        ),
        ("l.types.mline.yaml", "mline: 1\nlibrary: l\nrelations: {r: {from: ‸}}", ["Model"]),
        (
            "l.types.mline.yaml",
            "mline: 1\nlibrary: l\nrules: {r: {match: ['?m mea‸ ?n']}}",
            ["measures"],
        ),
        (
            "l.types.mline.yaml",
            "mline: 1\nlibrary: l\nrules: {r: {level: ‸}}",
            ["error", "warning"],
        ),
        ("mline.yaml", "‸", ["project", "profiles", "rules"]),
        ("mline.yaml", "mline: 1\ntypes: [‸]", ["sklearn"]),
        ("mline.yaml", "mline: 1\nrules: {‸}", ["missing-seed", "unused-param"]),
        ("mline.yaml", "mline: 1\nrules: {missing-seed: ‸}", ["off", "error"]),
        ("mline.yaml", "mline: 1\nprofiles: {p: {runner: ‸}}", ["docker"]),
    ],
)
def test_libraries_and_projects_have_their_own_words(
    tmp_path: Path, name: str, text: str, wanted: list[str]
) -> None:
    found = labels(items(tmp_path, text, name))
    assert [w for w in wanted if w not in found] == []


# -- the place -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "brackets", "quote", "comment", "block"),
    [
        ("a: {b: [c, ", "{[", "", False, False),
        ("a: {b: [c], ", "{", "", False, False),
        ("a: 'b", "", "'", False, False),
        ('a: "b\\" [', "", '"', False, False),
        ("a: it's [ fine", "", "", False, False),
        ("a: b # [ ", "", "", True, False),
        ("a: b# [", "", "", False, False),
        ("a: fit[*].x", "", "", False, False),
        ("a: [ # {\n b, ", "[", "", False, False),
        ("a: |\n  b [ {\n  ", "", "", False, True),
        ("a: |\n  b [ {\nc: {", "{", "", False, False),
        ("a: >-  # why\n  'b", "", "", False, True),
        ("a:\n  - |\n    [", "", "", False, True),
        ("a: |", "", "", False, False),
    ],
)
def test_what_a_place_is_inside_of(
    text: str, brackets: str, quote: str, *, comment: bool, block: bool
) -> None:
    assert inside(text, len(text)) == (brackets, quote, comment, block)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.name)
def test_the_place_is_known_wherever_a_line_is_cut_off(path: Path, newline: str) -> None:
    text = path.read_text("utf-8").replace("\n", newline)
    for match in re.finditer(r"(?m)^ +[a-z_]+: (?=[\w{\[])", text):
        end = text.find(newline, match.end())
        half = text[: match.end()] + text[end:]
        cursor = find_cursor(half, match.end())
        around = inside(half, match.end())
        if around.block or around.comment:
            continue
        assert cursor is not None
        key = match[0].strip().rstrip(":")[:-1] if match[0].endswith(":") else match[0].strip()[:-1]
        assert cursor.path[-1] == key, half[match.start() : match.end()]
        assert cursor.value


def test_the_signature_of_with_is_the_function_s(tmp_path: Path) -> None:
    case = marked(
        FIT
        + "    takes: {data: table}\n    code: ./src\n    call: train:fit\n    with: {rate: ‸}\n",
        "‸",
    )
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "train.py").write_text(CODE, "utf-8")
    found = signature(Project(tmp_path), tmp_path / "x.mline.yaml", case.text, case.cursor)
    assert found is not None
    assert found.label == "train:fit(depth, rate=…)"
    assert found.active == 1
    assert found.doc == "Fits a tree."


def test_the_signature_of_a_component_has_types_and_defaults(tmp_path: Path) -> None:
    text = HEAD + STAGES + "  f: {is: sklearn.Train, takes: {data: table}, with: {}}\n"
    found = signature(Project(tmp_path), tmp_path / "x.mline.yaml", text, text.rindex("{}") + 1)
    assert found is not None
    assert found.label.startswith("sklearn.Train(")
    assert found.active is None
    assert any("=" in shown for shown, _doc in found.parameters)
    assert signature(Project(tmp_path), tmp_path / "x.mline.yaml", text, 3) is None


def test_every_kind_of_file_is_among_the_examples() -> None:
    assert {kind_of(path) for path in EXAMPLES} == {"experiment", "library"}
