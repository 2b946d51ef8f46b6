"""What came of a run: stages, metrics and artifacts, as tables or as data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ..ansi import Paint
from ..byte_size import byte_size
from ..dag_factory.plan import Plan
from ..local.run import Node, RunResult
from .run_screen import seconds

_COLOURS = {
    "success": "good",
    "cached": "good",
    "failed": "error",
    "skipped": "faint",
    "not run": "faint",
}
_SHOWN_KINDS = ("stage", "adapter", "pick", "gate")


def summary(plan: Plan, result: RunResult, *, colour: bool = False) -> str:
    """Return the tables for people."""
    paint = Paint(colour=colour)
    stages = [
        (row["name"], row["state"], seconds(row["seconds"]) if "seconds" in row else "")
        for row in stage_rows(plan, result)
    ]
    lines = ["", *_table("stages", stages, paint, state=1)]
    metrics = [(name, _number(value)) for name, value in result.metrics.items()]
    lines += _table("metrics", metrics, paint)
    artifacts = [
        (
            row["entity"],
            row["type"].removeprefix("core."),
            byte_size(row["size"]),
            row["digest"][:19],
        )
        for row in artifact_rows(result)
    ]
    lines += _table("artifacts", artifacts, paint)
    lines += _verdict(plan, result, paint)
    return "\n".join(lines) + "\n"


def _verdict(plan: Plan, result: RunResult, paint: Paint) -> list[str]:
    kind = "good" if result.status == "success" else "error"
    lines = [f"{paint(kind, result.status)} {plan['experiment']} {result.run}"]
    for node, error in result.errors.items():
        lines.append(f"{paint('error', 'failed')} {_name(plan, node)}: {error}")
    if result.gate is not None:
        met = "met: it may be released" if result.gate else "not met: it may not be released"
        lines.append(f"the gate is {met}")
    return lines


def as_data(plan: Plan, result: RunResult) -> dict[str, Any]:
    """Return the result as plain data; its shape is described in `docs/command-line.md`."""
    return {
        "experiment": result.experiment,
        "run": result.run,
        "status": result.status,
        "gate": result.gate,
        "stages": stage_rows(plan, result),
        "metrics": dict(result.metrics),
        "artifacts": artifact_rows(result),
        "errors": {_name(plan, node): str(error) for node, error in result.errors.items()},
    }


def stage_rows(plan: Plan, result: RunResult) -> list[dict[str, Any]]:
    """Return one row a task and instance, in the order of the plan."""
    rows = []
    for task in plan["tasks"]:
        if task["kind"] not in _SHOWN_KINDS:
            continue
        nodes = [n for n in _nodes(result) if n.task == task["id"]]
        for node in sorted(nodes, key=lambda n: n.index or 0):
            record = result.records.get(node)
            row: dict[str, Any] = {"name": _name(plan, node), "state": _state(node, result)}
            if record is not None and record.get("started") and record.get("ended"):
                row["seconds"] = round(_seconds(record), 3)
            if record is not None and record.get("cached"):
                row["cached"] = record["cached"]
            rows.append(row)
    return rows


def _nodes(result: RunResult) -> list[Node]:
    return list(dict.fromkeys([*result.records, *result.errors, *result.skipped, *result.not_run]))


def _state(node: Node, result: RunResult) -> str:
    if node in result.errors:
        return "failed"
    if node in result.skipped:
        return "skipped"
    if node in result.not_run:
        return "not run"
    return "cached" if result.records[node].get("cached") else "success"


def _seconds(record: dict[str, Any]) -> float:
    start, end = (datetime.fromisoformat(str(record[key])) for key in ("started", "ended"))
    return max(0.0, (end - start).total_seconds())


def _name(plan: Plan, node: Node) -> str:
    task = next(t for t in plan["tasks"] if t["id"] == node.task)
    if node.index is None:
        return task["id"]
    group = next(g for g in plan["groups"] if g["id"] == task.get("group"))
    return f"{task['id']}[{group['points'][node.index]['name']}]"


def artifact_rows(result: RunResult) -> list[dict[str, Any]]:
    """Return what the run gave, outside of the instances of sweeps."""
    return [
        {
            "entity": output["entity"],
            "type": output["type"],
            "size": output["size"],
            "digest": output["digest"],
        }
        for node, record in result.records.items()
        if node.index is None
        for output in record.get("outputs", {}).values()
    ]


def _table(
    title: str, rows: Sequence[tuple[str, ...]], paint: Paint, *, state: int = -1
) -> list[str]:
    if not rows:
        return []
    wide = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [paint("strong", title)]
    for row in rows:
        cells = [cell.ljust(wide[number]) for number, cell in enumerate(row)]
        if state >= 0:
            cells[state] = paint(_COLOURS[row[state]], cells[state])
        lines.append(("  " + "  ".join(cells)).rstrip())
    return [*lines, ""]


def _number(value: float | None) -> str:
    return "no number" if value is None else f"{value:.6g}"
