"""Conditions of a plan: the expression as JSON, and where its metrics come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .expression import Compare, Literal, Name, Node
from .plan import Condition as PlanCondition
from .plan import Json
from .resolved import Condition

if TYPE_CHECKING:
    from .plan_stage import StagePlanner


def plan_condition(condition: Condition, planner: StagePlanner, reader: str) -> PlanCondition:
    """Return a condition that stage `reader` (or nobody inside a sweep) evaluates."""
    return {
        "text": condition.word.text,
        "ast": _ast(condition.expression),
        "metrics": {m.name: planner.source(m.ref, reader) for m in condition.metrics},
    }


def _ast(node: Node) -> Json:
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, Name):
        return {"$ref": node.text if node.text.startswith("params.") else f"metrics.{node.text}"}
    if isinstance(node, Compare):
        return [node.op, _ast(node.left), _ast(node.right)]
    return [node.op, *(_ast(part) for part in node.parts)]
