"""The engine of a local run: the main thread decides what begins, a pool's threads run it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from ..artifacts import ArtifactStore
from ..dag_factory.plan import Plan, Task
from ..failures import MLineError, StageError, StageSkippedError
from ..records import Record, Records, timestamp
from ..runners.process import ProcessRunner
from ..runners.runner import Runner
from ..services.local import LocalServices
from ..stages.protocol import StageContext, run_task
from .interrupts import PATIENCE, at_interrupt
from .origin import git_commit, new_run_id, user_name
from .params import check_params
from .record_book import RecordBook
from .schedule import Schedule, shown_name
from .selection import select
from .values import Event, EventKind, Node, RunOptions, RunResult, Status

_AIRFLOW_ONLY = ("retries", "retry_delay", "pool", "queue", "priority")


class Engine:
    """One run of a plan."""

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
        chosen = options.only
        if chosen is None:
            chosen = frozenset(select(plan, stage=options.stage, from_stage=options.from_stage))
        self.schedule = Schedule(plan, chosen)
        self.futures: dict[Future[Record], Node] = {}
        self.records: dict[Node, Record] = {}
        self.errors: dict[Node, BaseException] = {}
        self.reasons: dict[Node, str] = {}
        self.gate: bool | None = None
        self.book = RecordBook(plan, Records(store), self.records)
        self.started = timestamp()
        self.commit = git_commit(root)
        self.user = options.user or user_name()
        self.services = LocalServices(
            plan,
            root,
            store,
            run=self.run_id,
            params=self.params,
            secret=options.secret,
            user=self.user,
        )
        self._on_event = on_event
        self._lock = threading.Lock()
        self._runners: set[Runner] = set()

    def run(self) -> RunResult:
        """Run everything that was chosen; Ctrl-C ends the children and is told in the result."""
        self._tell_ignored()
        records = Records(self.store)
        records.start_run(self._info("running"), self.plan)
        limit = max(1, self.options.parallel)
        with (
            at_interrupt(self._cancel),
            self._ending_services(),
            ThreadPoolExecutor(limit, thread_name_prefix="mline-stage") as pool,
        ):
            while not self.schedule.is_over:
                self._step(pool, limit)
        result = self._result()
        records.end_run(self._info(result.status))
        return result

    @contextlib.contextmanager
    def _ending_services(self) -> Iterator[None]:
        """End all services at the end; one that cannot be ended takes nobody the run's result."""
        try:
            yield
        finally:
            try:
                self.services.close()
            except Exception as error:  # noqa: BLE001 - whatever it is, the run has its end
                text = f"a service may still run, which `mline reap` ends: {error}"
                self._on_event(Event("note", "", text=text))

    # -- one step --------------------------------------------------------------------------------

    def _step(self, pool: ThreadPoolExecutor, limit: int) -> None:
        for node, fate in self.schedule.give_up():
            if fate == "skipped":
                self.reasons[node] = "what it depends on was skipped"
                self._tell("skipped", node, self.reasons[node])
            else:
                self._tell("not_run", node)
        for node in self.schedule.begin(limit):
            self.futures[pool.submit(self._run_node, node)] = node
        if self.futures:
            for future in wait(self.futures, return_when=FIRST_COMPLETED).done:
                self._take(self.futures.pop(future), future)

    def _take(self, node: Node, future: Future[Record]) -> None:
        error = future.exception()
        is_gate = self.schedule.tasks[node.task]["kind"] == "gate"
        if error is None:
            record = self.records[node] = future.result()
            self.schedule.end(node, "done")
            self.gate = True if is_gate else self.gate
            self._tell("cached" if record.get("cached") else "ended", node, record=record)
        elif isinstance(error, StageSkippedError):
            self.reasons[node] = str(error)
            self.schedule.end(node, "skipped")
            self.gate = False if is_gate else self.gate
            self._tell("skipped", node, str(error))
        else:
            self.errors[node] = error
            self.schedule.end(node, "failed")
            self._tell("failed", node, str(error), error=error)

    # -- one node --------------------------------------------------------------------------------

    def _run_node(self, node: Node) -> Record:
        task = self.schedule.tasks[node.task]
        self._tell("started", node)
        if task["kind"] in ("start", "stop"):
            return self._service(node, task)
        runner = self._make_runner(task) if task["kind"] in ("stage", "adapter") else None
        with self.services.using(task), self._watching(runner):
            return run_task(self.plan, node.task, self._context(node, runner))

    def _context(self, node: Node, runner: Runner | None) -> StageContext:
        options = self.options
        return StageContext(
            store=self.store,
            root=self.root,
            run=self.run_id,
            record_of=self.book.record_of,
            runner=runner,
            index=node.index,
            params=self.params,
            user=self.user,
            release=options.release,
            commit=self.commit,
            log=lambda line: self._tell("log", node, line),
            secret=options.secret,
            services=lambda name: self.services.address(self.schedule.tasks[node.task], name),
            cache=options.cache,
            trial=options.trial,
            storage_options=options.storage_options,
        )

    def _make_runner(self, task: Task) -> Runner:
        if self.options.make_runner is not None:
            return self.options.make_runner(task)
        if task.get("runner") == "docker":
            return _docker_runner(self.plan)
        if task.get("runner") not in (None, "process"):
            raise MLineError(
                f"stage '{task['id']}' has runner '{task.get('runner')}'; a local run knows "
                "'process' and 'docker': choose a profile with one of them",
                code="no-runner",
            )
        return ProcessRunner()

    @contextlib.contextmanager
    def _watching(self, runner: Runner | None) -> Iterator[None]:
        """Know a runner while it works, so that Ctrl-C can end it."""
        if runner is None:
            yield
            return
        with self._lock:
            self._runners.add(runner)
            if self.schedule.cancelled:
                runner.kill()
        try:
            yield
        finally:
            with self._lock:
                self._runners.discard(runner)

    def _service(self, node: Node, task: Task) -> Record:
        act = self.services.start if task["kind"] == "start" else self.services.stop
        return act(task, lambda line: self._tell("log", node, line))

    def _cancel(self) -> None:
        """End every child at once, not one after the other; a second Ctrl-C does so again."""
        with self._lock:
            if not self.schedule.cancelled:
                text = f"ending what runs; Ctrl-C after {PATIENCE:.0f} seconds leaves it as it is"
                self._on_event(Event("note", "", text=text))
            self.schedule.cancelled = True
            runners = list(self._runners)
        self.services.cancel()
        for runner in runners:
            threading.Thread(target=runner.kill, name="mline-kill", daemon=True).start()

    # -- what is told ----------------------------------------------------------------------------

    def _result(self) -> RunResult:
        schedule = self.schedule
        killed = (
            isinstance(e, StageError) and e.code == "stage-killed" for e in self.errors.values()
        )
        status: Status = "success"
        if schedule.cancelled and (schedule.not_run or any(killed)):
            status = "cancelled"
        elif self.errors:
            status = "failed"
        metrics: dict[str, float | None] = {}
        for node, record in self.records.items():
            if node.index is None:
                metrics.update(record.get("metrics", {}))
        return RunResult(
            experiment=self.plan["experiment"],
            run=self.run_id,
            status=status,
            records=self.records,
            metrics=metrics,
            gate=self.gate,
            errors=self.errors,
            not_run=tuple(schedule.not_run),
            skipped=self.reasons,
        )

    def _info(self, status: str) -> dict[str, Any]:
        return {
            "experiment": self.plan["experiment"],
            "run": self.run_id,
            "status": status,
            "started": self.started,
            "ended": None if status == "running" else timestamp(),
            "params": self.params,
            "user": self.user,
            "release": self.options.release,
            "trial": self.options.trial,
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
        event = Event(kind, node.task, node.index, shown_name(self.plan, node), text, record, error)
        with self._lock:
            self._on_event(event)

    def _tell_ignored(self) -> None:
        """Say once which settings have no effect in this run."""
        ignored: dict[str, list[str]] = {}
        for task in self.plan["tasks"]:
            if task["id"] not in self.schedule.chosen or task["kind"] not in ("stage", "adapter"):
                continue
            keys = [key for key in _AIRFLOW_ONLY if task.get(key) is not None]
            if task.get("runner") == "process":
                keys += ProcessRunner.not_honoured(task)
            for key in keys:
                ignored.setdefault(key, []).append(task.get("stage") or task["id"])
        for key, names in ignored.items():
            text = f"'{key}' has no effect in this run ({', '.join(names)})"
            self._on_event(Event("note", "", text=text))


def _docker_runner(plan: Plan) -> Runner:
    from ..runners.docker_runner import DockerRunner

    try:
        return DockerRunner.from_profile(plan["profile"])
    except ImportError as error:
        message = f"`runner: docker` needs Docker's SDK, which `pip install docker` brings: {error}"
        raise MLineError(message, code="no-runner") from error
