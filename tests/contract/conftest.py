"""One suite for all runners: each test here runs once with every runner that is at hand."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from workbench import Workbench

from mline_airflow.runners.process import ProcessRunner

RUNNERS = {"process": ProcessRunner}


@pytest.fixture(params=list(RUNNERS))
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Workbench:
    return Workbench(tmp_path, RUNNERS[request.param])
