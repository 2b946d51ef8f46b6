"""`mline reap`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .edge import say

if TYPE_CHECKING:
    from ..runners.docker_leftovers import Leftover
    from ..services.reap import Reaped


@click.command(name="reap", short_help="End services and containers that were left behind.")
@click.option("--dry-run", is_flag=True, help="End nothing; say what would be.")
@click.option("--all", "everything", is_flag=True, help="End every service, used or not.")
@click.option("--json", "as_json", is_flag=True, help="Print what was ended as JSON.")
def command(*, dry_run: bool, everything: bool, as_json: bool) -> int:
    """End the services that nobody uses any more: nobody has renewed their lease.

    Looks for processes of this user on this machine, and for containers in the Docker Engines
    that the profiles of this project name. Their logs are kept in the stores of their runs.
    Containers of stages are removed when the process of this machine that waited is gone.
    What cannot be ended is told, the others are ended, and the exit status is 1.

    \b
    Examples:
      mline reap --dry-run
      mline reap
      mline reap --all
    """
    from mline_airflow.dag_factory.project import Project

    from ..services.engines import drop_empty_networks, end_leftovers, places_of
    from ..services.place import services_folder
    from ..services.reap import Failures, reap
    from .places import absolute
    from .secrets_here import secret

    project = Project.open(absolute("."), base=Path.cwd())
    places = places_of(project, services_folder(), say)
    failures = Failures(say)
    how: dict[str, Any] = {"everything": everything, "dry_run": dry_run, "secret": secret}
    found = list(reap(places, **how, log=say, failures=failures))
    stages = list(end_leftovers(places, failures, dry_run=dry_run))
    if not dry_run:
        drop_empty_networks(places, failures)
    if as_json:
        rows = [*map(_service, found), *map(_stage, stages)]
        sys.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
    else:
        _print(found, stages, "would be ended" if dry_run else "ended")
    failures.check()
    return 0


def _print(services: list[Reaped], stages: list[Leftover], verb: str) -> None:
    for service in services:
        click.echo(f"{service.instance}: {service.reason}")
    for stage in stages:
        click.echo(f"{stage}: {stage.reason}")
    say(f"{len(services)} services and {len(stages)} leftovers of stages {verb}")


def _service(one: Reaped) -> dict[str, str]:
    return {
        "experiment": one.instance.experiment,
        "run": one.instance.run,
        "service": one.instance.service,
        "runner": one.instance.runner,
        "where": one.instance.where,
        "reason": one.reason,
    }


def _stage(one: Leftover) -> dict[str, str]:
    return {
        "experiment": one.experiment,
        "run": one.run,
        "stage": one.stage,
        "runner": "docker",
        "where": f"{'volume' if one.is_volume else 'container'} {one.id[:12]}",
        "reason": one.reason,
    }
