"""`mline plan`."""

from __future__ import annotations

import json
import sys

import click

from . import completing, options
from .edge import MisuseError, colour_wanted


@click.command(name="plan", short_help="Show what would run: the tasks, or one stage in full.")
@options.experiment
@click.option(
    "--stage",
    "-s",
    metavar="STAGE",
    shell_complete=completing.stages,
    help="Show this stage as it will really run.",
)
@click.option(
    "--instance",
    metavar="NUMBER",
    type=click.IntRange(min=0),
    help="With --stage in a sweep: which instance, from 0.",
)
@options.profile
@click.option("--json", "as_json", is_flag=True, help="Print JSON: the contract with what runs it.")
def command(
    experiment: str | None,
    stage: str | None,
    instance: int | None,
    profile: str | None,
    *,
    as_json: bool,
) -> int:
    """Show the plan of EXPERIMENT under a profile: what the scheduler will be told.

    With --stage, show what will really run, before and after: the image as published beside the
    command as run, every file that is put in with its sha256, the environment, inputs and
    outputs. Services and secrets have no value before a run and are shown as references.

    \b
    Examples:
      mline plan
      mline plan iris --profile prod
      mline plan iris --stage fit --instance 2
      mline plan iris --json | jq '.tasks[].id'
    """
    from .loading import load

    if instance is not None and stage is None:
        raise MisuseError("--instance chooses an instance of a stage; name it with --stage")
    loaded = load(experiment)
    plan = loaded.plan(profile)
    if stage is None:
        if as_json:
            sys.stdout.write(json.dumps(plan, ensure_ascii=False, indent=2) + "\n")
        else:
            from .plan_tree import plan_tree

            sys.stdout.write(plan_tree(plan, colour=colour_wanted()))
        return 0
    from .loading import task_of
    from .plan_preview import as_data, as_text, preview

    shown = preview(plan, task_of(plan, stage), loaded.project.root, instance=instance)
    if as_json:
        sys.stdout.write(json.dumps(as_data(shown), ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write(as_text(shown, colour=colour_wanted()))
    return 0
