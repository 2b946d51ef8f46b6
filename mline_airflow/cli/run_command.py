"""`mline run`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from . import completing, options
from .edge import INTERRUPTED, colour_wanted

if TYPE_CHECKING:
    from ..stages.protocol import CacheMode


@click.command(name="run", short_help="Run an experiment here, without Airflow.")
@options.experiment
@click.option(
    "--stage",
    "-s",
    metavar="STAGE",
    shell_complete=completing.stages,
    help="Run this stage only; what it takes comes from the newest good run.",
)
@click.option(
    "--from",
    "from_stage",
    metavar="STAGE",
    shell_complete=completing.stages,
    help="Run this stage and all that depends on it.",
)
@options.params
@click.option("--no-cache", "cache", flag_value="off", help="Neither read nor write the cache.")
@click.option(
    "--refresh", "cache", flag_value="refresh", help="Run everything, and renew the cache."
)
@options.local_profile
@options.local
@click.option("--quiet", "-q", is_flag=True, help="Show failures and the result only.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print the result as JSON; progress goes to standard error.",
)
def command(
    experiment: str | None,
    stage: str | None,
    from_stage: str | None,
    params: tuple[str, ...],
    cache: str | None,
    profile: str | None,
    store: str | None,
    parallel: int,
    *,
    processes: bool,
    quiet: bool,
    as_json: bool,
) -> int:
    """Run EXPERIMENT in this process's place, without a scheduler, and show how it goes.

    Stages run as processes of this machine, with its Python and its programs, or in
    containers of its Docker Engine, as the profile says. Settings that have no effect here
    are named. Results are cached: a stage whose code, inputs and parameters are the same is
    not run again. Secrets are read from AIRFLOW_VAR_NAME and AIRFLOW_CONN_ID. The status is
    1 when a stage failed.

    \b
    Examples:
      mline run
      mline run iris -p test_size=0.3 -p depth=5
      mline run iris --from fit --no-cache
      mline run iris --profile docker
      mline run iris --json | jq .metrics
    """
    from ..local.run import run_experiment
    from .edge import MisuseError
    from .loading import load, task_of
    from .local import Local
    from .run_screen import screen
    from .run_summary import as_data, summary

    if stage is not None and from_stage is not None:
        raise MisuseError("--stage and --from exclude each other")
    loaded = load(experiment)
    plan = loaded.local_plan(profile, processes=processes)
    for name in filter(None, (stage, from_stage)):
        task_of(plan, name)
    local = Local(plan, loaded.project.root, store, parallel)
    modes: dict[str | None, CacheMode | None] = {None: None, "off": False, "refresh": "refresh"}
    wanted = local.options(params, stage=stage, from_stage=from_stage, cache=modes[cache])
    with screen(quiet=quiet, stream=sys.stderr if as_json else None) as show:
        result = run_experiment(plan, local.root, local.store, wanted, show)
    if as_json:
        sys.stdout.write(json.dumps(as_data(plan, result), ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write(summary(plan, result, colour=colour_wanted()))
    return {"success": 0, "cancelled": INTERRUPTED}.get(result.status, 1)
