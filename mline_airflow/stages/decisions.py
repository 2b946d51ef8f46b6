"""Decisions between stages: `when`, the gate, and which instance of a sweep is picked."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..artifacts import ArtifactStore
from ..dag_factory.plan import Condition, Group, Plan, Source, Task
from ..failures import ConditionError, InputError, OutputError
from ..records import Record
from .conditions import Outcome, decide
from .inputs import Found, InputSources, RecordOf
from .record import take_over

METRIC = "core.Metric"
_LARGEST_METRIC = 1 << 20


def decide_all(
    conditions: Iterable[Condition],
    sources: InputSources,
    params: Mapping[str, Any],
    index_of: Callable[[Source], int | None] = lambda _: None,
) -> list[Outcome]:
    """Evaluate conditions with the metrics that their sources give."""
    outcomes = []
    for condition in conditions:
        metrics = {
            name: metric_of(sources.find(source, index_of(source), name), sources.store, name)
            for name, source in condition["metrics"].items()
        }
        outcomes.append(decide(condition, params, metrics))
    return outcomes


def metric_of(found: Found, store: ArtifactStore, name: str) -> float | None:
    """Return a metric's value: from its record, or from its file when it has none."""
    if found.value is not None:
        return found.value
    return read_metric(found, store, f"metric '{name}'")


def read_metric(found: Found, store: ArtifactStore, what: str) -> float | None:
    """Read a metric's file: a JSON number, or an object with `value`; NaN and null give None."""
    artifact = found.artifact
    if artifact.kind != "file" or artifact.size > _LARGEST_METRIC:
        raise OutputError(f"{what} must be a small file with a JSON number", code="bad-metric")
    text = store.read(artifact).decode("utf-8", "replace").strip()
    try:
        data = json.loads(text)
    except ValueError:
        data = text
    value = data.get("value", data) if isinstance(data, dict) else data
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        shown = text if len(text) <= 60 else text[:60] + "…"
        raise OutputError(
            f"{what} must hold a JSON number, or an object with 'value'; it holds {shown!r}",
            code="bad-metric",
        )
    return value if math.isfinite(value) else None


def pick(plan: Plan, task: Task, record_of: RecordOf) -> tuple[int, dict[str, Any], dict[str, Any]]:
    """Choose the best instance of a sweep.

    Returns its index, what is to be told of the choice, and its outputs as `stage.port`. Instances
    whose metric has no value cannot win; ties go to the first in order of points.
    """
    group = group_of(plan, task["sweep"])
    rule = group["pick"]
    records = record_of(rule["source"]["task"], "all")
    values = [_metric_in(record, rule["source"]["port"]) for record in records]
    candidates = [(value, index) for index, value in enumerate(values) if value is not None]
    if not candidates:
        raise InputError(
            f"no instance of '{group['stage']}' has a value of '{rule['metric']}' to pick by",
            code="nothing-to-pick",
        )
    sign = -1 if rule["goal"] == "max" else 1
    value, index = min(candidates, key=lambda one: (sign * one[0], one[1]))
    point = group["points"][index]
    told = {
        "index": index,
        "name": point["name"],
        "values": point["values"],
        "metric": value,
        "of": [
            {"name": p["name"], "metric": v} for p, v in zip(group["points"], values, strict=True)
        ],
    }
    return index, told, _picked_outputs(plan, task, group, index, record_of)


def _picked_outputs(
    plan: Plan, task: Task, group: Group, index: int, record_of: RecordOf
) -> dict[str, Any]:
    outputs: dict[str, Any] = {}
    for member in (one for one in plan["tasks"] if one["id"] in group["tasks"]):
        home = member.get("stage") or member["id"]
        wanted = [port for port in member.get("outputs", {}) if f"{home}.{port}" in task["outputs"]]
        if not wanted:
            continue
        record = record_of(member["id"], index)
        for port in wanted:
            if not record or port not in record["outputs"]:
                raise ConditionError(f"'{member['id']}' gave no '{port}' for the picked instance")
            declared = task["outputs"][f"{home}.{port}"]
            outputs[f"{home}.{port}"] = take_over(record["outputs"][port], declared)
    return outputs


def _metric_in(record: Record | None, port: str) -> float | None:
    if not record:
        return None
    value = record["outputs"].get(port, {}).get("value")
    return None if value is None or not math.isfinite(value) else float(value)


def group_of(plan: Plan, name: str) -> Group:
    """Return a sweep by the id of its group."""
    return next(group for group in plan["groups"] if group["id"] == name)
