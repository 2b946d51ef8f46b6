"""The start and stop tasks of a plan: what they do, and the records they leave.

A start's record says where the service is; that of a stop has how it ended, and its log:

    "service": {"id", "instance", "runner", "host", "scope", "endpoints", "inside", "network"}
    "exit": {"reason", "status", "text"}        "log": {"digest", "size", …}
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mline_airflow.artifacts import ArtifactStore
from mline_airflow.dag_factory.plan import Plan, Service, Task
from mline_airflow.failures import MLineError
from mline_airflow.records import GOOD, Address, Record, Records, plain, timestamp
from mline_airflow.runners.lines import Masker
from mline_airflow.stages.record import new_record

from .life import never, start, stop
from .place import Place
from .ready import Log
from .spec import EXPERIMENT, Spec, make_spec
from .values import Instance, slug_of

LEASE = 3600.0


@dataclass(frozen=True, kw_only=True)
class ServiceContext:
    """What the plan does not say, as `StageContext` for stages."""

    store: ArtifactStore
    root: Path
    run: str
    place: Place
    params: Mapping[str, Any] = field(default_factory=dict)
    secret: Callable[[str], str] | None = None
    attempt: int = 1
    user: str | None = None
    lease: float = LEASE
    log: Log = print
    cancelled: Callable[[], bool] = never


def service_of(plan: Plan, task: Task) -> Service:
    """Return the service that a start or stop is of."""
    return next(one for one in plan["services"] if one["id"] == task["service"])


def run_start(plan: Plan, task: Task, context: ServiceContext) -> Record:
    """Start a service and return its record; raises MLineError, and then nothing is left."""
    record = _new_record(plan, task, context)
    masked = Masker(())
    try:
        spec = _spec(plan, task, context)
        masked = Masker(spec.masked)
        _tell_not_honoured(spec, context.log)
        # Known before it begins: a stop finds what a start that was killed has left.
        record["service"] = {"id": spec.id, "slug": spec.slug}
        Records(context.store).write(plain(record), context.attempt)
        instance = start(
            spec,
            context.place,
            context.log,
            cancelled=context.cancelled,
            keep=lambda text: _keep_log(record, text, context.store),
        )
    except BaseException as error:
        why: dict[str, Any] = {"error": masked(str(error)) or type(error).__name__}
        if isinstance(error, MLineError):
            why["error_code"] = error.code
        _end(record, context, "failed", **why)
        raise
    record["service"] = told(instance, spec)
    for name, address in instance.endpoints.items():
        context.log(f"{name}: {address['url']}")
    return _end(record, context, GOOD)


def run_stop(plan: Plan, task: Task, context: ServiceContext) -> Record:
    """Stop a service, keep its log and return the record."""
    record = _new_record(plan, task, context)
    slug = _slug_of_start(plan, task, context)
    try:
        done = stop(slug, context.run, context.place, context.log, context.secret)
    except MLineError as error:
        _end(record, context, "failed", error=str(error))
        raise
    record["exit"] = None if done.exit is None else done.exit.as_json()
    record["service"] = {"id": task["service"], "instance": done.instance}
    if done.kept_for:
        record["kept_for"] = list(done.kept_for)
    if done.log:
        try:
            _keep_log(record, done.log, context.store)
        except Exception as error:  # noqa: BLE001 - every store has its own
            context.log(f"its log could not be kept: {error}")
        else:
            context.log(f"its log is kept: {record['log']['digest']}")
    return _end(record, context, GOOD)


def told(instance: Instance, spec: Spec) -> dict[str, Any]:
    """Return what consumers need to know of an instance, as JSON."""
    return {
        "id": spec.id,
        "instance": instance.id,
        "slug": instance.slug,
        "runner": instance.runner,
        "host": socket.gethostname(),
        "where": instance.where,
        "scope": instance.scope,
        "endpoints": {name: dict(one) for name, one in instance.endpoints.items()},
        "inside": {name: dict(one) for name, one in instance.inside.items()},
    }


def _spec(plan: Plan, task: Task, context: ServiceContext) -> Spec:
    return make_spec(
        plan,
        service_of(plan, task),
        run=context.run,
        params=_params(plan, context.params),
        secret=context.secret,
        store=context.store,
        root=context.root,
        lease=context.lease,
    )


def _slug_of_start(plan: Plan, task: Task, context: ServiceContext) -> str:
    """Return the name that its start gave it: files and secrets may be others since, or gone."""
    service, experiment = service_of(plan, task), plan["experiment"]
    tries = Records(context.store).tries(Address(experiment, context.run, service["start"]))
    for record in reversed(tries):
        if slug := (record.get("service") or {}).get("slug"):
            return str(slug)
    if service["scope"] == EXPERIMENT:
        for one in context.place.find():
            if (one.experiment, one.service) == (experiment, service["id"]) and (
                context.run in one.users
            ):
                return one.slug
    return slug_of(experiment, service["id"], context.run)


def _params(plan: Plan, given: Mapping[str, Any]) -> dict[str, Any]:
    defaults = {n: s["default"] for n, s in plan["params"].items() if "default" in s}
    return {**defaults, **given}


def _tell_not_honoured(spec: Spec, log: Log) -> None:
    if spec.service["runner"] == "process":
        for key in ("image", "resources"):
            if spec.service.get(key):
                log(f"'{key}' has no effect on a service that is a process")


def _new_record(plan: Plan, task: Task, context: ServiceContext) -> Record:
    record = {
        **new_record(plan, task, None, None),
        "run": context.run,
        "attempt": context.attempt,
        "user": context.user,
        "image": service_of(plan, task).get("image"),
    }
    Records(context.store).keep_plan(plan)
    Records(context.store).write(record, context.attempt)
    return record


def _keep_log(record: Record, text: bytes, store: ArtifactStore) -> None:
    record["log"] = store.put_bytes(text).as_json()


def _end(record: Record, context: ServiceContext, status: str, **more: Any) -> Record:
    record.update(more, status=status, ended=timestamp())
    ended: Record = plain(record)
    Records(context.store).write(ended, context.attempt)
    return ended
