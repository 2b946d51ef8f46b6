"""The record of one try of one task: what ran, with what, and what came of it."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any

from ..dag_factory.plan import Input, Output, Plan, Point, Task, plan_digest
from ..records import RECORD_VERSION, Record, timestamp
from .inputs import Found


def new_record(plan: Plan, task: Task, point: Point | None, index: int | None) -> Record:
    """Return the record of a task that begins now; the run and who began it are still missing."""
    return {
        "record": RECORD_VERSION,
        "experiment": plan["experiment"],
        "run": "",
        "task": task["id"],
        "stage": task.get("stage"),
        "kind": task["kind"],
        "instance": point["name"] if point else None,
        "index": index,
        "attempt": 1,
        "status": "running",
        "cached": False,
        "plan": plan_digest(plan),
        "outputs": {},
        "inputs": {},
        "params": {},
        "metrics": {},
        "code": None,
        "manifest": [],
        "runner": task.get("runner"),
        "image": task.get("image"),
        "image_digest": None,
        "host": socket.gethostname(),
        "user": None,
        "started": timestamp(),
        "ended": None,
        "release": None,
        "commit": None,
    }


def input_record(plan: Plan, declared: Input, found: Found) -> dict[str, Any]:
    """Return what a record says of an input."""
    told = {
        **found.artifact.as_json(),
        "type": declared["given"],
        "media": plan["types"][declared["given"]].get("media"),
        "entity": declared["entity"],
    }
    if found.value is not None:
        told["value"] = found.value
    if "task" in declared["source"]:
        told["task"], told["port"] = declared["source"]["task"], declared["source"]["port"]
    return told


def take_over(output: Mapping[str, Any], declared: Output) -> dict[str, Any]:
    """Return an output of another record under the entity that it is in this plan."""
    taken = {key: value for key, value in output.items() if key != "asset"}
    taken["entity"] = declared["entity"]
    if "asset" in declared:
        taken["asset"] = declared["asset"]
    return taken


def metrics_of(outputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return entity -> value for the metrics among a record's outputs."""
    return {out["entity"]: out["value"] for out in outputs.values() if "value" in out}
