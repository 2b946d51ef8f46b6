"""Every golden case says what it is expected to say; the cases reach everything."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import golden
import pytest
from golden import CASES, cases, expectation, name_of, plan_of, produced, project_of

from mline_airflow.dag_factory.build_experiment import build_experiment
from mline_airflow.dag_factory.diagnostic import Collector, catalogue, has_errors
from mline_airflow.dag_factory.plan import plan_text
from mline_airflow.dag_factory.project import Project, kind_of
from mline_airflow.dag_factory.text import SourceFile
from mline_airflow.dag_factory.tree import parse

pytestmark = pytest.mark.cases

ERR, OK, PLAN = cases("err"), cases("ok"), cases("plan")
ROOT = CASES.parent.parent
EXAMPLES = sorted((ROOT / "examples").rglob("*.mline.yaml"))
_FINDING = re.compile(r"(?:\S+:)?\d+:\d+-\d+:\d+ (error|warning|info) (\S+) (.+)")
# What no readable file can show; `test_yaml.py` does.
JSON_SCHEMA = {
    *("additionalProperties", "const", "description", "exclusiveMaximum", "exclusiveMinimum"),
    *("format", "items", "maxItems", "maxLength", "maximum", "minItems", "minLength", "minimum"),
    *("multipleOf", "pattern", "properties", "type", "uniqueItems", "enum", "default"),
}
NOT_A_CASE = {"file-too-large"}


@pytest.fixture(scope="session", autouse=True)
def _update() -> None:
    if os.environ.get("UPDATE_CASES"):
        golden.update()


def findings(case: Path) -> list[tuple[str, str, str]]:
    """Return severity, code and message of every expected finding."""
    lines = expectation(case).read_text("utf-8").splitlines()
    found = [_FINDING.fullmatch(line) for line in lines if not line.startswith(" ")]
    assert all(found), "an expectation has a line that is no finding"
    return [match.groups() for match in found if match]  # type: ignore[misc]


@pytest.mark.parametrize("case", ERR + OK, ids=name_of)
def test_case_says_what_is_expected(case: Path) -> None:
    assert produced(case) == expectation(case).read_text("utf-8")


@pytest.mark.parametrize("case", PLAN, ids=name_of)
def test_plan_is_what_is_expected(case: Path) -> None:
    expected = json.loads(expectation(case, ".json").read_text("utf-8"))
    plan = plan_of(case)
    assert plan == expected
    assert plan_text(plan) == plan_text(expected), "the order is part of a plan"


@pytest.mark.parametrize("case", ERR, ids=name_of)
def test_a_case_that_must_fail_has_a_finding(case: Path) -> None:
    assert findings(case)


@pytest.mark.parametrize("case", OK, ids=name_of)
def test_a_case_that_must_pass_has_no_error(case: Path) -> None:
    assert all(severity != "error" for severity, _code, _message in findings(case))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.name)
def test_an_example_has_no_error_and_no_warning(path: Path) -> None:
    project = Project.open(path)
    if kind_of(path) == "experiment":
        found = project.plan(path).diagnostics
    else:
        found = project.analyze(path).diagnostics
    assert [str(d) for d in found if d.severity != "info"] == []


def test_there_are_enough_cases_that_must_fail() -> None:
    assert len(ERR) >= 150


def test_every_expectation_belongs_to_a_case() -> None:
    known = {expectation(case) for case in ERR + OK}
    assert set(CASES.rglob("*.out")) == known
    plans = {expectation(case, ".json") for case in PLAN}
    assert set((CASES / "plan").rglob("*.json")) == plans


def test_every_code_of_the_catalogue_appears_in_a_case() -> None:
    shown = {code for case in ERR for _severity, code, _message in findings(case)}
    assert set(catalogue()) - shown - NOT_A_CASE == set()


def test_codes_have_the_severity_of_the_catalogue() -> None:
    for case in ERR:
        if not case.is_file():
            continue  # a project may change levels
        for severity, code, _message in findings(case):
            assert severity == catalogue()[code].severity


def test_messages_have_the_form_of_messages() -> None:
    for case in ERR:
        for _severity, code, message in findings(case):
            assert not message.endswith("."), code
            assert not message[0].isupper() or message.startswith("U+"), message
            assert "Traceback" not in message


def test_every_key_of_the_language_appears_in_a_case_that_must_pass() -> None:
    texts = [p.read_text("utf-8") for p in (CASES / "plan").rglob("*.yaml")]
    texts += [p.read_text("utf-8") for p in (CASES / "ok").rglob("*.yaml")]
    texts += [text for _line, _name, text in blocks()]
    words = set(re.findall(r"[a-z_]+(?=:)", "\n".join(texts)))
    schemas = ("experiment", "library", "project")
    keys: set[str] = set()
    for name in schemas:
        schema = json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text("utf-8"))
        keys.update(_properties(schema))
    assert keys - words - JSON_SCHEMA == set()


def _properties(schema: object) -> set[str]:
    found: set[str] = set()
    if isinstance(schema, dict):
        properties = schema.get("properties")
        if isinstance(properties, dict):
            found.update(properties)
        for value in schema.values():
            found |= _properties(value)
    elif isinstance(schema, list):
        for value in schema:
            found |= _properties(value)
    return found


def test_every_fix_of_a_case_leads_to_fewer_findings() -> None:
    for case in ERR:
        if not case.is_file() or kind_of(case) != "experiment":
            continue
        project = project_of(case)
        before = project.analyze(case)
        for found in before.diagnostics:
            if found.fix is None:
                continue
            text = before.source.text
            for edit in reversed(found.fix.edits):
                text = text[: edit.span.start] + edit.text + text[edit.span.end :]
            after = project.analyze(case, text)
            same = [
                d for d in after.diagnostics if (d.code, d.message) == (found.code, found.message)
            ]
            assert not same, f"{name_of(case)}: {found.fix.title}"


# -- documentation -------------------------------------------------------------------------------

_BLOCK = re.compile(r"^```yaml(?P<info>[^\n]*)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
LANGUAGE = ROOT / "docs" / "language.md"


def blocks() -> list[tuple[str, str, str]]:
    """Return every YAML block of the reference: its line, the file that it is, or "", its text."""
    text = LANGUAGE.read_text("utf-8")
    return [
        (
            f"line {text.count(chr(10), 0, m.start()) + 1}",
            m["info"].removeprefix(" file "),
            m["text"],
        )
        for m in _BLOCK.finditer(text)
    ]


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project of the files that the reference shows, and of the code that they name."""
    folder = tmp_path_factory.mktemp("reference")
    for _line, name, text in blocks():
        if name:
            (folder / name).write_text(text, "utf-8")
    for part in ("src", "data"):
        shutil.copytree(ROOT / "examples" / "iris" / part, folder / part)
    (folder / "src" / "prepare.py").write_text("def split(table, test_size, seed): ...\n")
    train = "def fit(data, depth, seed): ...\ndef score(model, data): ...\n"
    (folder / "src" / "train.py").write_text(train)
    return Project(folder)


@pytest.mark.parametrize(("line", "name", "text"), blocks(), ids=[b[0] for b in blocks()])
def test_an_example_of_the_reference_compiles(
    line: str, name: str, text: str, reference: Project
) -> None:
    """A block is the file that its first line names, or a part of an experiment."""
    path = reference.root / (name or "part.mline.yaml")
    if not name:
        text = f"mline: 1\nexperiment: part\n{text}"
        if "stages:" not in text:
            text += "stages:\n  a: {run: echo}\n"
    if name == "mline.yaml":
        found = list(reference.diagnostics)
    elif kind_of(path) == "experiment":
        found = list(reference.plan(path, text=text).diagnostics)
    else:
        found = list(reference.analyze(path, text).diagnostics)
    # A gate is not the point of every example; all else that is said would be.
    assert [str(d) for d in found if d.severity != "info"] == [], line


def test_the_page_of_diagnostics_is_made_from_the_catalogue() -> None:
    assert (ROOT / "docs" / "diagnostics.md").read_text("utf-8") == golden.diagnostics_page()


def test_every_diagnostic_is_explained_in_one_or_more_sentences() -> None:
    for code, info in catalogue().items():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)
        assert info.title
        assert not info.title.endswith(".")
        assert info.explanation.endswith(".")


def test_rules_of_core_have_the_level_that_the_catalogue_says() -> None:
    project = Project(CASES)
    for rule in project.types().rules:
        code = rule.name.text.replace("_", "-")
        assert catalogue()[code].severity == rule.level


def test_an_experiment_that_was_read_twice_is_the_same() -> None:
    for case in [c for c in ERR + OK if c.is_file() and kind_of(c) == "experiment"]:
        text = case.read_bytes().decode("utf-8", "replace")
        found = [Collector(SourceFile("x", text)) for _ in range(2)]
        models = [build_experiment(parse(one), one) for one in found]
        assert has_errors(found[0].found) == has_errors(found[1].found)
        if models[0] is not None and models[1] is not None:
            assert list(models[0].stages) == list(models[1].stages)
