"""The work of `mline check`, without click: which files, what is wrong with them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from mline_airflow.dag_factory.diagnostic import Diagnostic, Edit
from mline_airflow.dag_factory.project import EXPERIMENT_SUFFIX, PROJECT_FILE, Project

from ..reporters import render
from ..reporters.report import Report, counted
from .edge import MisuseError, colour_wanted, no_such, say
from .places import Projects, absolute, files_in

_MOST_FIX_ROUNDS = 10


class Target(NamedTuple):
    """One file to check and the project that it belongs to."""

    path: Path
    project: Project


def targets(paths: Iterable[str]) -> list[Target]:
    """Return the files that the arguments mean, each once; raises MisuseError for a wrong one."""
    projects = Projects()
    found: dict[Path, Target] = {}
    for argument in paths:
        path = absolute(argument)
        if path.is_dir():
            for file in _files_of(path, argument):
                found.setdefault(file, Target(file, projects.of(file, path)))
        elif path.exists():
            if not (path.name.endswith(EXPERIMENT_SUFFIX) or path.name == PROJECT_FILE):
                raise MisuseError(
                    f"{argument} is not a file of MLine; those are *{EXPERIMENT_SUFFIX}, "
                    f"*.types{EXPERIMENT_SUFFIX} and {PROJECT_FILE}"
                )
            found.setdefault(path, Target(path, projects.of(path)))
        else:
            raise MisuseError(f"there is no file or folder '{argument}'")
    return list(found.values())


def _files_of(folder: Path, argument: str) -> list[Path]:
    files = files_in(folder)
    if not any(f.name != PROJECT_FILE for f in files):
        raise MisuseError(f"no experiment was found in '{argument}' (*{EXPERIMENT_SUFFIX})")
    return files


def check(wanted: Sequence[Target], profile: str | None = None) -> Report:
    """Check every file under a profile, with what concerns several files of one project."""
    diagnostics: list[Diagnostic] = []
    shown: list[str] = []
    for path, project in wanted:
        shown.append(project.source(path)[0].path)
        diagnostics += _check_one(path, project, profile)
    projects = {id(project): project for _, project in wanted}
    for project in projects.values():
        diagnostics += project.diagnostics
    if len(wanted) > 1:
        names = set(shown)
        for project in projects.values():
            diagnostics += [d for d in project.duplicates() if d.source.path in names]
    return Report.of(shown, diagnostics)


def _check_one(path: Path, project: Project, profile: str | None) -> Iterable[Diagnostic]:
    try:
        return project.checked(path, profile=profile)[1]
    except KeyError as error:
        raise no_such("profile", str(error.args[0]), project.profiles) from None


def fix(wanted: Sequence[Target], profile: str | None = None) -> list[str]:
    """Apply every certain fix, again and again while fixes bring new ones; return what was done."""
    done: list[str] = []
    for path, project in wanted:
        for _ in range(_MOST_FIX_ROUNDS):
            applied = _fix_once(path, _check_one(path, project, profile))
            if not applied:
                break
            done += applied
    return done


def _fix_once(path: Path, found: Iterable[Diagnostic]) -> list[str]:
    data = path.read_bytes()
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    taken: list[Edit] = []
    titles: list[str] = []
    text = ""
    for d in found:
        if d.fix is None or not d.fix.edits or d.source.text.encode() != data.removeprefix(mark):
            continue
        if all(_is_apart(edit, taken) for edit in d.fix.edits):
            text = d.source.text
            taken += d.fix.edits
            at = d.source.position(d.span.start)
            titles.append(f"{d.source.path}:{at.line}:{at.column}: {d.fix.title}")
    for edit in sorted(taken, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    if taken:
        path.write_bytes(mark + text.encode())
    return titles


def _is_apart(edit: Edit, taken: Iterable[Edit]) -> bool:
    """Tell whether an edit touches no other: two changes of one place are no longer certain."""
    return all(
        edit.span.end < other.span.start or other.span.end < edit.span.start for other in taken
    )


def check_and_print(
    paths: Sequence[str],
    *,
    form: str = "text",
    profile: str | None = None,
    apply_fixes: bool = False,
    quiet: bool = False,
) -> int:
    """Check files and write the report to standard output; 1 when there is an error."""
    wanted = targets(paths or ["."])
    if apply_fixes:
        done = fix(wanted, profile)
        for line in done:
            say(line)
        say(f"{counted(len(done), 'fix').replace('fixs', 'fixes')} applied")
    report = check(wanted, profile)
    if not (quiet and form == "text" and not report.diagnostics):
        sys.stdout.write(render(report, form, colour=colour_wanted()))
    return 1 if report.failed else 0
