"""`mline quickstart`: a real Airflow with one experiment running in it, from nothing.

Starts the API server, the scheduler, the DAG processor and the triggerer on SQLite, with a folder
of experiments as their bundle, triggers one experiment and shows how it goes. At a terminal it
then stays up until Ctrl-C; elsewhere, or with ONCE=1, it ends with the run's exit status.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from mline_airflow.dag_factory.project import Project
from mline_airflow.dag_factory.suggest import nearest

from .api import Api, ApiError
from .examples import editable
from .processes import ProcessError, Processes, end_all
from .screen import Screen
from .state import USER, InUseError, Login, State, free_ports

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

START_SECONDS = 240.0
DAG_SECONDS = 120.0
_POLL_SECONDS = 0.5
_ENDED = {"success", "failed"}


class GaveUpError(Exception):
    """Something did not happen in time; the text says what, and what to look at."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the quickstart; returns the exit status."""
    options = _parser().parse_args(arguments)
    console = Console(highlight=False)
    given = options.project or _examples()
    project = given.expanduser().resolve()
    if not project.is_dir():
        console.print(f"there is no folder {project}")
        return 2
    folder = options.state or project.parent / ".mline" / "quickstart"
    folder = folder.expanduser().absolute()
    state = State(folder, project)
    if options.project is None and _is_checkout(project):
        # What is saved in the editor must not be a commit of MLine's own checkout.
        state = State(folder, folder / "workspace")
    stay = sys.stdout.isatty() and not options.once and os.environ.get("ONCE", "") in {"", "0"}
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        with state.locked():
            if state.project != project:
                state = State(folder, editable(project, state.project))
            if missing := _missing(options.experiment, state.project):
                console.print(missing, markup=False, soft_wrap=True)
                return 2
            return _run(state, options.experiment, console, stay=stay)
    except InUseError as error:
        console.print(f"a quickstart is already running on {state.folder}: {error}")
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mline quickstart", description=__doc__.splitlines()[0])
    parser.add_argument("experiment", nargs="?", default="iris", help="id of what to run")
    parser.add_argument(
        "--project", type=Path, help="folder of experiments (a copy of the examples)"
    )
    parser.add_argument(
        "--state", type=Path, help="state folder (.mline/quickstart beside the project)"
    )
    parser.add_argument("--once", action="store_true", help="end when the run has ended")
    return parser


def _examples() -> Path:
    """Return the examples of this checkout; the current folder when it is not one."""
    here = Path(__file__).resolve().parents[2] / "examples"
    return here if here.is_dir() else Path.cwd()


def _is_checkout(project: Path) -> bool:
    return project == Path(__file__).resolve().parents[2] / "examples"


def _missing(experiment: str, project: Path) -> str | None:
    """Say that there is no such experiment, before a minute is spent on starting Airflow."""
    known = Project.open(project).ids()
    if experiment in known:
        return None
    near = nearest(experiment, known)
    hint = f"; did you mean '{near}'?" if near else ""
    names = ", ".join(sorted(known)) or "none"
    return f"no such experiment '{experiment}' in {project} (experiments: {names}{hint})"


def _interrupt(number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


def _run(state: State, experiment: str, console: Console, *, stay: bool) -> int:
    # What a killed predecessor left behind holds its ports and its database.
    end_all(str(state.folder))
    ports = free_ports()
    login = Login(f"http://127.0.0.1:{ports['api']}", USER, state.password())
    state.announce(login)
    processes = Processes(state.environment(ports), state.folder / "logs" / "components")
    try:
        with Screen(console) as screen:
            _prepare(state, processes, screen)
            status = _show_run(Api(*login), experiment, processes, screen)
        console.print(f"\nAirflow: {login.url}   user: {login.user}   password: {login.password}")
        console.print(
            f"Editor:  {login.url}/mline/   (saves go to {state.project})", soft_wrap=True
        )
        if stay:
            console.print("Ctrl-C ends it.")
            _stay(processes)
    except (ProcessError, GaveUpError, ApiError) as error:
        console.print(f"{error}\nlogs: {state.folder / 'logs' / 'components'}", markup=False)
        return 1
    except KeyboardInterrupt:
        console.print("ending …")
        return 0 if stay else 130
    else:
        return status
    finally:
        _undisturbed(processes.stop)


def _prepare(state: State, processes: Processes, screen: Screen) -> None:
    """Make the database, or bring it to this version; one that cannot be used is made anew."""
    if state.is_prepared():
        return
    screen.step("preparing Airflow's database")
    if not state.is_sound():
        state.forget()
    if processes.airflow("db", "migrate", log="db") != 0:
        screen.step("the old database cannot be used: making a new one")
        state.forget()
        if processes.airflow("db", "migrate", log="db") != 0:
            raise ProcessError(processes.last_lines("db"))
    state.prepared()


def _show_run(api: Api, experiment: str, processes: Processes, screen: Screen) -> int:
    started = datetime.now(UTC)
    screen.step("starting Airflow")
    processes.start()
    _wait(api.healthy, START_SECONDS, "Airflow is not up", processes)
    screen.step(f"waiting for the experiment {experiment}")
    try:
        _wait(lambda: api.has_dag(experiment, started), DAG_SECONDS, "", processes)
    except GaveUpError:
        problems = "\n".join(api.import_errors()) or "no such experiment, and no import error"
        message = f"Airflow has no DAG '{experiment}'\n{problems}"
        raise GaveUpError(message) from None
    run_id = api.trigger(experiment)
    while True:
        processes.check()
        run_state = api.run_state(experiment, run_id)
        instances = api.task_instances(experiment, run_id)
        screen.progress(f"{experiment}: {run_state}", instances)
        if run_state in _ENDED:
            break
        time.sleep(_POLL_SECONDS)
    screen.pause()
    records = [
        record
        for instance in instances
        if instance["state"] == "success"
        and (
            record := api.record(
                experiment, run_id, instance["task_id"], instance.get("map_index", -1)
            )
        )
    ]
    screen.result(instances, records)
    screen.console.print(f"run {run_id}: {run_state}", markup=False)
    return 0 if run_state == "success" else 1


def _wait(
    condition: Callable[[], bool], seconds: float, message: str, processes: Processes
) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        processes.check()
        if time.monotonic() > deadline:
            text = f"{message} after {seconds:.0f} s"
            raise GaveUpError(text)
        time.sleep(_POLL_SECONDS)


def _stay(processes: Processes) -> None:
    while True:
        processes.check()
        time.sleep(1)


def _undisturbed(finish: Callable[[], None]) -> None:
    """Finish although Ctrl-C is pressed again: half an ended Airflow is worse than a wait."""
    kept = {n: signal.signal(n, signal.SIG_IGN) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        finish()
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
