"""What docs/rest.md says: its examples run, its table has every route."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from editor_airflow import EditorAirflow


def test_the_examples_work(airflow: EditorAirflow, root: Path) -> None:
    text = (root / "docs" / "rest.md").read_text("utf-8")
    examples = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
    assert len(examples) >= 6
    environment = {**os.environ, "AIRFLOW": airflow.url, "TOKEN": airflow.login("user")}
    environment["no_proxy"] = "127.0.0.1"
    for example in examples:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", example],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (example, done.stdout, done.stderr)
        assert done.stdout.startswith(("{", "[")), (example, done.stdout)


def test_the_table_has_every_route(airflow: EditorAirflow, root: Path) -> None:
    text = (root / "docs" / "rest.md").read_text("utf-8")
    told = {
        (method, path.partition("?")[0])
        for method, path in re.findall(r"`(GET|PUT|POST|DELETE) (api/[^`]*)`", text)
    }
    paths = airflow.client("viewer").get("api/openapi.json").body["paths"]
    named = {
        (method.upper(), path[1:].replace("{path}", "PATH").replace("{commit}", "COMMIT"))
        for path, ways in paths.items()
        for method in ways
    }
    assert told == named | {("GET", "api/openapi.json")}
