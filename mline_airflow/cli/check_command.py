"""`mline check`."""

from __future__ import annotations

import sys

import click

from ..reporters import FORMATS
from . import completing, options
from .edge import MisuseError, colour_wanted


@click.command(name="check", short_help="Say what is wrong with experiments, and where.")
@click.argument("paths", nargs=-1, shell_complete=completing.experiments)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    help="text for people; json, sarif (2.1.0) or github (annotations) for machines.",
)
@options.profile
@click.option("--fix", is_flag=True, help="Apply the fixes that are certain, then check again.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing when nothing is found.")
@click.option("--explain", metavar="CODE", help="Explain a code, as in 'error unknown-stage'.")
def command(
    paths: tuple[str, ...],
    form: str,
    profile: str | None,
    *,
    fix: bool,
    quiet: bool,
    explain: str | None,
) -> int:
    """Check experiments, type libraries and mline.yaml: shape, names, types, and the science.

    PATHS are files and folders; a folder is searched. Left out, it is this folder. Nothing is
    run or imported, and Airflow is not needed. The status is 1 when there is an error, 0 for
    warnings and hints, 2 when nothing is there to check.

    \b
    Examples:
      mline check
      mline check iris.mline.yaml --fix
      mline check experiments/ --format sarif > mline.sarif
      mline check --explain metric-on-training-data
    """
    if explain is not None:
        return _explain(explain)
    from .checking import check_and_print

    return check_and_print(paths, form=form, profile=profile, apply_fixes=fix, quiet=quiet)


def _explain(code: str) -> int:
    from mline_airflow.dag_factory.diagnostic import catalogue

    from ..reporters.explain import explain, rules

    known = {**catalogue(), **rules()}
    if code not in known:
        from mline_airflow.dag_factory.suggest import nearest

        near = nearest(code, known)
        hint = f"; did you mean '{near}'?" if near else ""
        raise MisuseError(f"there is no code '{code}'{hint}")
    sys.stdout.write(explain(code, known[code], colour=colour_wanted()))
    return 0
