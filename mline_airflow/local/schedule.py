"""What of a plan may begin, must wait, or can no longer run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from ..dag_factory.plan import Group, Plan, Task
from .values import Node

Fate = Literal["", "skipped", "not_run"]


class Schedule:
    """The nodes of a run (tasks, and instances of sweeps) and their states.

    As in Airflow: after a failure nothing that depends on it runs, after a skip all that depends
    on it is skipped; the rest goes on. A service that was started is stopped whatever happened.
    """

    def __init__(self, plan: Plan, chosen: frozenset[str]) -> None:
        self.plan = plan
        self.chosen = chosen
        self.tasks = {task["id"]: task for task in plan["tasks"]}
        self.waiting = [node for task in plan["tasks"] for node in self.nodes(task)]
        self.running: set[Node] = set()
        self.done: set[Node] = set()
        self.failed: set[Node] = set()
        self.skipped: set[Node] = set()
        self.not_run: list[Node] = []
        self.cancelled = False
        self._starts = {one["stop"]: one["start"] for one in plan["services"]}

    @property
    def is_over(self) -> bool:
        """Tell whether nothing waits or runs."""
        return not self.waiting and not self.running

    def nodes(self, task: Task) -> list[Node]:
        """Return a task's nodes; a task that was not chosen has none."""
        if task["id"] not in self.chosen:
            return []
        group = group_of_task(self.plan, task["id"])
        if group is None:
            return [Node(task["id"])]
        return [Node(task["id"], index) for index in range(len(group["points"]))]

    def give_up(self) -> Iterator[tuple[Node, Fate]]:
        """Take out what can no longer run, and say whether it is skipped or does not run."""
        changed = True
        while changed:
            changed = False
            for node in list(self.waiting):
                fate = self._fate(node)
                if not fate:
                    continue
                changed = True
                self.waiting.remove(node)
                if fate == "skipped":
                    self.skipped.add(node)
                else:
                    self.not_run.append(node)
                yield node, fate

    def begin(self, limit: int) -> Iterator[Node]:
        """Take out what begins now: at most `limit` at a time, and a sweep's `parallel` a task."""
        for node in [node for node in self.waiting if self._is_ready(node)]:
            if len(self.running) < limit and self._has_room(node):
                self.waiting.remove(node)
                self.running.add(node)
                yield node

    def end(self, node: Node, state: Literal["done", "failed", "skipped"]) -> None:
        """Note what came of a node."""
        self.running.discard(node)
        {"done": self.done, "failed": self.failed, "skipped": self.skipped}[state].add(node)

    def _fate(self, node: Node) -> Fate:
        if node.task in self._starts:
            start = Node(self._starts[node.task])
            return "" if start in self.done or self._is_open(start) else "not_run"
        if self.cancelled:
            return "not_run"
        before = self._before(node)
        if any(one in self.failed or one in self.not_run for one in before):
            return "not_run"
        return "skipped" if any(one in self.skipped for one in before) else ""

    def _is_open(self, node: Node) -> bool:
        return node in self.waiting or node in self.running

    def _is_ready(self, node: Node) -> bool:
        before = self._before(node)
        if node.task in self._starts:
            return not any(self._is_open(one) for one in before)
        return all(one in self.done for one in before)

    def _has_room(self, node: Node) -> bool:
        group = group_of_task(self.plan, node.task)
        limit = group.get("parallel") if group else None
        return limit is None or sum(one.task == node.task for one in self.running) < limit

    def _before(self, node: Node) -> list[Node]:
        """Return what a node waits for; in one sweep, the same instance of each."""
        found: list[Node] = []
        group = self.tasks[node.task].get("group")
        for name in self.tasks[node.task]["upstream"]:
            other = self.tasks[name]
            if group is not None and other.get("group") == group and name in self.chosen:
                found.append(Node(name, node.index))
            else:
                found += self.nodes(other)
        return found


def group_of_task(plan: Plan, task_id: str) -> Group | None:
    """Return the sweep that a task is mapped in."""
    task = next(task for task in plan["tasks"] if task["id"] == task_id)
    return next((group for group in plan["groups"] if group["id"] == task.get("group")), None)


def instance_name(plan: Plan, task_id: str, index: int | None) -> str | None:
    """Return the name of a sweep's instance, as `depth=4`."""
    group = group_of_task(plan, task_id)
    if index is None or group is None or index >= len(group["points"]):
        return None
    return group["points"][index]["name"]


def shown_name(plan: Plan, node: Node) -> str:
    """Return what a person calls a node: `fit[depth=4]`."""
    task = next(task for task in plan["tasks"] if task["id"] == node.task)
    name = task.get("stage") or node.task
    instance = instance_name(plan, node.task, node.index)
    return f"{name}[{instance}]" if instance else name
