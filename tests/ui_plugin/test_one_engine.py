"""One engine: REST, the command line and the language server say the same of every golden case."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_home import EXPERIMENTS

from mline_airflow.cli.checking import check, targets
from mline_airflow.dag_factory.project import PROJECT_FILE
from mline_airflow.language_server.stateless import answer
from mline_airflow.reporters.json_report import as_json
from mline_airflow.ui_plugin import engine

if TYPE_CHECKING:
    import pytest
    from editor_airflow import Client

CASES = Path(__file__).resolve().parent.parent / "cases"
SEVERITIES = {"error": 1, "warning": 2, "info": 3}


def _experiments() -> list[Path]:
    return sorted(
        path
        for kind in ("err", "ok", "plan")
        for path in (CASES / kind).rglob("*.mline.yaml")
        if _is_text(path)
    )


def _is_text(path: Path) -> bool:
    try:
        path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _root(path: Path) -> Path:
    """Return the case's folder: the nearest with a `mline.yaml`, else the file's own."""
    for folder in path.parents:
        if folder == CASES:
            break
        if (folder / PROJECT_FILE).is_file():
            return folder
    return path.parent


def _in_short(findings: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (
            one["code"],
            one["message"],
            *(
                one["range"][end][part]
                for end in ("start", "end")
                for part in ("line", "character")
            ),
        )
        for one in findings
    ]


def test_all_clients_say_the_same_of_the_golden_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    experiments = _experiments()
    assert len(experiments) > 300
    for path in experiments[::3]:
        root, text = _root(path), path.read_bytes().decode("utf-8")
        name = path.relative_to(root).as_posix()
        monkeypatch.chdir(root)
        told = as_json(check(targets([name])))
        own = [one for one in told["diagnostics"] if one["file"] == name]
        rest = engine.report(root, name, text, None)
        assert rest["diagnostics"] == own, path
        graph = engine.graph(root, name, text, None)["diagnostics"]
        assert [(d["code"], d["message"]) for d in graph] == [
            (d["code"], d["message"]) for d in own
        ], path
        document = {"uri": f"mline:/{name}", "text": text, "version": 1}
        (published,) = answer([document], [], root)
        lsp = published["params"]["diagnostics"]
        assert _in_short(lsp) == _in_short(graph), path
        assert [d["severity"] for d in lsp] == [SEVERITIES[d["severity"]] for d in own], path


def test_the_server_says_what_the_command_line_says(
    user: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project"
    shutil.copytree(EXPERIMENTS, project)
    monkeypatch.chdir(project)
    sample = [path for path in _experiments() if _root(path) == path.parent][::12]
    assert len(sample) > 20
    for path in sample:
        text = path.read_bytes().decode("utf-8")
        if path.name.endswith(".types.mline.yaml"):
            continue
        Path("sample.mline.yaml").write_bytes(text.encode())
        told = as_json(check(targets(["sample.mline.yaml"])))
        body = {"path": "sample.mline.yaml", "text": text}
        assert user.post("api/check", body).body == json.loads(json.dumps(told)), path
        lsp = {
            "documents": [{"uri": "mline:/sample.mline.yaml", "text": text, "version": 1}],
            "messages": [],
        }
        (published,) = user.post("api/lsp", lsp).body["messages"]
        graph = user.post("api/analysis", body).body["diagnostics"]
        assert _in_short(published["params"]["diagnostics"]) == _in_short(graph), path
