"""Schemathesis over the whole description: no request makes the server fail or break its word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

if TYPE_CHECKING:
    from editor_airflow import EditorAirflow

EXAMPLES = 8
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def _operations(airflow: EditorAirflow) -> list[Any]:
    description = airflow.client("viewer").get("api/openapi.json").body
    schema = schemathesis.openapi.from_dict(description)
    return [found.ok() for found in schema.get_all_operations()]


def _each(operation: Any, check: Any) -> None:
    settings = hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    settings(hypothesis.given(case=operation.as_strategy())(check))()


def test_the_description_has_examples_and_errors(airflow: EditorAirflow) -> None:
    description = airflow.client("viewer").get("api/openapi.json").body
    for path, ways in description["paths"].items():
        for method, way in ways.items():
            assert "401" in way["responses"], (method, path)
            assert way["description"], (method, path)
            body = way.get("requestBody")
            if body is not None:
                reference = body["content"]["application/json"]["schema"]["$ref"]
                schema = description["components"]["schemas"][reference.rpartition("/")[2]]
                assert "example" in schema, (method, path)


def test_with_a_login_nothing_fails(airflow: EditorAirflow) -> None:
    headers = {"Authorization": f"Bearer {airflow.login('user')}", "X-MLine": "1"}

    for operation in _operations(airflow):

        def check(case: Any) -> None:
            case.call_and_validate(
                base_url=f"{airflow.url}/mline", headers=headers, checks=CHECKS, timeout=60
            )

        _each(operation, check)


def test_without_a_login_nothing_is_told(airflow: EditorAirflow) -> None:
    for operation in _operations(airflow):

        def check(case: Any) -> None:
            answer = case.call(
                base_url=f"{airflow.url}/mline", headers={"X-MLine": "1"}, timeout=60
            )
            # A path of several parts is another route's, and that one asks for a login as well.
            assert answer.status_code in {401, 404, 405}, answer.text
            assert answer.json()["error"]["code"] in {"not-logged-in", "not-found", "wrong-method"}

        _each(operation, check)


@pytest.mark.parametrize("method", ["TRACE", "PATCH", "HEAD"])
def test_other_methods_are_refused(airflow: EditorAirflow, method: str) -> None:
    answer = airflow.client("user").call(method, "api/session")
    assert answer.status in {405, 501}
