"""Run an experiment on this machine, without Airflow: every task, in order, several at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..artifacts import ArtifactStore
from ..dag_factory.plan import Plan
from ..failures import MLineError
from ..records import Records
from ..stages.conditions import Outcome
from ..stages.decisions import decide_all
from ..stages.inputs import InputSources
from .engine import Engine
from .params import check_params, read_params
from .record_book import RecordBook
from .selection import needed_for
from .values import Event, Node, RunOptions, RunResult

__all__ = [
    "Event",
    "Node",
    "RunOptions",
    "RunResult",
    "Verdict",
    "read_params",
    "run_experiment",
    "run_tests",
    "store_url",
]


def run_experiment(
    plan: Plan,
    root: Path,
    store: ArtifactStore,
    options: RunOptions | None = None,
    on_event: Callable[[Event], None] = lambda _: None,
) -> RunResult:
    """Run a plan and return what came of it; a failing stage is in the result, not raised.

    `on_event` is called from several threads, one call at a time. Ctrl-C ends the children, and the
    status is then `cancelled`. Raises ParamsError, and MLineError for a stage that is not there.
    """
    return Engine(plan, root, store, options or RunOptions(), on_event).run()


@dataclass(frozen=True)
class Verdict:
    """What came of one of the experiment's own tests."""

    name: str
    outcomes: tuple[Outcome, ...]
    result: RunResult
    error: str = ""

    @property
    def passed(self) -> bool:
        """Tell whether the run was good and everything expected held."""
        held = all(outcome.holds for outcome in self.outcomes)
        return self.result.status == "success" and held and not self.error


def run_tests(
    plan: Plan,
    root: Path,
    store: ArtifactStore,
    options: RunOptions | None = None,
    on_event: Callable[[Event], None] = lambda _: None,
) -> Iterator[Verdict]:
    """Run the experiment's own tests, one after the other.

    Only what the expected metrics need is run: a test publishes nothing.
    """
    options = options or RunOptions()
    for name, test in plan["tests"].items():
        only = frozenset(needed_for(plan, test["expect"]))
        params = {**options.params, **test["params"]}
        own = replace(options, params=params, only=only, run=None, trial=True)
        result = run_experiment(plan, root, store, own, on_event)
        yield _judge(name, plan, root, store, own, result)


def _judge(
    name: str, plan: Plan, root: Path, store: ArtifactStore, options: RunOptions, result: RunResult
) -> Verdict:
    if result.status != "success":
        error = next((str(error) for error in result.errors.values()), result.status)
        return Verdict(name, (), result, error)
    records = RecordBook(plan, Records(store), result.records)
    sources = InputSources(store, root, plan["path"], records.record_of)
    try:
        params = check_params(plan, options.params)
        outcomes = decide_all(plan["tests"][name]["expect"], sources, params)
    except MLineError as error:
        return Verdict(name, (), result, str(error))
    return Verdict(name, tuple(outcomes), result)


def store_url(profile: Mapping[str, Any], root: Path) -> str:
    """Return the URL of a profile's store; `file`, or nothing, is `.mline/store` in the project."""
    store = profile.get("store") or "file"
    if store == "file":
        return str(root / ".mline" / "store")
    if "://" in store or Path(store).is_absolute():
        return str(store)
    return str(root / store)
