"""Where no engine can be started, tests say what they left out; in CI they fail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# A user namespace without a mapping: nobody in it is root.
UNPRIVILEGED = [] if os.getuid() else ["unshare", "--user"]


@pytest.mark.parametrize(
    ("ci", "outcome"), [("", "1 skipped"), ("true", "1 error")], ids=["here", "ci"]
)
def test_without_root_an_engine_is_left_out_and_in_ci_missed(
    tmp_path: Path, ci: str, outcome: str
) -> None:
    if UNPRIVILEGED and subprocess.run([*UNPRIVILEGED, "true"], check=False).returncode:
        pytest.skip("no user namespace can be made here")
    kept = {k: v for k, v in os.environ.items() if k != "TEST_DOCKER_HOST"}
    one = "test_docker_engine.py::test_an_engine_of_our_own_leaves_the_tables_of_iptables_alone"
    done = subprocess.run(
        [*UNPRIVILEGED, sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(HERE / one)],
        env={**kept, "CI": ci, "XDG_CACHE_HOME": str(tmp_path)},
        cwd=HERE.parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome in done.stdout.splitlines()[-1], done.stdout + done.stderr
    assert "left out: " in done.stdout
