"""`mline quickstart`."""

from __future__ import annotations

from pathlib import Path

import click

from . import completing
from .edge import MisuseError


@click.command(name="quickstart", short_help="Start a real Airflow with one experiment in it.")
@click.argument("experiment", default="iris", shell_complete=completing.experiments)
@click.option(
    "--project",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder of experiments. Default: the examples of a checkout, else this folder.",
)
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    help="Where its database and logs are kept. Default: .mline/quickstart beside the project.",
)
@click.option("--once", is_flag=True, help="End when the run has ended, with its status.")
def command(experiment: str, project: Path | None, state: Path | None, *, once: bool) -> int:
    """Start Airflow on this machine with a folder of experiments, and run EXPERIMENT in it.

    API server, scheduler, DAG processor and triggerer run on SQLite and this machine's
    processes: to try things out, not to serve. At a terminal it stays up until Ctrl-C.

    \b
    Examples:
      mline quickstart
      mline quickstart churn --once
      mline quickstart mine --project experiments/
    """
    from importlib.util import find_spec

    if find_spec("airflow") is None:
        raise MisuseError("the quickstart needs Airflow; install 'mline-airflow[airflow]'")
    from ..quickstart.main import main

    words = [experiment, *(["--once"] if once else [])]
    for option, value in (("--project", project), ("--state", state)):
        if value is not None:
            words += [option, str(value)]
    return main(words)
