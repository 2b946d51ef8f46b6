"""Processes that cannot be started: told in the user's words, and nothing is left open."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mline_airflow.failures import StageError
from mline_airflow.runners.process import ProcessRunner

if TYPE_CHECKING:
    from workbench import Workbench

TASK: Any = {"id": "s", "kind": "stage", "upstream": []}


@pytest.mark.parametrize(
    ("python", "reason"),
    [
        ("/no/such/python", "No such file or directory"),
        ("/bin/false", "it failed"),
        ("/bin/echo", "it did not answer as a Python does"),
    ],
)
def test_a_profiles_python_that_is_none_is_told(python: str, reason: str) -> None:
    with pytest.raises(StageError) as caught:
        ProcessRunner(python).identity(TASK)
    assert f"`python` '{python}' is no Python that stages can run with: {reason}" in str(
        caught.value
    )
    assert caught.value.code == "command-not-found"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"params": {"text": "x" * (128 << 10)}}, r"variable 'PARAM_TEXT' has 131083 bytes, and"),
        ({"params": {"text": "a\0b"}}, "variable 'PARAM_TEXT' has a NUL character, which cannot"),
        ({"action": {"command": ["true", "a\0b"]}}, "argument 1 of 'true' has a NUL character"),
        (
            {"env": {f"V{n}": "x" * 100_000 for n in range(100)}},
            "its process could not be started: Argument list too long",
        ),
    ],
    ids=["long", "nul", "argument", "many"],
)
def test_a_value_that_no_process_can_get_is_told(
    bench: Workbench, more: dict[str, Any], message: str
) -> None:
    bench.task("s", **{"action": {"command": ["true"]}, **more})
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(StageError, match=message) as caught:
        bench.run("s")
    assert str(caught.value).startswith("stage 's': ")
    assert caught.value.code == "not-started"
    assert len(list(Path("/proc/self/fd").iterdir())) == before
