"""`mline test`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from . import options
from .edge import INTERRUPTED, MisuseError, colour_wanted, no_such, say

if TYPE_CHECKING:
    from ..dag_factory.plan import Plan
    from ..local.run import Verdict


@click.command(name="test", short_help="Run the experiment's own tests.")
@options.experiment
@click.option(
    "--only",
    "-k",
    metavar="TEST",
    multiple=True,
    help="Run this test; may be given more than once.",
)
@options.params
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
@options.local_profile
@options.local
@click.option("--quiet", "-q", is_flag=True, help="Show failures and the verdicts only.")
def command(
    experiment: str | None,
    only: tuple[str, ...],
    params: tuple[str, ...],
    profile: str | None,
    store: str | None,
    parallel: int,
    *,
    no_cache: bool,
    processes: bool,
    quiet: bool,
) -> int:
    """Run what EXPERIMENT says under `tests`: each with its parameters, and what it expects.

    Only the stages run that the expected metrics need, here and without Airflow, as `mline run`
    does. The status is 1 when a stage fails or something expected does not hold.

    \b
    Examples:
      mline test
      mline test iris -k smoke
    """
    from ..local.run import run_tests
    from .loading import load
    from .local import Local
    from .run_screen import screen

    loaded = load(experiment)
    plan = _selected(loaded.local_plan(profile, processes=processes), only)
    local = Local(plan, loaded.project.root, store, parallel)
    wanted = local.options(params, cache=False if no_cache else None)
    failed = 0
    with screen(quiet=quiet) as show:
        verdicts = list(run_tests(plan, local.root, local.store, wanted, show))
    for verdict in verdicts:
        failed += not verdict.passed
        sys.stdout.write(_verdict(verdict))
    say(f"{len(verdicts) - failed} of {len(verdicts)} tests passed")
    if any(verdict.result.status == "cancelled" for verdict in verdicts):
        return INTERRUPTED
    return 1 if failed else 0


def _selected(plan: Plan, only: tuple[str, ...]) -> Plan:
    if not plan["tests"]:
        name = plan["experiment"]
        raise MisuseError(f"'{name}' has no tests; write them under 'tests' in {plan['path']}")
    for name in only:
        if name not in plan["tests"]:
            raise no_such("test", name, plan["tests"])
    tests = {name: test for name, test in plan["tests"].items() if not only or name in only}
    return {**plan, "tests": tests}


def _verdict(verdict: Verdict) -> str:
    from ..ansi import Paint

    paint = Paint(colour=colour_wanted())
    word = paint("good", "passed") if verdict.passed else paint("error", "failed")
    lines = [f"{word} {paint('strong', verdict.name)}"]
    lines += [f"  {outcome}" for outcome in verdict.outcomes]
    lines += [f"  {verdict.error}"] if verdict.error else []
    return "\n".join(lines) + "\n"
