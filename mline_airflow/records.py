"""Records of runs in the store: what ran, with what, and what came of it.

    runs/<experiment>/<run>/run.json              who started it, with which params and plan
    runs/<experiment>/<run>/<task>.<try>.json     one record a try
    runs/<experiment>/<run>/<task>/<index>.<try>.json    the same for one instance of a sweep
    latest/<experiment>/<task>.json               which run gave the newest good record
    assets/<experiment>/<entity>.json             the same, for an entity that others may take
    plans/<sha256>.json                           every plan that a record names

Nothing but the store is needed to read a run. A record is written twice: with status `running`
when the stage starts, which keeps its inputs from being collected, and once more at its end.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from .artifacts import Artifact, ArtifactStore
from .dag_factory.plan import Plan, plan_digest, plan_text
from .failures import StoreError

RECORD_VERSION = 1
Record = dict[str, Any]
GOOD = "success"


@dataclass(frozen=True, slots=True)
class Address:
    """Which task of which run; `index` is the instance of a sweep."""

    experiment: str
    run: str
    task: str
    index: int | None = None


class Records:
    """Reads and writes the records of a store."""

    def __init__(self, store: ArtifactStore) -> None:
        self.store = store
        self.files = store.files

    def write(self, record: Mapping[str, Any], attempt: int = 1) -> None:
        """Write a record; a good one becomes the newest of its task and of its assets."""
        address = address_of(record)
        self._write(f"{_place(address)}.{attempt}.json", record)
        if record["status"] != GOOD or record.get("trial"):
            return
        pointer = {"run": address.run, "index": address.index, "ended": record.get("ended")}
        self._write(f"latest/{_name(address.experiment)}/{_name(address.task)}.json", pointer)
        for asset, port in assets_of(record):
            experiment, _, entity = asset.partition(".")
            target = {**pointer, "task": address.task, "port": port}
            self._write(f"assets/{_name(experiment)}/{_name(entity)}.json", target)

    def start_run(self, info: Mapping[str, Any], plan: Plan) -> None:
        """Write what is known of a run when it starts, and its plan."""
        self._write(_run_key(info), {**info, "plan": self.keep_plan(plan)})

    def end_run(self, info: Mapping[str, Any]) -> None:
        """Write the same with its end; the plan is known."""
        known = self._read(_run_key(info)) or {}
        self._write(_run_key(info), {**known, **info})

    def has_run(self, experiment: str, run: str) -> bool:
        """Tell whether a run was started."""
        return self.files.size(_run_key({"experiment": experiment, "run": run})) is not None

    def keep_plan(self, plan: Plan) -> str:
        """Store a plan once; return its digest."""
        digest = plan_digest(plan)
        key = f"plans/{digest.removeprefix('sha256:')}.json"
        if self.files.size(key) is None:
            self.files.write(key, plan_text(plan).encode("utf-8"))
        return digest

    def plan(self, digest: str) -> Plan | None:
        """Return a plan by its digest."""
        found: Plan | None = self._read(f"plans/{digest.removeprefix('sha256:')}.json")
        return found

    def experiments(self) -> list[str]:
        """Return the experiments that have runs."""
        return self.files.folders("runs")

    def runs(self, experiment: str) -> list[Record]:
        """Return what is known of each run, the newest first."""
        found = []
        for name in self.files.folders(f"runs/{_name(experiment)}"):
            info = self._read(f"runs/{_name(experiment)}/{name}/run.json")
            records = None if info else next(iter(self._in_run(experiment, name)), None)
            if info or records:
                found.append(info or {"experiment": experiment, **_brief(records)})
        return sorted(found, key=lambda info: str(info.get("started")), reverse=True)

    def run(self, experiment: str, run: str) -> list[Record]:
        """Return the newest try of every task of a run, in order of their start."""
        newest: dict[tuple[str, int | None], tuple[int, Record]] = {}
        for attempt, record in self._tries(experiment, _name(run)):
            key = (record["task"], record["index"])
            if key not in newest or attempt > newest[key][0]:
                newest[key] = (attempt, record)
        records = (record for _, record in newest.values())
        return sorted(records, key=lambda r: (str(r.get("started")), r["task"], r["index"] or 0))

    def tries(self, address: Address) -> list[Record]:
        """Return every try of one task, the first first."""
        prefix, _, name = _place(address).rpartition("/")
        found: list[tuple[int, Record]] = []
        for item in self.files.walk(prefix):
            stem, _, attempt = item.key.rpartition("/")[2].removesuffix(".json").rpartition(".")
            if item.key.rpartition("/")[0] == prefix and stem == name and attempt.isdigit():
                record = self._read(item.key)
                if record is not None:
                    found.append((int(attempt), record))
        return [record for _, record in sorted(found, key=lambda pair: pair[0])]

    def one(self, address: Address) -> Record | None:
        """Return the newest try of one task."""
        tries = self.tries(address)
        return tries[-1] if tries else None

    def newest(self, experiment: str, task: str) -> list[Record]:
        """Return a task's good records in the newest run that has one, in order of instances."""
        pointer = self._read(f"latest/{_name(experiment)}/{_name(task)}.json")
        if pointer and (found := self._good(experiment, str(pointer["run"]), task)):
            return found
        # The run that was pointed at is gone, or none was: look through all of them.
        for info in self.runs(experiment):
            if found := self._good(experiment, str(info["run"]), task):
                return found
        return []

    def _good(self, experiment: str, run: str, task: str) -> list[Record]:
        records = self.run(experiment, run)
        found = [one for one in records if one["task"] == task and _counts(one)]
        return sorted(found, key=lambda record: record["index"] or 0)

    def asset(self, asset: str) -> tuple[Record, str] | None:
        """Return the newest record that gives `experiment.entity`, and its port."""
        experiment, _, entity = asset.partition(".")
        pointer = self._read(f"assets/{_name(experiment)}/{_name(entity)}.json")
        if pointer:
            address = Address(experiment, pointer["run"], pointer["task"], pointer["index"])
            record = self.one(address)
            if record and _counts(record):
                return record, str(pointer["port"])
        for info in self.runs(experiment):
            for record in reversed(self.run(experiment, str(info["run"]))):
                for name, port in assets_of(record):
                    if name == asset and _counts(record):
                        return record, port
        return None

    def remove_run(self, experiment: str, run: str) -> None:
        """Remove the records of a run; its artifacts go when nothing else names them."""
        for found in list(self.files.walk(f"runs/{_name(experiment)}/{_name(run)}")):
            self.files.remove(found.key)

    def all(self) -> Iterator[Record]:
        """Yield every try of every run; raises StoreError for a record that cannot be read."""
        for found in self.files.walk("runs"):
            if found.key.endswith(".json") and not found.key.endswith("/run.json"):
                record = self._read(found.key)
                if record is not None:
                    yield record

    def artifacts(self, keep: Callable[[Record], bool] = lambda _: True) -> Iterator[Artifact]:
        """Yield every artifact that a kept record names."""
        for record in self.all():
            if keep(record):
                yield from artifacts_of(record)

    def _in_run(self, experiment: str, quoted_run: str) -> Iterator[Record]:
        for _, record in self._tries(experiment, quoted_run):
            yield record

    def _tries(self, experiment: str, quoted_run: str) -> Iterator[tuple[int, Record]]:
        for found in self.files.walk(f"runs/{_name(experiment)}/{quoted_run}"):
            attempt = found.key.removesuffix(".json").rpartition(".")[2]
            if found.key.endswith(".json") and attempt.isdigit():
                record = self._read(found.key)
                if record is not None:
                    yield int(attempt), record

    def _write(self, key: str, data: Mapping[str, Any]) -> None:
        self.files.write(key, json_text(data).encode("utf-8"))

    def _read(self, key: str) -> Any:
        try:
            return json.loads(self.files.read(key))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise StoreError(f"record {key} of {self.store.url} is not JSON: {error}") from error


def address_of(record: Mapping[str, Any]) -> Address:
    """Return which task of which run a record is of."""
    return Address(record["experiment"], record["run"], record["task"], record["index"])


def artifacts_of(record: Mapping[str, Any]) -> Iterator[Artifact]:
    """Yield the artifacts that a record names: outputs, inputs, code, and a service's log."""
    for port in (*record.get("outputs", {}).values(), *record.get("inputs", {}).values()):
        yield Artifact.from_json(port)
    if record.get("code"):
        yield Artifact(record["code"], 0, "folder", 0)
    if record.get("log"):
        yield Artifact.from_json(record["log"])


def assets_of(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return `(experiment.entity, port)` for every output that other experiments may take."""
    outputs = record.get("outputs", {})
    return [(output["asset"], port) for port, output in outputs.items() if output.get("asset")]


def timestamp() -> str:
    """Return the time as records hold it: ISO 8601 in UTC, with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def plain(value: Any) -> Any:
    """Return JSON data in which what is not a number (NaN, infinity) is null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def json_text(data: Any) -> str:
    """Return data as JSON text that people can read, too."""
    return json.dumps(plain(data), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _counts(record: Record) -> bool:
    """Tell whether others may take from a record."""
    return record["status"] == GOOD and not record.get("trial")


def _brief(record: Record | None) -> Record:
    if record is None:
        return {}
    return {key: record.get(key) for key in ("run", "plan", "started", "user", "release")}


def _run_key(info: Mapping[str, Any]) -> str:
    return f"runs/{_name(info['experiment'])}/{_name(info['run'])}/run.json"


def _place(address: Address) -> str:
    base = f"runs/{_name(address.experiment)}/{_name(address.run)}/{_name(address.task)}"
    return base if address.index is None else f"{base}/{address.index}"


def _name(text: str) -> str:
    """Return a name as one part of a path; Airflow's run ids pass unchanged."""
    quoted = quote(text, safe="~:+@=,")
    return quoted.replace(".", "%2E") if not quoted.strip(".") else quoted
