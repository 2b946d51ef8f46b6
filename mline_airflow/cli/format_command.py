"""`mline format`."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from ..formatting.formatter import Formatted, format_text
from . import completing
from .edge import MisuseError, colour_wanted, say


@click.command(name="format", short_help="Lay files out in their canonical form.")
@click.argument("paths", nargs=-1, shell_complete=completing.experiments)
@click.option("--check", is_flag=True, help="Write nothing; status 1 when a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
def command(paths: tuple[str, ...], *, check: bool, diff: bool) -> int:
    """Write files in the canonical form: two spaces a level, one way to write each thing.

    Comments and the order of keys stay, aligned columns stay aligned, and a file never means
    something else afterwards. A file with broken YAML is left alone. '-' reads standard
    input and writes standard output.

    \b
    Examples:
      mline format
      mline format --check experiments/
      mline format --diff iris.mline.yaml
      mline format - < iris.mline.yaml
    """
    if paths == ("-",):
        return _filter()
    from .checking import targets

    changed = failed = 0
    wanted = targets(paths or ["."])
    for path, _ in wanted:
        shown = _shown(path)
        before = _read(path)
        result = format_text(shown, before)
        failed += _report(shown, result)
        if not result.changed:
            continue
        changed += 1
        if diff:
            sys.stdout.writelines(_diff(shown, before, result.text))
        elif check:
            click.echo(f"{shown} would change")
        else:
            path.write_bytes(result.text.encode())
            click.echo(f"{shown} formatted")
    _sum_up(changed, len(wanted), dry=check or diff)
    return 1 if failed or (changed and (check or diff)) else 0


def _filter() -> int:
    result = format_text("<stdin>", sys.stdin.buffer.read().decode("utf-8", "strict"))
    sys.stdout.buffer.write(result.text.encode())
    return _report("<stdin>", result)


def _shown(path: Path) -> str:
    here = Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else str(path)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise MisuseError(f"{_shown(path)} is not UTF-8 (byte {error.start})") from None


def _report(shown: str, result: Formatted) -> int:
    """Say why a file was left alone; return 1 when that is an error."""
    if result.refused:
        say(f"{shown} was left alone: {result.refused}")
        return 1
    if not result.diagnostics:
        return 0
    from ..reporters import Report, render

    errors = [d for d in result.diagnostics if d.severity == "error"]
    report = Report.of([shown], errors)
    sys.stderr.write(render(report, "text", colour=colour_wanted(sys.stderr)))
    return 1 if errors else 0


def _diff(shown: str, before: str, after: str) -> Iterator[str]:
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), shown, shown
    )
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n\\ no newline at the end\n"


def _sum_up(changed: int, total: int, *, dry: bool) -> None:
    from ..reporters.report import counted

    if not changed:
        say(f"{counted(total, 'file')} in canonical form")
    else:
        verb = "would change" if dry else "changed"
        say(f"{changed} of {counted(total, 'file')} {verb}")
