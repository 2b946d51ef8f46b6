"""Operators that differ in nothing but their ids and docs, made as copies of the first.

Airflow's constructors set a hundred attributes and check every argument, twice wrapped: that is a
half of the cost of a DAG whose stages are much alike, as most are. Copying what the constructor
made of equal arguments costs a tenth. Airflow copies operators in the same way when it deep-copies.
"""

from __future__ import annotations

import copy
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from airflow.sdk.bases.operator import validate_key
from airflow.sdk.definitions.param import ParamsDict

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.sdk import BaseOperator

    from mline_airflow.dag_factory.emit import Arguments

Operator = TypeVar("Operator", bound="BaseOperator")

OWN = ("task_id", "doc_md")
"""Arguments that a copy may have of its own: the constructor keeps them as they are."""

_COPIERS: dict[type, Callable[[Any], Any]] = {
    dict: dict.copy,
    list: list.copy,
    set: set.copy,
    ParamsDict: copy.copy,
}
"""What an operator may hold that can be changed; everything else is shared by copies."""
_KEPT = 8
_INIT_KWARGS = "_BaseOperator__init_kwargs"


class Construct(Protocol):
    """Makes an operator of a class from the arguments of its constructor."""

    def __call__(self, kind: type[Operator], arguments: Arguments) -> Operator:
        """Return an operator that belongs to no DAG yet."""


class _First(NamedTuple):
    kind: type[BaseOperator]
    arguments: Arguments
    """All but the id and the doc."""
    state: dict[str, Any]
    """The attributes of a new operator."""
    changeable: list[str]
    """Those of them that a copy needs of its own."""


class Copies:
    """Constructs the operators of one DAG: the first of its like by Airflow, the others by copy."""

    def __init__(self) -> None:
        self._first: deque[_First] = deque(maxlen=_KEPT)

    def construct(self, kind: type[Operator], arguments: Arguments) -> Operator:
        """Return what `kind(**arguments)` would; raises what it raises."""
        shared = {key: value for key, value in arguments.items() if key not in OWN}
        for first in self._first:
            if first.kind is kind and first.arguments == shared:
                return _copy(first, kind, arguments)
        operator = kind(**arguments)
        changeable = [key for key, value in operator.__dict__.items() if type(value) in _COPIERS]
        state = _own(dict(operator.__dict__), changeable)
        self._first.append(_First(kind, shared, state, changeable))
        return operator


def _copy(first: _First, kind: type[Operator], arguments: Arguments) -> Operator:
    validate_key(arguments["task_id"])
    operator = kind.__new__(kind)
    attributes = operator.__dict__
    attributes.update(first.state)
    _own(attributes, first.changeable)
    given = attributes[_INIT_KWARGS]
    for key in OWN:
        attributes[key] = arguments.get(key)
        if key in arguments:
            given[key] = arguments[key]
        else:
            given.pop(key, None)
    return operator


def _own(attributes: dict[str, Any], changeable: list[str]) -> dict[str, Any]:
    """Replace what can be changed by copies."""
    for key in changeable:
        value = attributes[key]
        attributes[key] = _COPIERS[type(value)](value)
    return attributes
