"""The command line: what is printed, what is written, and the exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from mline_airflow.cli import main

GOOD = """mline: 1
experiment: iris
title: Iris
params:
  depth: 3
defaults: {image: python:3.12-slim, code: ./src}
entities:
  table: {is: CsvTable, at: ./iris.csv}
  accuracy: {is: Accuracy, measures: fit.model, measured_on: split.test}
stages:
  split:
    is: Split
    takes: {table: table}
    gives: {train: CsvTable, test: CsvTable}
    call: work:split
    with: {seed: 1}
  fit:
    is: Train
    takes: {data: split.train}
    gives: {model: Model}
    call: work:fit
    with: {depth: $params.depth, seed: 1}
    env: {MODE: fast}
  score:
    is: Evaluate
    takes: {model: fit.model, data: split.test}
    gives: {value: accuracy}
    call: work:score
release: {gate: [accuracy >= 0.5]}
"""
CODE = """
def split(table, seed): ...
def fit(data, depth, seed): ...
def score(model, data): ...
"""


class Done(NamedTuple):
    """What a command line did."""

    status: int
    out: str
    err: str


Mline = Callable[..., Done]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "iris.mline.yaml").write_text(GOOD, "utf-8")
    (tmp_path / "iris.csv").write_text("a,b\n1,2\n", "utf-8")
    (tmp_path / "src").mkdir()
    (tmp_path / "src/work.py").write_text(CODE, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def mline(project: Path, capsys: pytest.CaptureFixture[str]) -> Mline:
    def run(*words: str) -> Done:
        status = main(list(words))
        captured = capsys.readouterr()
        return Done(status, captured.out, captured.err)

    return run


def write(project: Path, **changes: str) -> None:
    text = GOOD
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    (project / "iris.mline.yaml").write_text(text, "utf-8")


# -- check -----------------------------------------------------------------------------------------


def test_check_of_a_right_file_passes(mline: Mline) -> None:
    assert mline("check", "iris.mline.yaml") == (0, "no problems in 1 file\n", "")


def test_check_with_and_without_options_says_the_same(mline: Mline, project: Path) -> None:
    write(project, Train="Trian")
    plain, full = mline("check", "iris.mline.yaml"), mline("check", "--format", "text", ".")
    assert plain == full
    assert plain.status == 1
    assert "iris.mline.yaml:18:9: error unknown-type: " in plain.out
    assert "18 |     is: Trian\n   |         ^^^^^\n" in plain.out


def test_check_of_a_folder_finds_everything_below(mline: Mline, project: Path) -> None:
    for name in ("b/two.mline.yaml", ".hidden/x.mline.yaml", "node_modules/y.mline.yaml"):
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text("mline: 1\n", "utf-8")
    files = json.loads(mline("check", "--format", "json").out)["files"]
    assert files == ["b/two.mline.yaml", "iris.mline.yaml"]


def test_check_tells_of_two_experiments_with_one_id(mline: Mline, project: Path) -> None:
    (project / "two.mline.yaml").write_text(GOOD, "utf-8")
    done = mline("check")
    assert done.status == 1
    assert "two.mline.yaml:2:13: error duplicate-experiment" in done.out


def test_check_finds_what_only_a_profile_makes_wrong(mline: Mline, project: Path) -> None:
    (project / "mline.yaml").write_text(
        "mline: 1\nproject: p\nprofiles:\n  local: {runner: process}\n  prod: {runner: docker}\n",
        "utf-8",
    )
    write(project, **{"image: python:3.12-slim, ": ""})
    assert mline("check").status == 0
    done = mline("check", "--profile", "prod")
    assert done.status == 1
    assert "missing-image" in done.out


def test_check_reports_mistakes_of_the_project_file(mline: Mline, project: Path) -> None:
    (project / "mline.yaml").write_text("mline: 1\nprojekt: p\n", "utf-8")
    done = mline("check", "iris.mline.yaml")
    assert done.status == 1
    assert "mline.yaml:2:1: error unknown-key" in done.out


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_check_for_machines_prints_one_document(form: str, mline: Mline, project: Path) -> None:
    write(project, Train="Trian")
    done = mline("check", "--format", form)
    assert done.status == 1
    assert json.loads(done.out)


def test_check_fix_makes_the_certain_changes_and_no_other(mline: Mline, project: Path) -> None:
    text = GOOD.replace("split.train", "split.trian").replace("image:", "imgae:")
    text = text.replace("\n", "\r\n")
    (project / "iris.mline.yaml").write_bytes(text.encode())
    done = mline("check", "--fix")
    fixed = (project / "iris.mline.yaml").read_bytes().decode()
    assert fixed == GOOD.replace("\n", "\r\n")
    assert done.status == 0
    assert "2 fixes applied" in done.err


def test_check_explains_a_code(mline: Mline) -> None:
    done = mline("check", "--explain", "unknown-stage")
    assert done.status == 0
    assert done.out.startswith("error unknown-stage\n")


def test_check_quiet_says_nothing_when_nothing_is_wrong(mline: Mline) -> None:
    assert mline("check", "--quiet") == (0, "", "")


def test_check_of_a_file_that_is_not_utf8_points_at_the_byte(mline: Mline, project: Path) -> None:
    (project / "iris.mline.yaml").write_bytes(b"mline: 1\nexperiment: caf\xe9\n")
    done = mline("check", "iris.mline.yaml")
    assert done.status == 1
    assert "iris.mline.yaml:2:16: error not-utf8: byte 0xE9" in done.out


@pytest.mark.parametrize("name", [".", "iris.mline.yaml", "lab.types.mline.yaml"])
def test_empty_files_are_errors_without_a_traceback(name: str, mline: Mline, project: Path) -> None:
    (project / "iris.mline.yaml").write_text("", "utf-8")
    (project / "lab.types.mline.yaml").write_text("\n", "utf-8")
    assert mline("check", name).status == 1


# -- misuse: status 2 and one line that helps ------------------------------------------------------

MISUSE = {
    ("check", "nowhere"): "there is no file or folder 'nowhere'",
    ("check", "src"): "no experiment was found in 'src' (*.mline.yaml)",
    ("check", "iris.csv"): "iris.csv is not a file of MLine",
    ("check", "--profile", "prud"): "no such profile 'prud' (profiles: default)",
    (
        "check",
        "--explain",
        "unknown-stag",
    ): "no code 'unknown-stag'; did you mean 'unknown-stage'?",
    ("chekc",): "no such command 'chekc'; did you mean 'check'?; see 'mline --help'",
    ("check", "--fxi"): "no such option",
    (
        "plan",
        "--stage",
        "fitt",
    ): "no such stage 'fitt' (stages: split, fit, score; did you mean 'fit'?",
    ("plan", "irsi"): "no such experiment 'irsi' (experiments: iris; did you mean 'iris'?)",
    ("plan", "src"): "there is no experiment (*.mline.yaml) in src",
    ("plan", "nowhere.mline.yaml"): "there is no file or folder 'nowhere.mline.yaml'",
    ("run", "-p", "dept=3"): "there is no param 'dept'; did you mean 'depth'?",
    ("run", "-p", "depth=deep"): "param 'depth'",
    ("run", "--stage", "fit", "--from", "fit"): "exclude each other",
    ("test",): "'iris' has no tests",
    ("types", "CsvTabel"): "did you mean 'CsvTable'?",
    ("types", "--library", "lab"): "no such library 'lab'",
    ("export", "--run", "last"): "'iris' has no runs",
    ("artifacts", "get", "iris.fit.model", "x"): "no such experiment 'iris'",
    ("artifacts", "get", "0123456789", "x"): "there is no artifact '0123456789'",
    ("init", "."): None,
}


@pytest.mark.parametrize("words", MISUSE, ids=" ".join)
def test_misuse_is_one_helpful_line_and_status_2(words: tuple[str, ...], mline: Mline) -> None:
    if words == ("init", "."):
        Path("mline.yaml").write_text("mline: 1\nproject: p\n", "utf-8")
    done = mline(*words)
    assert done.status == 2
    assert done.err.count("\n") == 1
    assert done.err.startswith("mline: ")
    assert (MISUSE[words] or "mline.yaml; nothing was written") in done.err


def test_errors_of_a_file_stop_other_commands_with_status_1(mline: Mline, project: Path) -> None:
    write(project, Train="Trian")
    for words in (("plan",), ("run",), ("plan", "--json")):
        done = mline(*words)
        assert (done.status, done.out) == (1, "")
        assert "error unknown-type" in done.err


def test_two_experiments_in_a_folder_must_be_named(mline: Mline, project: Path) -> None:
    (project / "two.mline.yaml").write_text(GOOD.replace("iris", "two"), "utf-8")
    done = mline("plan")
    assert done.status == 2
    assert "2 experiments; name one: iris.mline.yaml, two.mline.yaml" in done.err
    assert mline("plan", "two").status == 0


# -- format ----------------------------------------------------------------------------------------


def test_format_writes_the_canonical_form(mline: Mline, project: Path) -> None:
    write(project, **{"depth: 3": "depth:   {type: integer, default: 3}   # deep"})
    assert mline("format", "--check").status == 1
    assert mline("format").status == 0
    text = (project / "iris.mline.yaml").read_text("utf-8")
    assert text == GOOD.replace("depth: 3", "depth: 3  # deep")
    assert mline("format", "--check").status == 0


def test_format_diff_writes_nothing(mline: Mline, project: Path) -> None:
    write(project, **{"depth: 3": "depth:   3"})
    before = (project / "iris.mline.yaml").read_bytes()
    done = mline("format", "--diff")
    assert "-  depth:   3\n+  depth: 3\n" in done.out
    assert (project / "iris.mline.yaml").read_bytes() == before


def test_format_leaves_broken_yaml_alone(mline: Mline, project: Path) -> None:
    (project / "iris.mline.yaml").write_text("a: [1\nb:   2\n", "utf-8")
    done = mline("format")
    assert done.status == 1
    assert "error yaml-syntax" in done.err
    assert (project / "iris.mline.yaml").read_text("utf-8") == "a: [1\nb:   2\n"


# -- plan, show, types, schema, export -------------------------------------------------------------


def test_plan_as_json_is_the_plan(mline: Mline) -> None:
    plan = json.loads(mline("plan", "--json").out)
    assert plan["experiment"] == "iris"
    assert [task["id"] for task in plan["tasks"]] == ["split", "fit", "score", "release_gate"]


def test_plan_as_a_tree_shows_what_runs_after_what(mline: Mline) -> None:
    out = mline("plan").out
    assert "├─ fit core.Train  docker · python:3.12-slim\n" in out
    assert "after  split\n" in out
    assert "gate   accuracy >= 0.5\n" in out


def test_plan_of_a_stage_shows_what_will_really_run(mline: Mline) -> None:
    done = mline("plan", "--stage", "fit", "--json")
    shown = json.loads(done.out)
    assert shown["argv"] == ["python3", "/mline/shim/mline_shim.py"]
    assert shown["environment"]["PARAM_DEPTH"] == "3"
    assert shown["environment"]["MODE"] == "fast"
    assert shown["environment"]["IN_DATA"] == "/mline/in/data"
    paths = {file["path"]: file for file in shown["files"]}
    assert paths["code/work.py"]["size"] == len(CODE)
    assert paths["code/work.py"]["from"] == "src/work.py"
    assert "shim/mline_shim.py" in paths
    text = mline("plan", "--stage", "fit").out
    assert "python:3.12-slim  the same, unmodified" in text
    assert paths["code/work.py"]["sha256"][:12] in text
    assert "/mline/out/model  → fit.model core.Model" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--instance", "1"], "--instance chooses an instance of a stage; name it with --stage"),
        (["--stage", "fit", "--instance", "1"], "'fit' is in no sweep and has no instances"),
        (["--stage", "fit", "--instance", "x"], "'x' is not a whole number"),
    ],
)
def test_plan_knows_the_instances(mline: Mline, words: list[str], message: str) -> None:
    done = mline("plan", *words)
    assert done.status == 2
    assert message in done.err


def test_show_draws_to_a_file_by_its_name(mline: Mline, project: Path) -> None:
    assert mline("show", "-o", "x.svg").status == 0
    assert (project / "x.svg").read_text("utf-8").startswith("<svg ")
    assert "digraph" in mline("show", "--format", "dot").out
    assert "flowchart LR" in mline("show", "--format", "mermaid").out


def test_show_draws_a_broken_experiment_as_far_as_it_goes(mline: Mline, project: Path) -> None:
    write(project, **{"data: split.train": "data: split.trian"})
    done = mline("show")
    assert done.status == 0
    assert "■ fit Train" in done.out


def test_types_shows_a_tree_and_a_page(mline: Mline) -> None:
    tree = mline("types").out
    assert "\n│  ├─ Table" in tree
    page = mline("types", "CsvTable").out
    assert page.startswith("CsvTable core ")
    for part in ("is ", "iri ", "fields", "relations", "adapters", "examples"):
        assert part in page
    assert (
        json.loads(mline("types", "core.Train", "--json").out)["takes"]["data"]["type"]
        == "core.Dataset"
    )
    assert "inverse" in mline("types", "trained_on").out


def test_types_of_the_project_are_shown(mline: Mline, project: Path) -> None:
    types = "types: {Reading: {is: CsvTable, doc: One sensor.}}"
    text = f"mline: 1\nlibrary: lab\nversion: 1.0.0\n{types}\n"
    (project / "lab.types.mline.yaml").write_text(text, "utf-8")
    assert "Reading lab  One sensor" in mline("types", "--library", "lab").out


def test_schema_is_json_schema(mline: Mline) -> None:
    assert "CsvTable" in json.dumps(json.loads(mline("schema").out))
    assert json.loads(mline("schema", "--for", "library").out)["type"] == "object"


def test_export_writes_linked_data(mline: Mline, project: Path) -> None:
    assert json.loads(mline("export").out)["@graph"]
    assert mline("export", "-o", "x.ttl").status == 0
    assert (project / "x.ttl").read_text("utf-8").startswith("@prefix")


# -- help, completion, start -----------------------------------------------------------------------

WRITE = ["init", "check", "format", "schema", "types"]
LOOK = ["show", "plan"]
RUN = ["run", "test", "quickstart"]
COMMANDS = [*WRITE, *LOOK, *RUN, "artifacts", "export", "completion"]


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_every_command_teaches_by_example(name: str, mline: Mline) -> None:
    done = mline(name, "--help")
    assert done.status == 0
    assert f"mline {name}" in done.out
    assert "Examples:\n" in done.out


def test_help_lists_every_command(mline: Mline) -> None:
    out = mline("--help").out
    for name in COMMANDS:
        assert f"\n  {name} " in out


def test_no_command_shows_the_help(mline: Mline) -> None:
    done = mline()
    assert done.status == 2
    assert "Start here:" in done.out


def test_version_is_the_package_s(mline: Mline) -> None:
    from mline_airflow import __version__

    assert mline("--version").out == f"mline {__version__}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script_of_every_shell(shell: str, mline: Mline) -> None:
    done = mline("completion", shell)
    assert done.status == 0
    assert "_MLINE_COMPLETE" in done.out


def complete(project: Path, line: str) -> list[str]:
    environment = {
        "PATH": "/usr/bin:/bin",
        "_MLINE_COMPLETE": "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split(" ")) - 1),
    }
    done = subprocess.run(
        [sys.executable, "-m", "mline_airflow.cli"],
        env=environment,
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    )
    return [word.partition(",")[2] for word in done.stdout.split()]


def test_shell_completes_commands_experiments_stages_and_parameters(project: Path) -> None:
    assert complete(project, "mline pl") == ["plan"]
    assert "iris" in complete(project, "mline run ir")
    assert complete(project, "mline run iris --stage f") == ["fit"]
    assert complete(project, "mline run iris -p d") == ["depth="]


def modules_after(project: Path, *words: str) -> set[str]:
    program = (
        "import sys; from mline_airflow.cli import main; main(sys.argv[1:]); "
        "sys.stderr.write('\\n'.join(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stderr.split())


def test_check_of_a_file_imports_next_to_nothing(project: Path) -> None:
    loaded = modules_after(project, "check", "iris.mline.yaml")
    heavy = {"airflow", "click", "rich", "jsonschema", "fsspec", "pandas", "asyncio", "logging"}
    assert loaded & heavy == set()


@pytest.mark.parametrize("words", [("plan",), ("show",), ("types",), ("format", "--check")])
def test_commands_start_without_airflow_and_rich(words: tuple[str, ...], project: Path) -> None:
    assert modules_after(project, *words) & {"airflow", "rich", "pandas"} == set()


def test_colours_are_asked_for_or_forbidden(
    mline: Mline, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, Train="Trian")
    assert "\x1b[" not in mline("check").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in mline("check").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in mline("check").out


def test_closed_pipe_ends_quietly(project: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m mline_airflow.cli schema | head -c 1"],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("{", "")


def test_id_is_understood_where_a_folder_has_the_same_name(mline: Mline, project: Path) -> None:
    (project / "iris").mkdir()
    (project / "mline.yaml").write_text("mline: 1\nproject: p\n", "utf-8")
    for name in ("iris", "two"):
        text = GOOD.replace("experiment: iris", f"experiment: {name}")
        (project / f"iris/{name}.mline.yaml").write_text(text.replace("./", "../"), "utf-8")
    (project / "iris.mline.yaml").unlink()
    assert json.loads(mline("plan", "iris", "--json").out)["path"] == "iris/iris.mline.yaml"


def test_run_of_stages_in_a_cluster_says_how_to_run_them_here(mline: Mline, project: Path) -> None:
    write(project, **{"{image: python:3.12-slim": "{runner: kubernetes, image: python:3.12-slim"})
    done = mline("run")
    assert done.status == 2
    assert "the stage 'split' has `runner: kubernetes` under the profile 'local'" in done.err
    assert "add --processes" in done.err


def test_run_of_a_service_in_a_cluster_says_that_it_cannot_be_here(
    mline: Mline, project: Path
) -> None:
    service = "services:\n  db: {image: postgres, runner: kubernetes, offers: {sql: 5432}}\nstages:"
    write(project, **{"stages:": service, "call: work:fit": "uses: [db]\n    call: work:fit"})
    done = mline("run", "--processes")
    assert done.status == 2
    assert "the service 'db' has `runner: kubernetes` under the profile 'local'" in done.err
    assert "--processes" not in done.err


def test_image_keeps_its_entry_point_for_a_command_alone(mline: Mline, project: Path) -> None:
    write(project, **{"call: work:fit": "command: [train, --fast]"})
    out = mline("plan", "--stage", "fit").out
    assert "entrypoint   the image's own   the image's own\n" in out
    assert "command      the image's own   train --fast\n" in out
    out = mline("plan", "--stage", "score").out
    assert "entrypoint   the image's own   python3\n" in out
