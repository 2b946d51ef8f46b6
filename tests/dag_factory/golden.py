"""Golden cases: what the compiler says of the files below `tests/cases/`, line by line.

A case is a file, or a folder with a `mline.yaml`. What is expected of `NAME.mline.yaml` or the
folder `NAME` stands in `NAME.out`. `make cases` writes the expectations anew; read the difference
as the user of each file before you commit it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from mline_airflow.dag_factory.diagnostic import Diagnostic, catalogue
from mline_airflow.dag_factory.plan import Plan
from mline_airflow.dag_factory.project import PROJECT_FILE, Project, kind_of
from mline_airflow.dag_factory.text import SourceFile, Span

CASES = Path(__file__).resolve().parent.parent / "cases"
SUFFIXES = (".types.mline.yaml", ".mline.yaml")


def cases(kind: str) -> list[Path]:
    """Return the cases of a kind (`err`, `ok`, `plan`): files, and folders with a `mline.yaml`."""
    return sorted(_cases(CASES / kind))


def _cases(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir():
            if (path / PROJECT_FILE).is_file():
                yield path
            else:
                yield from _cases(path)
        elif path.name.endswith(SUFFIXES):
            yield path


def name_of(case: Path) -> str:
    """Return `topic/fact`."""
    relative = case.relative_to(CASES).as_posix().partition("/")[2]
    for suffix in SUFFIXES:
        relative = relative.removesuffix(suffix)
    return relative


def expectation(case: Path, suffix: str = ".out") -> Path:
    """Return the file that says what is expected of a case."""
    return case.with_name(name_of(case).rpartition("/")[2] + suffix)


def diagnostics_of(case: Path) -> tuple[Diagnostic, ...]:
    """Return every finding in a case's files."""
    project = project_of(case)
    if case.is_file():
        return _of_file(project, case)
    found = list(project.diagnostics)
    for path in (*project.libraries(), *project.experiments()):
        found.extend(_of_file(project, path))
    return (*found, *project.duplicates())


def project_of(case: Path) -> Project:
    """Return the case's project; a single file's is the folder that it lies in."""
    return Project(case) if case.is_dir() else Project(case.parent)


def _of_file(project: Project, path: Path) -> tuple[Diagnostic, ...]:
    if kind_of(path) == "experiment":
        return project.plan(path).diagnostics
    return project.analyze(path).diagnostics


def plan_of(case: Path, profile: str | None = None) -> Plan:
    """Return the plan of a case that has one experiment to plan: the file, or `case.mline.yaml`."""
    project = project_of(case)
    compiled = project.plan(case / "case.mline.yaml" if case.is_dir() else case, profile)
    if compiled.plan is None:
        raise ValueError("\n".join(map(str, compiled.diagnostics)))
    return compiled.plan


# -- what is written -----------------------------------------------------------------------------


def lines_of(diagnostics: Iterable[Diagnostic], *, paths: bool) -> Iterator[str]:
    """Yield the lines of an expectation: the finding, then its related places and its fix."""
    for found in diagnostics:
        place = _place(found.source, found.span, path=paths)
        yield f"{place} {found.severity} {found.code} {found.message}"
        for related in found.related:
            other = paths or related.source is not found.source
            yield f"    see {_place(related.source, related.span, path=other)} {related.message}"
        if found.fix is not None:
            yield f"    fix {found.fix.title}"
            for edit in found.fix.edits:
                text = json.dumps(edit.text, ensure_ascii=False)
                yield f"        {_place(found.source, edit.span, path=False)} {text}"


def _place(source: SourceFile, span: Span, *, path: bool) -> str:
    if source.path.startswith("<"):
        return source.path  # lines of built-in libraries move when they grow
    start, end = source.position(span.start), source.position(span.end)
    text = f"{start.line}:{start.column}-{end.line}:{end.column}"
    return f"{source.path}:{text}" if path else text


def produced(case: Path) -> str:
    """Return what the compiler says of a case now."""
    lines = lines_of(diagnostics_of(case), paths=case.is_dir())
    return "".join(f"{line}\n" for line in lines)


def diagnostics_page() -> str:
    """Return `docs/diagnostics.md`."""
    parts = [
        "# Diagnostics",
        "Made from `schemas/diagnostics.json` by `make cases UPDATE=1`.",
        "`mline.yaml` changes levels of warnings and infos; a comment silences one in its place.",
    ]
    for severity in ("error", "warning", "info"):
        parts.append(f"## {severity.capitalize()}s")
        for code, info in catalogue().items():
            if info.severity == severity:
                parts.append(f"### {code}")
                parts.append(f"**{info.title}.** {info.explanation}")
    return "\n\n".join(parts) + "\n"


def update() -> None:
    """Write every expectation anew and name the ones that changed."""
    for kind in ("err", "ok"):
        for case in cases(kind):
            _write(expectation(case), produced(case))
    _write(CASES.parent.parent / "docs" / "diagnostics.md", diagnostics_page())
    for case in cases("plan"):
        _write(
            expectation(case, ".json"),
            json.dumps(plan_of(case), indent=1, ensure_ascii=False) + "\n",
        )


def _write(path: Path, text: str) -> None:
    if not path.is_file() or path.read_text("utf-8") != text:
        path.write_text(text, "utf-8")
        sys.stdout.write(f"{path.name}\n")


if __name__ == "__main__":
    update()
