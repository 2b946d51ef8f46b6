"""The stage protocol: what happens around a task, the same for every runner.

Inputs are found, `when` is decided, code is gathered, the cache is asked; then the runner prepares,
executes and collects; then metrics are read, and the record is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ..artifacts import Artifact, ArtifactStore
from ..dag_factory.plan import Plan, Point, Source, Task
from ..failures import MLineError, OutputError, StageSkippedError
from ..records import GOOD, Record, Records, plain, timestamp
from ..runners.lines import Masker
from ..runners.runner import Identity, Log, Runner
from .cache import Cache, cache_key
from .decisions import METRIC, decide_all, group_of, pick, read_metric
from .injection import Injected, collect_code, shim_bytes
from .inputs import REMOTE_PROTOCOLS, Found, InputSources, RecordOf
from .job import Job, adapted_ports, needs_shim
from .key import codecs_of, what_decides
from .manifest import manifest_of
from .publishing import publish
from .record import input_record, metrics_of, new_record, take_over
from .references import Scope, ServiceAddress
from .workspace import describe_outputs

__all__ = ["Identity", "Log", "Runner", "StageContext", "run_task"]

CacheMode = bool | Literal["refresh"]


@dataclass(frozen=True, kw_only=True)
class StageContext:
    """What the plan does not say: this run, this instance, and where things are kept.

    `record_of(task, index)` returns the record of an upstream task, `index` None outside sweeps,
    and "all" for a list in order of instances. `secret(reference)` returns a secret's value.
    `services(name)` returns a running service's endpoints. `cache` overrides the stages' own
    `cache`: False neither reads nor writes, "refresh" runs and writes.
    """

    store: ArtifactStore
    root: Path
    run: str
    record_of: RecordOf
    runner: Runner | None = None
    index: int | None = None
    attempt: int = 1
    params: Mapping[str, Any] = field(default_factory=dict)
    user: str | None = None
    release: str | None = None
    commit: str | None = None
    log: Log = print
    secret: Callable[[str], str] | None = None
    services: Callable[[str], ServiceAddress] | None = None
    asset: Callable[[str], tuple[Record, str] | None] | None = None
    cache: CacheMode | None = None
    trial: bool = False
    """A trial (one of the experiment's own tests) is recorded; nothing else may take from it."""
    protocols: frozenset[str] = REMOTE_PROTOCOLS
    storage_options: Callable[[str], Mapping[str, Any]] = field(default=lambda _: {})


def run_task(plan: Plan, task_id: str, context: StageContext) -> Record:
    """Run one task of a plan and return its record, which lies in the store by then.

    Raises StageSkippedError when a condition does not hold or the gate is not met, StageError when
    the user's code failed, another MLineError when the stage could not begin or end.
    """
    task = next((one for one in plan["tasks"] if one["id"] == task_id), None)
    if task is None:
        raise MLineError(f"the plan has no task '{task_id}'", code="unknown-task")
    if task["kind"] in ("start", "stop"):
        raise MLineError(f"'{task_id}' is a service's task, not a stage's", code="unknown-task")
    return _TaskRun(plan, task, context).run()


class _TaskRun:
    """One try of one task."""

    def __init__(self, plan: Plan, task: Task, context: StageContext) -> None:
        self.plan = plan
        self.task = task
        self.context = context
        self.params = {
            **{n: s["default"] for n, s in plan["params"].items() if "default" in s},
            **context.params,
        }
        self.sources = InputSources(
            store=context.store,
            root=context.root,
            experiment_path=plan["path"],
            record_of=context.record_of,
            asset=context.asset,
            protocols=context.protocols,
            storage_options=context.storage_options,
        )
        self.records = Records(context.store)
        self.mask = Masker(())
        self.record = self._new_record()

    def run(self) -> Record:
        """Do what the task's kind asks for; whatever comes of it is recorded."""
        try:
            self._by_kind()
        except StageSkippedError as skipped:
            self._end("skipped", reason=str(skipped))
            raise
        except MLineError as error:
            self._end("failed", error=self.mask(str(error)), error_code=error.code)
            raise
        except BaseException as error:
            self._end("failed", error=self.mask(f"{type(error).__name__}: {error}"))
            raise
        return self.record

    def _by_kind(self) -> None:
        if self.task["kind"] == "pick":
            self._pick()
        elif self.task["kind"] == "gate":
            self._gate()
        else:
            self._stage()

    # -- picks and gates -------------------------------------------------------------------------

    def _pick(self) -> None:
        _, told, outputs = pick(self.plan, self.task, self.context.record_of)
        self.context.log(f"picked {told['name']} of {len(told['of'])}: metric {told['metric']}")
        self._publish(outputs)
        self._end(GOOD, picked=told, outputs=outputs, metrics=metrics_of(outputs))

    def _gate(self) -> None:
        outcomes = decide_all(self.task["gate"], self.sources, self.params)
        for outcome in outcomes:
            self.context.log(str(outcome))
        self.record["gate"] = [outcome._asdict() for outcome in outcomes]
        unmet = [str(outcome) for outcome in outcomes if not outcome.holds]
        if unmet:
            raise StageSkippedError("the gate is not met: " + "; ".join(unmet))
        self._end(GOOD)

    # -- stages and adapters ---------------------------------------------------------------------

    def _stage(self) -> None:
        context, task = self.context, self.task
        if context.runner is None:
            raise MLineError(f"'{task['id']}' needs a runner", code="no-runner")
        self._check_when()
        job = self._make_job()
        self.mask = Masker(job.masked)
        identity = context.runner.identity(task)
        self._tell_beginning(job, identity)
        mode = self._cache_mode()
        key = cache_key(what_decides(job, identity))
        hit = Cache(context.store).find(key) if mode is True else None
        if hit is not None:
            self._take_hit(hit)
            return
        outputs = self._execute(job, context.runner)
        self._publish(outputs)
        context.log(self._summary(outputs))
        self._finish(GOOD, outputs=outputs, metrics=metrics_of(outputs), key=key)
        if mode is not False:
            # Before the record: who is killed between the two does not run, and succeed, again.
            Cache(context.store).keep(key, self.record)
        self._write()

    def _check_when(self) -> None:
        if "when" not in self.task:
            return
        [outcome] = decide_all([self.task["when"]], self.sources, self.params, self._index_of)
        self.context.log(f"when: {outcome}")
        if not outcome.holds:
            raise StageSkippedError(str(outcome))

    def _make_job(self) -> Job:
        plan, task, context = self.plan, self.task, self.context
        inputs = {
            port: self.sources.take(declared, self._index_of)
            for port, declared in task.get("inputs", {}).items()
        }
        point = self._point()
        known: dict[str, str] = {}
        scope = Scope(
            run=context.run,
            params=self.params,
            point=point["values"] if point else {},
            services=context.services,
            secret=self._remembering(known),
            secrets=task.get("secrets", {}),
            adapted=adapted_ports(task),
        )
        variables = {name: scope.secret_value(name) for name in task.get("secrets", {})}
        scope.resolve([task.get(part) for part in ("env", "params", "action")])
        shim = needs_shim(task)
        return Job(
            plan=plan,
            task=task,
            run=context.run,
            scope=scope,
            inputs=inputs,
            code=self._code(shim=shim),
            shim=context.store.put_bytes(shim_bytes()) if shim else None,
            secrets=variables,
            masked=tuple(known.values()),
            index=context.index,
            instance=point["name"] if point else None,
            attempt=context.attempt,
        )

    def _remembering(self, known: dict[str, str]) -> Callable[[str], str] | None:
        """Look up secrets once each, and know all of them for the log."""
        look_up = self.context.secret
        if look_up is None:
            return None

        def secret(reference: str) -> str:
            if reference not in known:
                known[reference] = look_up(reference)
            return known[reference]

        return secret

    def _code(self, *, shim: bool) -> Injected:
        codecs = codecs_of(self.plan, self.task) if shim else []
        context, code = self.context, self.task.get("code", [])
        return collect_code(self.plan, code, codecs, context.store, context.root)

    def _execute(self, job: Job, runner: Runner) -> dict[str, Any]:
        context = self.context
        try:
            runner.prepare(job, context.store)
            runner.execute(job, context.log)
            collected = runner.collect(job, context.store)
        finally:
            self.record.update(runner.details())
            runner.close()
        return {
            port: self._output(port, collected.get(port)) for port in self.task.get("outputs", {})
        }

    def _output(self, port: str, artifact: Artifact | None) -> dict[str, Any]:
        declared = self.task["outputs"][port]
        info = self.plan["types"][declared["type"]]
        name = self.task.get("stage") or self.task["id"]
        if artifact is None:
            raise OutputError(
                f"stage '{name}' ended well, but its output '{port}' is missing: nothing was "
                f"written to /mline/out/{port} (OUT_{port.upper()})"
            )
        if info["folder"] and artifact.kind != "folder":
            message = f"output '{port}' of stage '{name}' is a file; {declared['type']} is a folder"
            raise OutputError(message, code="bad-output")
        output = {
            **artifact.as_json(),
            "type": declared["type"],
            "media": info.get("media"),
            "entity": declared["entity"],
        }
        if "asset" in declared:
            output["asset"] = declared["asset"]
        if METRIC in info["lineage"]:
            what = f"output '{port}' of stage '{name}'"
            output["value"] = read_metric(Found(artifact), self.context.store, what)
        return output

    def _publish(self, outputs: Mapping[str, Any]) -> None:
        if self.context.trial:
            return
        for port, declared in self.task.get("outputs", {}).items():
            if "external" in declared and port in outputs:
                place = declared["external"]
                publish(
                    self.context.store,
                    Artifact.from_json(outputs[port]),
                    place,
                    root=self.context.root,
                    experiment_path=self.plan["path"],
                    options=self.context.storage_options(place),
                    protocols=self.context.protocols,
                )

    # -- cache -----------------------------------------------------------------------------------

    def _cache_mode(self) -> CacheMode:
        """Return what the run says, else the stage; what gives nothing is run for what it does."""
        if not self.task.get("outputs"):
            return False
        asked = self.context.cache
        return asked if asked is not None else self.task.get("cache", True)

    def _take_hit(self, hit: Record) -> None:
        """Let an earlier record stand in; types and entities are those of this plan."""
        outputs = {
            port: take_over(hit["outputs"][port], declared)
            for port, declared in self.task.get("outputs", {}).items()
        }
        self.context.log(f"taken from the cache: run {hit['run']}, task {hit['task']}")
        self._publish(outputs)
        # An identical stage of the same run has no other run to name: the cache did answer.
        self._end(GOOD, outputs=outputs, metrics=metrics_of(outputs), cached=hit["run"])

    # -- the record ------------------------------------------------------------------------------

    def _new_record(self) -> Record:
        context = self.context
        return {
            **new_record(self.plan, self.task, self._point(), context.index),
            "run": context.run,
            "attempt": context.attempt,
            "user": context.user,
            "release": context.release,
            "commit": context.commit,
            "trial": context.trial,
        }

    def _tell_beginning(self, job: Job, identity: Identity) -> None:
        """Write the record of a stage that begins; collection spares what it names."""
        task = self.task
        self.record.update(
            inputs={
                port: input_record(self.plan, task["inputs"][port], found)
                for port, found in job.inputs.items()
            },
            params=job.scope.public(task.get("params", {})),
            code=job.code.artifact.digest,
            manifest=manifest_of(job),
            runner=identity.runner,
            image=identity.image,
            image_digest=identity.image_digest,
        )
        self.records.keep_plan(self.plan)
        self.records.write(self.record, self.context.attempt)

    def _end(self, status: str, **more: Any) -> None:
        self._finish(status, **more)
        self._write()

    def _finish(self, status: str, **more: Any) -> None:
        self.record.update(more, status=status, ended=timestamp())
        self.record = plain(self.record)

    def _write(self) -> None:
        self.records.keep_plan(self.plan)
        self.records.write(self.record, self.context.attempt)

    # -- instances -------------------------------------------------------------------------------

    def _point(self) -> Point | None:
        if self.context.index is None or "group" not in self.task:
            return None
        return group_of(self.plan, self.task["group"])["points"][self.context.index]

    def _index_of(self, source: Source) -> int | None:
        """Return which instance of a source this one reads: its own, in the same sweep."""
        group = self.task.get("group")
        if group is None or "task" not in source:
            return None
        return self.context.index if source["task"] in group_of(self.plan, group)["tasks"] else None

    def _summary(self, outputs: Mapping[str, Any]) -> str:
        told = {port: Artifact.from_json(output) for port, output in outputs.items()}
        return f"gave {describe_outputs(told)}" if told else "gave no artifacts"
