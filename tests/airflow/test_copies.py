"""A copied operator is what Airflow's constructor would have made, and nothing of another's."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from typing import Any

import pytest
from airflow.sdk import Asset
from airflow.sdk.definitions.param import ParamsDict
from docker.types import DeviceRequest

from mline_airflow.operators.copies import Copies
from mline_airflow.operators.service import ServiceStartOperator
from mline_airflow.operators.tasks import GateOperator, ProcessStageOperator
from mline_airflow.runners.docker import DockerStageOperator

AIRFLOWS: dict[str, Any] = {
    "owner": "ml-team",
    "retries": 2,
    "retry_delay": timedelta(seconds=5),
    "execution_timeout": timedelta(minutes=30),
    "pool": "gpu",
    "queue": "big",
    "priority_weight": 7,
}
DOCKERS: dict[str, Any] = {
    "image": "lab:1",
    "mount_tmp_dir": False,
    "auto_remove": "force",
    "dns": ["10.0.0.1"],
    "extra_hosts": {"db": "10.0.0.2"},
    "cpus": 2.0,
    "mem_limit": 1 << 30,
    "device_requests": [DeviceRequest(count=1, capabilities=[["gpu"]])],
}
SETS = [
    (ProcessStageOperator, {}),
    (GateOperator, AIRFLOWS),
    (ServiceStartOperator, {"doc_md": "Starts it."}),
    (DockerStageOperator, {"image": "lab:1"}),
    (DockerStageOperator, {**AIRFLOWS, **DOCKERS, "doc_md": "Fits."}),
    (
        DockerStageOperator,
        {
            "image": "lab:1",
            "inlets": [Asset("a")],
            "outlets": [Asset("b"), Asset("c")],
            "map_index_template": "{{ 1 }}",
            "max_active_tis_per_dagrun": 2,
        },
    ),
]
UNCHANGEABLE = (str, int, float, bool, type(None), timedelta, Enum, tuple, frozenset)


@pytest.mark.parametrize(
    ("kind", "arguments"), SETS, ids=["process", "gate", "start", "docker", "full", "swept"]
)
@pytest.mark.parametrize("own", [{}, {"doc_md": "Its own."}], ids=["same", "doc"])
def test_a_copy_has_every_attribute_that_the_constructor_gives(
    kind: Any, arguments: dict[str, Any], own: dict[str, str]
) -> None:
    construct = Copies().construct
    first = construct(kind, {"task_id": "first", **arguments})
    second = construct(kind, {"task_id": "second", **arguments, **own})
    expected = kind(**{"task_id": "second", **arguments, **own})
    assert _plain(second) == _plain(expected)
    assert list(_plain(second)) == list(_plain(expected))
    for key, value in second.__dict__.items():
        if not isinstance(value, UNCHANGEABLE):
            assert isinstance(value, dict | list | set | ParamsDict), f"{key} may be changed"
            assert value is not first.__dict__[key], f"{key} is shared"


def test_what_a_policy_changes_in_one_operator_stays_there() -> None:
    construct = Copies().construct
    operators = [
        construct(DockerStageOperator, {"task_id": name, **AIRFLOWS, "image": "lab:1"})
        for name in ("a", "b", "c")
    ]
    operators[0].environment["KEY"] = "value"
    operators[1].retries = 5
    operators[1].inlets.append(Asset("a"))
    last = construct(DockerStageOperator, {"task_id": "d", **AIRFLOWS, "image": "lab:1"})
    for untouched in (operators[2], last):
        assert untouched.environment == {}
        assert untouched.retries == 2
        assert untouched.inlets == []


def test_other_arguments_make_another_operator() -> None:
    construct = Copies().construct
    construct(DockerStageOperator, {"task_id": "a", "image": "lab:1"})
    second = construct(DockerStageOperator, {"task_id": "b", "image": "lab:2", "retries": 3})
    assert (second.image, second.retries) == ("lab:2", 3)
    assert type(construct(GateOperator, {"task_id": "c"})) is GateOperator


def test_what_the_constructor_refuses_a_copy_refuses_as_well() -> None:
    construct = Copies().construct
    construct(GateOperator, {"task_id": "a"})
    with pytest.raises(ValueError, match="has to be made of alphanumeric characters"):
        construct(GateOperator, {"task_id": "not an id"})
    with pytest.raises(TypeError, match="retries"):
        construct(GateOperator, {"task_id": "b", "retries": "many"})


def _plain(operator: Any) -> dict[str, Any]:
    return {
        key: value.dump() if isinstance(value, ParamsDict) else value
        for key, value in operator.__dict__.items()
    }
