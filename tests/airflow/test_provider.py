"""What Airflow and the reader are told of MLine's configuration is the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from airflow.providers_manager import ProvidersManager

from mline_airflow.provider import get_provider_info

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
