"""A project in a temporary folder, with plans written by hand: what tests of running need."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mline_airflow.artifacts import Artifact, ArtifactStore
from mline_airflow.dag_factory.plan import Plan
from mline_airflow.records import Record
from mline_airflow.runners.process import ProcessRunner
from mline_airflow.runners.runner import Runner
from mline_airflow.stages.protocol import StageContext, run_task

_ENTITY = ["core.Entity"]


def _type(name: str, *parents: str, folder: bool = False, codec: str = "") -> dict[str, Any]:
    info: dict[str, Any] = {"lineage": [name, *parents, "core.Entity"], "folder": folder}
    if codec:
        load, save = codec.split()
        info |= {"load": load, "save": save, "codec_library": "core"}
    return info


TYPES = {
    "core.Entity": {"lineage": _ENTITY, "folder": False},
    "core.File": _type("core.File"),
    "core.Folder": _type("core.Folder", folder=True),
    "core.Json": _type("core.Json", codec="file_codecs:load_json file_codecs:save_json"),
    "core.Text": _type("core.Text", codec="file_codecs:load_text file_codecs:save_text"),
    "core.Metric": _type(
        "core.Metric", codec="measurement_codecs:load_metric measurement_codecs:save_metric"
    ),
    "core.Accuracy": _type(
        "core.Accuracy",
        "core.Metric",
        codec="measurement_codecs:load_metric measurement_codecs:save_metric",
    ),
}


def takes(source: Mapping[str, Any] | str, given: str = "core.File", **more: Any) -> dict[str, Any]:
    """Return an input: of a file, or of a source."""
    place = {"file": source} if isinstance(source, str) else dict(source)
    entity = place.get("file") or f"{place.get('task')}.{place.get('port')}"
    return {"type": given, "given": given, "source": place, "entity": entity, **more}


def gives(entity: str, kind: str = "core.File", **more: Any) -> dict[str, Any]:
    """Return an output."""
    return {"type": kind, "entity": entity, **more}


class Workbench:
    """A project, a store and a plan that tests add tasks to."""

    def __init__(self, folder: Path, make_runner: Callable[[], Runner] = ProcessRunner) -> None:
        self.root = folder / "project"
        self.root.mkdir()
        self.store = ArtifactStore(folder / "store")
        self.make_runner = make_runner
        self.defaults: dict[str, Any] = {"runner": "process"}
        self.lines: list[str] = []
        self.records: dict[tuple[str, int | None], Record] = {}
        self.plan: Any = {
            "plan": 1,
            "language": 1,
            "experiment": "exp",
            "path": "exp.mline.yaml",
            "project": "demo",
            "profile": {"name": "local", "runner": "process"},
            "params": {},
            "tasks": [],
            "groups": [],
            "services": [],
            "entities": {},
            "types": copy.deepcopy(TYPES),
            "libraries": {"core": {"version": "1.0.0", "digest": "sha256:core"}},
            "tests": {},
        }

    def write(self, name: str, data: str | bytes) -> Path:
        """Write a file of the project."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def task(self, task_id: str, action: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        """Add a stage."""
        task = {
            "id": task_id,
            "kind": "stage",
            "stage": task_id,
            "upstream": [],
            **self.defaults,
            "action": dict(action),
            **copy.deepcopy(more),
        }
        self.plan["tasks"].append(task)
        return task

    def call(self, task_id: str, source: str, **more: Any) -> dict[str, Any]:
        """Add a stage that calls `f` of an inline module."""
        code = [{"to": "work.py", "text": source}]
        return self.task(task_id, {"call": "work:f"}, **{"code": code, **more})

    def context(self, **more: Any) -> StageContext:
        """Return the context of a stage, with the records of tasks that ran on this bench."""
        base = StageContext(
            store=self.store,
            root=self.root,
            run="run-1",
            record_of=self.record_of,
            runner=self.make_runner(),
            user="ada",
            log=self.lines.append,
        )
        return replace(base, **more)

    def run(self, task_id: str, **more: Any) -> Record:
        """Run one task."""
        plan: Plan = self.plan
        record = run_task(plan, task_id, self.context(**more))
        self.records[task_id, more.get("index")] = record
        return record

    def record_of(self, task: str, index: int | str | None) -> Any:
        """Answer from the records of this bench."""
        if index == "all":
            return [record for (name, _), record in sorted(self.records.items()) if name == task]
        return self.records.get((task, index))  # type: ignore[arg-type]

    def artifact(self, output: Mapping[str, Any]) -> Artifact:
        """Return the artifact of an output of a record."""
        return Artifact.from_json(output)

    def output(self, record: Record, port: str = "out") -> bytes:
        """Return the bytes of an output."""
        return self.store.read(Artifact.from_json(record["outputs"][port]))

    def text(self, record: Record, port: str = "out") -> str:
        """Return the text of an output."""
        return self.output(record, port).decode()

    @property
    def log(self) -> str:
        """All lines that were logged."""
        return "\n".join(self.lines)
