"""Run an experiment on this machine, without Airflow: every task, in order, several at a time."""

from __future__ import annotations

import contextlib
import getpass
import os
import secrets
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

from .artifacts import ArtifactStore
from .conditions import Outcome
from .dag_factory.plan import Plan, Service, Task
from .decisions import decide_all
from .failures import InputError, MLineError, StageError, StageSkippedError
from .inputs import InputSources
from .params import check_params
from .records import GOOD, Record, Records
from .references import ServiceAddress
from .runners.process import ProcessRunner
from .runners.runner import Runner
from .selection import needed_for, select
from .stage import CacheMode, StageContext, run_task

Status = Literal["success", "failed", "cancelled"]
EventKind = Literal["started", "log", "ended", "cached", "skipped", "failed", "not_run", "note"]
NOT_HONOURED = ("retries", "retry_delay", "pool", "queue", "priority")
"""Keys of a stage that mean something to Airflow only."""

_DEFAULT_PARALLEL = 4


class Node(NamedTuple):
    """A task, or one instance of it in a sweep."""

    task: str
    index: int | None = None


@dataclass(frozen=True)
class Event:
    """Something that happened. `name` is what a person calls it: `fit[depth=4]`."""

    kind: EventKind
    task: str
    index: int | None = None
    name: str = ""
    text: str = ""
    record: Record | None = None
    error: BaseException | None = None


@dataclass(frozen=True)
class RunResult:
    """What came of a run. `gate` is None when the gate was not reached, or there is none."""

    experiment: str
    run: str
    status: Status
    records: Mapping[Node, Record]
    metrics: Mapping[str, float | None]
    gate: bool | None
    errors: Mapping[Node, BaseException]
    not_run: tuple[Node, ...] = ()
    skipped: Mapping[Node, str] = field(default_factory=dict)


class ServiceControl(Protocol):
    """Starts and stops the services of a run."""

    def start(self, service: Service, scope: Mapping[str, Any], log: Callable[[str], None]) -> None:
        """Start a service and wait until it is ready; raises MLineError otherwise."""

    def address(self, service: str) -> ServiceAddress:
        """Return where its endpoints are."""

    def stop(self, service: Service, log: Callable[[str], None]) -> None:
        """Stop a service."""


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """How to run. `stage` and `from_stage` narrow a run; what is left out is read from records."""

    params: Mapping[str, Any] = field(default_factory=dict)
    stage: str | None = None
    from_stage: str | None = None
    cache: CacheMode | None = None
    parallel: int = _DEFAULT_PARALLEL
    run: str | None = None
    user: str | None = None
    release: str | None = None
    make_runner: Callable[[Task], Runner] | None = None
    secret: Callable[[str], str] | None = None
    services: ServiceControl | None = None
    storage_options: Callable[[str], Mapping[str, Any]] = field(default=lambda _: {})
    only: frozenset[str] | None = None
    """The ids of the tasks to run, when neither a stage nor all is meant."""


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
    return _Run(plan, root, store, options or RunOptions(), on_event).run()


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
        own = replace(options, params={**options.params, **test["params"]}, only=only, run=None)
        result = run_experiment(plan, root, store, own, on_event)
        yield _judge(name, plan, root, store, own, result)


def _judge(
    name: str, plan: Plan, root: Path, store: ArtifactStore, options: RunOptions, result: RunResult
) -> Verdict:
    if result.status != "success":
        error = next((str(error) for error in result.errors.values()), result.status)
        return Verdict(name, (), result, error)
    records = _RecordBook(plan, Records(store), result.records)
    sources = InputSources(store, root, plan["path"], records.record_of)
    try:
        params = check_params(plan, options.params)
        outcomes = decide_all(plan["tests"][name]["expect"], sources, params)
    except MLineError as error:
        return Verdict(name, (), result, str(error))
    return Verdict(name, tuple(outcomes), result)


class _RecordBook:
    """The records of this run, and of earlier ones for tasks that this run leaves out."""

    def __init__(self, plan: Plan, records: Records, known: Mapping[Node, Record]) -> None:
        self.plan = plan
        self.records = records
        self.known = known
        self._earlier: dict[str, list[Record]] = {}

    def record_of(self, task: str, index: int | str | None) -> Any:
        """Answer as `StageContext.record_of` asks."""
        points = len(_points(self.plan, task))
        if index == "all":
            return [self._one(task, number) for number in range(points)]
        return self._one(task, int(index) if index is not None else None)

    def _one(self, task: str, index: int | None) -> Record:
        if (record := self.known.get(Node(task, index))) is not None:
            return record
        if task not in self._earlier:
            self._earlier[task] = self.records.newest(self.plan["experiment"], task)
        expected = _instance_name(self.plan, task, index)
        for record in self._earlier[task]:
            if record["index"] == index and record["instance"] == expected:
                return record
        name = f"{task}[{expected}]" if expected else task
        raise InputError(f"there is no good record of '{name}' to read from; run it first")


class _Run:
    """One run; the main thread decides what begins, the pool's threads run it."""

    def __init__(
        self,
        plan: Plan,
        root: Path,
        store: ArtifactStore,
        options: RunOptions,
        on_event: Callable[[Event], None],
    ) -> None:
        self.plan = plan
        self.root = root
        self.store = store
        self.options = options
        self.params = check_params(plan, options.params)
        self.run_id = options.run or new_run_id()
        self.tasks = {task["id"]: task for task in plan["tasks"]}
        self.chosen = options.only
        if self.chosen is None:
            self.chosen = frozenset(
                select(plan, stage=options.stage, from_stage=options.from_stage)
            )
        self.waiting = [node for task in plan["tasks"] for node in self._nodes(task)]
        self.running: dict[Future[Record], Node] = {}
        self.done: dict[Node, Record] = {}
        self.errors: dict[Node, BaseException] = {}
        self.skipped: dict[Node, str] = {}
        self.not_run: list[Node] = []
        self.gate: bool | None = None
        self.book = _RecordBook(plan, Records(store), self.done)
        self.started = _now()
        self.commit = git_commit(root)
        self.user = options.user or _user()
        self._on_event = on_event
        self._lock = threading.Lock()
        self._runners: set[Runner] = set()
        self._cancelled = False

    def run(self) -> RunResult:
        self._tell_notes()
        Records(self.store).start_run(self._info(), self.plan)
        pool = ThreadPoolExecutor(max(1, self.options.parallel), thread_name_prefix="mline-stage")
        with pool:
            while self.waiting or self.running:
                try:
                    self._step(pool)
                except KeyboardInterrupt:
                    self._cancel()
        return self._result()

    # -- deciding --------------------------------------------------------------------------------

    def _step(self, pool: ThreadPoolExecutor) -> None:
        self._settle()
        for node in [node for node in self.waiting if self._is_ready(node)]:
            if not self._has_room(node):
                continue
            self.waiting.remove(node)
            self.running[pool.submit(self._run_node, node)] = node
        if not self.running:
            return
        for future in wait(self.running, return_when=FIRST_COMPLETED).done:
            self._take(self.running.pop(future), future)

    def _settle(self) -> None:
        """Give up what can no longer run: after a failure it does not run, after a skip it skips."""
        changed = True
        while changed:
            changed = False
            for node in list(self.waiting):
                fate = self._fate(node)
                if fate:
                    self.waiting.remove(node)
                    changed = True
                    self._give_up(node, fate)

    def _fate(self, node: Node) -> str:
        if self.tasks[node.task]["kind"] == "stop":
            start = next(s["start"] for s in self.plan["services"] if s["stop"] == node.task)
            return "" if Node(start) in self.done or self._is_open(Node(start)) else "not_run"
        if self._cancelled:
            return "not_run"
        before = self._before(node)
        if any(one in self.errors or one in self.not_run for one in before):
            return "not_run"
        return "skipped" if any(one in self.skipped for one in before) else ""

    def _give_up(self, node: Node, fate: str) -> None:
        if fate == "skipped":
            self.skipped[node] = "what it depends on was skipped"
            self._tell("skipped", node, self.skipped[node])
        else:
            self.not_run.append(node)
            self._tell("not_run", node)

    def _is_open(self, node: Node) -> bool:
        return node in self.waiting or node in self.running.values()

    def _is_ready(self, node: Node) -> bool:
        before = self._before(node)
        if self.tasks[node.task]["kind"] == "stop":
            return not any(self._is_open(one) for one in before)
        return all(one in self.done for one in before)

    def _has_room(self, node: Node) -> bool:
        """Keep to the sweep's `parallel` for each task, and start no more than there are threads."""
        if len(self.running) >= self.options.parallel:
            return False
        group = self._group(node.task)
        limit = group.get("parallel") if group else None
        busy = sum(one.task == node.task for one in self.running.values())
        return limit is None or busy < limit

    def _before(self, node: Node) -> list[Node]:
        found = []
        group = self.tasks[node.task].get("group")
        for name in self.tasks[node.task]["upstream"]:
            if name not in (self.chosen or ()):
                continue
            other = self.tasks[name]
            if group is not None and other.get("group") == group:
                found.append(Node(name, node.index))
            else:
                found += self._nodes(other)
        return found

    def _nodes(self, task: Task) -> list[Node]:
        if task["id"] not in (self.chosen or ()):
            return []
        if "group" not in task:
            return [Node(task["id"])]
        return [Node(task["id"], i) for i in range(len(_points(self.plan, task["id"])))]

    def _group(self, task: str) -> Any:
        name = self.tasks[task].get("group")
        return next((group for group in self.plan["groups"] if group["id"] == name), None)

    # -- running ---------------------------------------------------------------------------------

    def _run_node(self, node: Node) -> Record:
        task = self.tasks[node.task]
        self._tell("started", node)
        if task["kind"] in ("start", "stop"):
            return self._service(node, task)
        runner = self._make_runner(task) if task["kind"] in ("stage", "adapter") else None
        context = StageContext(
            store=self.store,
            root=self.root,
            run=self.run_id,
            record_of=self.book.record_of,
            runner=runner,
            index=node.index,
            params=self.params,
            user=self.user,
            release=self.options.release,
            commit=self.commit,
            log=lambda line: self._tell("log", node, line),
            secret=self.options.secret,
            services=self.options.services.address if self.options.services else None,
            cache=self.options.cache,
            storage_options=self.options.storage_options,
        )
        with self._watching(runner):
            return run_task(self.plan, node.task, context)

    def _make_runner(self, task: Task) -> Runner:
        if self.options.make_runner is not None:
            return self.options.make_runner(task)
        if task.get("runner") not in (None, "process"):
            raise MLineError(
                f"stage '{task['id']}' has runner '{task.get('runner')}'; a local run has 'process': "
                "choose a profile with `runner: process`",
                code="no-runner",
            )
        return ProcessRunner(self.plan["profile"].get("python"))

    @contextlib.contextmanager
    def _watching(self, runner: Runner | None) -> Iterator[None]:
        if runner is None:
            yield
            return
        with self._lock:
            self._runners.add(runner)
            cancelled = self._cancelled
        try:
            if cancelled:
                runner.kill()
            yield
        finally:
            with self._lock:
                self._runners.discard(runner)

    def _service(self, node: Node, task: Task) -> Record:
        service = next(one for one in self.plan["services"] if one["id"] == task["service"])
        control = self.options.services
        if control is None:
            message = f"service '{service['id']}' cannot be started in this run"
            raise MLineError(message, code="no-services")
        if task["kind"] == "start":
            scope = {"params": self.params, "run": self.run_id}
            control.start(service, scope, lambda line: self._tell("log", node, line))
        else:
            control.stop(service, lambda line: self._tell("log", node, line))
        return {"task": node.task, "index": None, "status": GOOD, "outputs": {}, "metrics": {}}

    def _cancel(self) -> None:
        """End every child; a second Ctrl-C does so again."""
        with self._lock:
            self._cancelled = True
            runners = list(self._runners)
        for runner in runners:
            runner.kill()

    # -- what came of it -------------------------------------------------------------------------

    def _take(self, node: Node, future: Future[Record]) -> None:
        error = future.exception()
        if error is None:
            record = future.result()
            self.done[node] = record
            if self.tasks[node.task]["kind"] == "gate":
                self.gate = True
            self._tell("cached" if record.get("cached") else "ended", node, record=record)
        elif isinstance(error, StageSkippedError):
            self.skipped[node] = str(error)
            if self.tasks[node.task]["kind"] == "gate":
                self.gate = False
            self._tell("skipped", node, str(error))
        else:
            self.errors[node] = error
            self._tell("failed", node, str(error), error=error)

    def _result(self) -> RunResult:
        killed = (
            isinstance(e, StageError) and e.code == "stage-killed" for e in self.errors.values()
        )
        status: Status = "success"
        if self._cancelled and (self.not_run or any(killed)):
            status = "cancelled"
        elif self.errors:
            status = "failed"
        metrics: dict[str, float | None] = {}
        for node, record in self.done.items():
            if node.index is None:
                metrics.update(record.get("metrics", {}))
        result = RunResult(
            experiment=self.plan["experiment"],
            run=self.run_id,
            status=status,
            records=self.done,
            metrics=metrics,
            gate=self.gate,
            errors=self.errors,
            not_run=tuple(self.not_run),
            skipped=self.skipped,
        )
        Records(self.store).start_run(
            {**self._info(), "status": status, "ended": _now()}, self.plan
        )
        return result

    def _info(self) -> dict[str, Any]:
        return {
            "experiment": self.plan["experiment"],
            "run": self.run_id,
            "status": "running",
            "started": self.started,
            "params": self.params,
            "user": self.user,
            "release": self.options.release,
            "commit": self.commit,
            "profile": self.plan["profile"].get("name"),
        }

    def _tell(
        self,
        kind: EventKind,
        node: Node,
        text: str = "",
        *,
        record: Record | None = None,
        error: BaseException | None = None,
    ) -> None:
        task = self.tasks[node.task]
        name = task.get("stage") or node.task
        instance = _instance_name(self.plan, node.task, node.index)
        shown = f"{name}[{instance}]" if instance else name
        with self._lock:
            self._on_event(Event(kind, node.task, node.index, shown, text, record, error))

    def _tell_notes(self) -> None:
        """Say once which settings have no effect in this run."""
        ignored: dict[str, list[str]] = {}
        for task in self.plan["tasks"]:
            if task["id"] not in (self.chosen or ()) or task["kind"] not in ("stage", "adapter"):
                continue
            keys = [key for key in NOT_HONOURED if task.get(key) is not None]
            if task.get("runner") == "process":
                keys += ProcessRunner().not_honoured(task)
            for key in keys:
                ignored.setdefault(key, []).append(task.get("stage") or task["id"])
        for key, names in ignored.items():
            text = f"'{key}' has no effect in this run ({', '.join(names)})"
            self._on_event(Event("note", "", name="", text=text))


def new_run_id() -> str:
    """Return an id that sorts by time and is a valid run id of Airflow, too."""
    now = datetime.now(timezone.utc)
    return f"local__{now:%Y-%m-%dT%H:%M:%S}_{secrets.token_hex(3)}"


def git_commit(root: Path) -> str | None:
    """Return the Git commit of a project, with `+` when files differ from it; None without Git."""
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            check=True,
            text=True,
            env=environment,
            timeout=10,
        )
        return done.stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "--", ".") else "")
    except (OSError, subprocess.SubprocessError):
        return None


def store_url(profile: Mapping[str, Any], root: Path) -> str:
    """Return the URL of a profile's store; `file`, or nothing, is `.mline/store` in the project."""
    store = profile.get("store") or "file"
    if store == "file":
        return str(root / ".mline" / "store")
    if "://" in store or Path(store).is_absolute():
        return str(store)
    return str(root / store)


def _points(plan: Plan, task_id: str) -> list[Any]:
    task = next(task for task in plan["tasks"] if task["id"] == task_id)
    return next((list(g["points"]) for g in plan["groups"] if g["id"] == task.get("group")), [])


def _instance_name(plan: Plan, task_id: str, index: int | None) -> str | None:
    if index is None:
        return None
    points = _points(plan, task_id)
    return str(points[index]["name"]) if index < len(points) else None


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None


def _now() -> str:
    now = datetime.now(timezone.utc)
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
