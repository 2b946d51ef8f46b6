"""Conditions at run time: comparisons of metrics and params with `and`, `or`, `not`."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..dag_factory.plan import Condition
from ..failures import ConditionError

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Outcome(NamedTuple):
    """Whether a condition holds, and the values that it was decided with."""

    text: str
    holds: bool
    values: dict[str, Any]

    def __str__(self) -> str:
        """`accuracy >= 0.9 does not hold (accuracy = 0.87)`."""
        values = ", ".join(f"{name} = {value}" for name, value in self.values.items())
        says = "holds" if self.holds else "does not hold"
        return f"{self.text} {says}" + (f" ({values})" if values else "")


def decide(
    condition: Condition, params: Mapping[str, Any], metrics: Mapping[str, float | None]
) -> Outcome:
    """Evaluate a condition.

    A metric without a value (its file held NaN or null) compares false, except with `!=`, as NaN
    does in IEEE 754. Raises ConditionError for what cannot be compared.
    """
    values: dict[str, Any] = {}

    def leaf(node: Any) -> Any:
        if not isinstance(node, Mapping):
            return node
        what, _, name = str(node["$ref"]).partition(".")
        known = {"params": params, "metrics": metrics}.get(what)
        if known is None or name not in known:
            raise ConditionError(f"'{condition['text']}' reads '{name}', which has no value here")
        values[name] = known[name]
        return known[name]

    def holds(node: Any) -> bool:
        if not isinstance(node, list):
            value = leaf(node)
            if not isinstance(value, bool):
                raise ConditionError(f"'{condition['text']}' needs a comparison, got {value!r}")
            return value
        head, *rest = node
        if head == "not":
            return not holds(rest[0])
        if head in ("and", "or"):
            decided = [holds(item) for item in rest]
            return all(decided) if head == "and" else any(decided)
        return _compare(condition["text"], head, leaf(rest[0]), leaf(rest[1]))

    return Outcome(condition["text"], holds(condition["ast"]), values)


def _compare(text: str, sign: str, left: Any, right: Any) -> bool:
    if sign in ("==", "!="):
        if left is None or right is None:
            return sign == "!="
        return bool(left == right) == (sign == "==")
    if left is None or right is None:
        return False
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in (left, right))
    strings = isinstance(left, str) and isinstance(right, str)
    if sign not in _ORDER or not (numbers or strings):
        raise ConditionError(f"'{text}' cannot compare {left!r} {sign} {right!r}")
    return _ORDER[sign](left, right)
