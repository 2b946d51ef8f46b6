"""The records of a run, and of earlier runs for the tasks that this one leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..dag_factory.plan import Plan
from ..failures import InputError
from ..records import Record, Records
from .schedule import group_of_task, instance_name
from .values import Node


class RecordBook:
    """Answers `record_of(task, index)` as the stage protocol asks."""

    def __init__(self, plan: Plan, records: Records, known: Mapping[Node, Record]) -> None:
        self.plan = plan
        self.records = records
        self.known = known
        self._earlier: dict[str, list[Record]] = {}

    def record_of(self, task: str, index: int | str | None) -> Any:
        """Return a record, or for "all" a list of them in order of instances.

        Raises InputError when neither this run nor the newest one with the task has it. A record of
        another sweep's instance is not taken for it: its name must be the same.
        """
        if index == "all":
            group = group_of_task(self.plan, task)
            points = group["points"] if group else []
            return [self._one(task, number) for number in range(len(points))]
        return self._one(task, int(index) if index is not None else None)

    def _one(self, task: str, index: int | None) -> Record:
        if (record := self.known.get(Node(task, index))) is not None:
            return record
        if task not in self._earlier:
            self._earlier[task] = self.records.newest(self.plan["experiment"], task)
        expected = instance_name(self.plan, task, index)
        for record in self._earlier[task]:
            if record["index"] == index and record["instance"] == expected:
                return record
        name = f"{task}[{expected}]" if expected else task
        raise InputError(f"there is no good record of '{name}' to read from; run it first")
