"""Whatever a text says, the compiler answers with findings: soon, and with places that exist."""

from __future__ import annotations

import json
import resource
import time
from pathlib import Path

import pytest
from edits import Editor
from golden import CASES, cases

from mline_airflow.dag_factory.analysis import Analysis
from mline_airflow.dag_factory.diagnostic import Diagnostic, catalogue
from mline_airflow.dag_factory.plan import plan_text
from mline_airflow.dag_factory.project import Project
from mline_airflow.dag_factory.text import Span

ROOT = CASES.parent.parent
CHUNKS, EDITS = 22, 1500
SLOWEST = 2.0
MOST_MEMORY = 400_000  # KiB more than before


def texts(kind: str) -> list[str]:
    """Return the texts to edit: experiments, libraries or project files of cases and examples."""
    paths = [p for folder in (CASES, ROOT / "examples") for p in sorted(folder.rglob("*.yaml"))]
    if kind == "library":
        chosen = [p for p in paths if p.name.endswith(".types.mline.yaml")]
    elif kind == "project":
        chosen = [p for p in paths if p.name == "mline.yaml"]
    else:
        chosen = [p for p in paths if p.name != "mline.yaml" and ".types." not in p.name]
    return [p.read_bytes().decode("utf-8", "replace") for p in chosen]


def check(found: Diagnostic, analysis: Analysis) -> None:
    """Assert what holds of every finding."""
    size = len(analysis.source.text)
    assert found.severity in {"error", "warning", "info"}
    assert found.code in catalogue() or found.severity != "error"
    assert found.message
    assert "\n" not in str(found), "a finding is one line"
    assert inside(found.span, size)
    for related in found.related:
        assert inside(related.span, len(related.source.text))
    if found.fix is not None:
        assert found.fix.title
        last = 0
        for edit in sorted(found.fix.edits):
            assert inside(edit.span, size)
            assert edit.span.start >= last, "edits of a fix do not overlap"
            last = edit.span.end


def inside(span: Span, size: int) -> bool:
    return 0 <= span.start <= span.end <= size


def analyze(project: Project, path: Path, text: str) -> Analysis:
    """Analyze a text, plan it when it is sound, and check all that comes out."""
    started = time.perf_counter()
    analysis = project.analyze(path, text)
    if analysis.kind == "experiment" and analysis.ok and analysis.resolved is not None:
        compiled = project.plan_of(path, analysis)
        if compiled.plan is not None:
            assert json.loads(plan_text(compiled.plan)) == compiled.plan
    assert time.perf_counter() - started < SLOWEST, text
    for found in analysis.diagnostics:
        check(found, analysis)
    assert list(analysis.diagnostics) == sorted(analysis.diagnostics, key=lambda d: d.sort_key)
    return analysis


def apply_a_fix(project: Project, path: Path, analysis: Analysis) -> None:
    """Apply the first fix that is offered; what it changes is looked at again."""
    fix = next((d.fix for d in analysis.diagnostics if d.fix is not None), None)
    if fix is not None:
        text = analysis.source.text
        for edit in sorted(fix.edits, reverse=True):
            text = text[: edit.span.start] + edit.text + text[edit.span.end :]
        assert text != analysis.source.text, fix.title
        analyze(project, path, text)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_edit_of_an_experiment_makes_the_compiler_fail(chunk: int, tmp_path: Path) -> None:
    editor = Editor(chunk, texts("experiment"))
    project = Project(tmp_path)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(EDITS):
        text = editor.text()
        path = tmp_path / "x.mline.yaml"
        try:
            apply_a_fix(project, path, analyze(project, path, text))
        except Exception as error:  # show which text it was
            raise AssertionError(f"chunk {chunk}, edit {number}: {text!r}") from error
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < MOST_MEMORY


@pytest.mark.parametrize(
    ("kind", "name"), [("library", "x.types.mline.yaml"), ("project", "mline.yaml")]
)
@pytest.mark.parametrize("chunk", range(3))
def test_no_edit_of_a_library_or_project_makes_the_compiler_fail(
    kind: str, name: str, chunk: int, tmp_path: Path
) -> None:
    editor = Editor(chunk, texts(kind))
    project = Project(tmp_path)
    for number in range(EDITS // 2):
        text = editor.text()
        try:
            analyze(project, tmp_path / name, text)
        except Exception as error:
            raise AssertionError(f"{kind}, chunk {chunk}, edit {number}: {text!r}") from error


@pytest.mark.parametrize("chunk", range(3))
def test_no_broken_library_makes_an_experiment_fail(chunk: int, tmp_path: Path) -> None:
    """Libraries and project files are broken on disk, and a sound experiment uses them."""
    libraries, files = Editor(chunk, texts("library")), Editor(chunk, texts("project"))
    experiment = (CASES / "ok" / "library_of_everything" / "case.mline.yaml").read_text("utf-8")
    for number in range(150):
        (tmp_path / "lab.types.mline.yaml").write_text(libraries.text(), "utf-8", "replace")
        (tmp_path / "mline.yaml").write_text(files.text(), "utf-8", "replace")
        project = Project(tmp_path)
        try:
            assert project.profiles is not None
            analyze(project, tmp_path / "case.mline.yaml", experiment)
        except Exception as error:
            text = (tmp_path / "lab.types.mline.yaml").read_text("utf-8", "replace")
            raise AssertionError(f"chunk {chunk}, edit {number}: {text!r}") from error


def test_every_beginning_of_an_experiment_is_answered(tmp_path: Path) -> None:
    """What an editor sees while a file is typed."""
    text = (ROOT / "examples" / "iris" / "iris.mline.yaml").read_text("utf-8")
    project = Project(tmp_path)
    for end in range(0, len(text), 3):
        analyze(project, tmp_path / "x.mline.yaml", text[:end])


def test_bytes_of_any_kind_are_answered(tmp_path: Path) -> None:
    project = Project(tmp_path)
    for number, data in enumerate(
        [b"", b"\xff\xfe", b"\x00" * 100, b"\xef\xbb\xbf", bytes(range(256))]
    ):
        path = tmp_path / f"x{number}.mline.yaml"
        path.write_bytes(data)
        assert project.plan(path).plan is None
        assert project.plan(path).diagnostics


def test_a_large_experiment_is_compiled_in_bounded_time(tmp_path: Path) -> None:
    stages = [
        f"  s{i}:\n    takes: {{a: {f's{i - 1}.out' if i else 'table'}, b: table}}\n"
        "    gives: {out: CsvTable}\n    run: echo\n"
        for i in range(1000)
    ]
    text = (
        "mline: 1\nexperiment: large\ndefaults: {runner: process}\nentities:\n"
        "  table: {is: CsvTable, at: 'https://example.org/t.csv'}\nstages:\n" + "".join(stages)
    )
    analysis = analyze(Project(tmp_path), tmp_path / "x.mline.yaml", text)
    assert analysis.diagnostics == ()


def test_misspelling_everything_is_answered_in_bounded_time(tmp_path: Path) -> None:
    names = [f"entity_{i}" for i in range(400)]
    text = "mline: 1\nexperiment: large\nentities:\n"
    text += "".join(f"  {n}: {{is: CsvTabel, at: 'https://example.org/t'}}\n" for n in names)
    text += "stages:\n"
    text += "".join(f"  s{n}: {{runn: echo, takes: {{x: {n}x}}}}\n" for n in names)
    project = Project(tmp_path)
    started = time.process_time()
    assert len(project.analyze(tmp_path / "x.mline.yaml", text).diagnostics) >= 800
    assert time.process_time() - started < 5


def test_there_is_enough_to_edit() -> None:
    assert len(texts("experiment")) > 250
    assert len(cases("err")) > 150
    assert CHUNKS * EDITS >= 20_000
