"""What Airflow and the reader are told of MLine's configuration is the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from airflow.providers_manager import ProvidersManager

from mline_airflow.provider import get_provider_info
from mline_airflow.provider_settings import wait_seconds

DOCS = Path(__file__).parents[2] / "docs" / "airflow.md"
OPTIONS = get_provider_info()["config"]["mline"]["options"]


def test_airflow_accepts_the_provider() -> None:
    assert "mline-airflow" in ProvidersManager().providers


@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_is_in_the_docs_as_airflow_tells_it(name: str) -> None:
    option = OPTIONS[name]
    (row,) = [line for line in DOCS.read_text().splitlines() if line.startswith(f"| `{name}` |")]
    assert option["description"] in row
    assert f"| `{option['default']}` |" in row or not option["default"]


@pytest.mark.parametrize(("set_to", "counts_as"), [("60", 60), ("1", 7)])
def test_a_task_does_not_look_again_before_airflow_knows_that_it_waits(
    monkeypatch: pytest.MonkeyPatch, set_to: str, counts_as: int
) -> None:
    monkeypatch.setenv("AIRFLOW__MLINE__WAIT_SECONDS", set_to)
    assert wait_seconds() == counts_as


def test_an_option_that_is_no_number_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__MLINE__WAIT_SECONDS", "soon")
    # The SDK has a class of its own for it, in a private module.
    with pytest.raises(Exception, match=r"(?s)wait_seconds.*mline.*soon"):
        wait_seconds()
