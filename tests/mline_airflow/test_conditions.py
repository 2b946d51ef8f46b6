"""Conditions: the truth of every operator, and what cannot be compared."""

from __future__ import annotations

import operator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mline_airflow.failures import ConditionError
from mline_airflow.stages.conditions import decide

SIGNS = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
NUMBERS = st.integers(-5, 5) | st.floats(-5, 5)


def holds(
    ast: Any, params: dict[str, Any] | None = None, metrics: dict[str, Any] | None = None
) -> bool:
    return decide({"text": "it", "ast": ast, "metrics": {}}, params or {}, metrics or {}).holds


@given(st.sampled_from(sorted(SIGNS)), NUMBERS, NUMBERS)
def test_numbers_compare_as_in_python(sign: str, left: float, right: float) -> None:
    ast = [sign, {"$ref": "metrics.a"}, right]
    assert holds(ast, metrics={"a": left}) is SIGNS[sign](left, right)


@given(st.lists(st.booleans(), min_size=1, max_size=4))
def test_and_or_not_are_the_logical_ones(values: list[bool]) -> None:
    leaves = [["==", int(value), 1] for value in values]
    assert holds(["and", *leaves]) is all(values)
    assert holds(["or", *leaves]) is any(values)
    assert holds(["not", leaves[0]]) is not values[0]


@pytest.mark.parametrize("sign", sorted(SIGNS))
def test_a_metric_without_value_is_only_unequal(sign: str) -> None:
    assert holds([sign, {"$ref": "metrics.a"}, 1], metrics={"a": None}) is (sign == "!=")


def test_a_param_that_is_true_is_a_condition_of_its_own() -> None:
    assert holds({"$ref": "params.fast"}, params={"fast": True})
    with pytest.raises(ConditionError, match="needs a comparison"):
        holds({"$ref": "params.n"}, params={"n": 1})


@pytest.mark.parametrize(("left", "right"), [("a", 1), (True, 1), ([1], [2])])
def test_what_has_no_order_is_told(left: Any, right: Any) -> None:
    with pytest.raises(ConditionError, match="cannot compare"):
        holds(["<", {"$ref": "params.x"}, right], params={"x": left})


def test_an_outcome_says_the_values_it_was_decided_with() -> None:
    condition = {
        "text": "a > p",
        "ast": [">", {"$ref": "metrics.a"}, {"$ref": "params.p"}],
        "metrics": {},
    }
    outcome = decide(condition, {"p": 2}, {"a": 1.5})  # type: ignore[arg-type]
    assert str(outcome) == "a > p does not hold (a = 1.5, p = 2)"
