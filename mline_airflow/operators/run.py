"""Between Airflow's context and the stage protocol: what a task instance knows, as `StageContext`.

And back again: a condition that does not hold is a skipped task, a stage's failure is the task's,
and the entities that others may take become events of their assets.
"""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import Variable
from airflow.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowRescheduleException,
    AirflowSkipException,
)

from mline_airflow.artifacts import ArtifactStore
from mline_airflow.connections import connection_of
from mline_airflow.dag_factory.emit import assets_taken
from mline_airflow.failures import MLineError, NotAllowedError, StageSkippedError
from mline_airflow.provider_settings import store_url, wait_seconds
from mline_airflow.records import Address, Record, Records, assets_of
from mline_airflow.services.in_airflow import addresses, using_services
from mline_airflow.services.values import ServiceGoneError
from mline_airflow.stages.protocol import StageContext, run_task

from .supervision import ending_without_supervisor

if TYPE_CHECKING:
    from airflow.sdk import Context

    from mline_airflow.stages.protocol import Runner

    from .tasks import PlannedTask

# What another try cannot mend.
_FOR_GOOD = (NotAllowedError, ServiceGoneError)


def run(operator: PlannedTask, context: Context, runner: Runner | None) -> Record:
    """Run a stage, an adapter, a pick or a gate; return its record for XCom.

    Raises AirflowSkipException, AirflowRescheduleException while an entity of another experiment
    does not exist yet, and AirflowException with the words of the stage protocol.
    """
    store = ArtifactStore(store_url(operator.plan, operator.project_root))
    records = Records(store)
    _wait_for_assets(operator, records)
    stage = _stage_context(operator, context, store, runner)
    _start_run(operator, context, stage, records)
    try:
        with (
            ending_without_supervisor(operator.on_kill),
            using_services(operator.plan, operator.planned, context),
        ):
            record = run_task(operator.plan, operator.planned["id"], stage)
    except StageSkippedError as skipped:
        raise AirflowSkipException(str(skipped)) from None
    except _FOR_GOOD as error:
        raise AirflowFailException(str(error)) from None
    except MLineError as error:
        # The stage's own lines are in the log by now; a traceback of ours would only bury them.
        raise AirflowException(str(error)) from None
    _tell_assets(operator, context, record)
    return record


def _stage_context(
    operator: PlannedTask, context: Context, store: ArtifactStore, runner: Runner | None
) -> StageContext:
    instance, dag_run = context["ti"], context["dag_run"]
    index = -1 if instance.map_index is None else instance.map_index
    return StageContext(
        store=store,
        root=Path(operator.project_root).resolve(),
        run=context["run_id"],
        record_of=_record_of(operator, context, Records(store)),
        runner=runner,
        index=index if index >= 0 else None,
        attempt=instance.try_number,
        params=dict(context["params"]),
        user=getattr(dag_run, "triggering_user_name", None),
        commit=_commit(instance),
        log=lambda line: operator.log.info("%s", line),
        secret=secret,
        services=addresses(operator.planned, context),
    )


def _record_of(operator: PlannedTask, context: Context, records: Records) -> Any:
    """Return where the records of the tasks before this one are: in XCom, or in the store.

    A record that was removed from XCom, as a clean-up of the metadata database does, is still in
    the store.
    """
    points = {g["id"]: len(g["points"]) for g in operator.plan["groups"]}
    groups = {t["id"]: t.get("group") for t in operator.plan["tasks"]}

    def record_of(task: str, index: int | str | None) -> Any:
        if index == "all":
            return [one(task, i) for i in range(points[groups[task] or ""])]
        return one(task, index if isinstance(index, int) else None)

    def one(task: str, index: int | None) -> Record | None:
        place = -1 if index is None else index
        found = context["ti"].xcom_pull(task_ids=task, map_indexes=place)
        if found is None:
            address = Address(operator.plan["experiment"], context["run_id"], task, index)
            found = records.one(address)
        return found if found and found["status"] == "success" else None

    return record_of


def secret(reference: str) -> str:
    """Return the value of `variable.KEY` or `connection.ID.FIELD`, from Airflow's secret backends.

    A field is one of the connection's own (`host`, `login`, `password`, `port`, `schema`), `uri`
    (also when no field is named) or, as `extra.KEY`, a key of its extra.
    """
    kind, _, rest = reference.partition(".")
    if kind == "variable":
        value = Variable.get(rest, default=None)
        if value is None:
            raise MLineError(f"there is no Airflow variable '{rest}'", code="no-secret")
        return str(value)
    name, _, field = rest.partition(".")
    connection = connection_of(name)
    if field in {"", "uri"}:
        return str(connection.get_uri())
    if field in {"host", "login", "password", "port", "schema"}:
        found = getattr(connection, field)
    else:
        found = connection.extra_dejson.get(field.removeprefix("extra."))
    if found is None:
        raise MLineError(f"the Airflow connection '{name}' has no '{field}'", code="no-secret")
    return str(found)


def _commit(instance: Any) -> str | None:
    bundle = getattr(instance, "bundle_instance", None)
    version = getattr(bundle, "version", None)
    return str(version) if version else None


def _wait_for_assets(operator: PlannedTask, records: Records) -> None:
    missing = [name for name in assets_taken(operator.planned) if records.asset(name) is None]
    if missing:
        again = wait_seconds()
        names = ", ".join(missing)
        operator.log.info("waiting for %s, which no run has given yet", names)
        raise AirflowRescheduleException(datetime.now(UTC) + timedelta(seconds=again))


def _start_run(
    operator: PlannedTask, context: Context, stage: StageContext, records: Records
) -> None:
    """Say in the store who started the run and how; the first of its tasks does."""
    experiment = operator.plan["experiment"]
    if records.has_run(experiment, stage.run):
        return
    dag_run = context["dag_run"]
    started = dag_run.start_date or datetime.now(UTC)
    info = {
        "experiment": experiment,
        "run": stage.run,
        "status": "running",
        "started": started.isoformat(),
        "params": dict(stage.params),
        "user": stage.user,
        "release": stage.release,
        "commit": stage.commit,
        "profile": operator.plan["profile"].get("name"),
    }
    records.start_run(info, operator.plan)


def _tell_assets(operator: PlannedTask, context: Context, record: Record) -> None:
    """Let the events of renewed assets say what was given, and by which run."""
    outlets = {outlet.name: outlet for outlet in operator.outlets}
    for name, port in assets_of(record):
        if name in outlets:
            output = record["outputs"][port]
            kept = {key: output.get(key) for key in ("digest", "size", "type", "value")}
            extra = {k: v for k, v in kept.items() if v is not None}
            with contextlib.suppress(KeyError):
                context["outlet_events"][outlets[name]].extra.update(
                    {**extra, "run": record["run"], "task": record["task"]}
                )
