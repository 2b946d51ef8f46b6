"""Sixty users at the editor's API for a minute: no error, no lost save, Airflow as quick as before.

Two Airflows take turns: one with the plugin, whose users read and save experiments, and one without
it, whose users ask Airflow's own API as often. Beside them one more client measures how long
Airflow's own API takes.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from measure import ROOT, Report

sys.path.insert(0, str(ROOT / "tests" / "airflow"))

from editor_airflow import EditorAirflow

READERS, SAVERS = 50, 10
READ_SECONDS, SAVE_SECONDS = 2.0, 5.0
"""How long a user thinks between two requests, on average."""
_BAR = 1.2
_WITHOUT = """
import importlib.metadata
def hide(kind):
    real = kind.entry_points
    def entry_points(self):
        found = real.fget(self)
        return type(found)(e for e in found if (e.group, e.name) != ("airflow.plugins", "mline"))
    kind.entry_points = property(entry_points)
hide(importlib.metadata.Distribution)
try:
    import importlib_metadata
except ImportError:
    pass
else:
    hide(importlib_metadata.Distribution)
"""
_AIRFLOW = ("api/v2/dags?limit=50", "api/v2/dags/basic", "api/v2/dags/basic/dagRuns?limit=5")
_MLINE = (
    *("api/experiments", "api/experiments/basic.mline.yaml", "api/session"),
    *("api/experiments/basic.mline.yaml/dag", "api/experiments/swept.mline.yaml/history"),
)


@dataclass
class Outcome:
    """What happened to the users."""

    requests: int = 0
    saves: int = 0
    stale: int = 0
    took: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    kept: list[tuple[str, str]] = field(default_factory=list)
    """File and line of each save that was acknowledged."""


class Users:
    """Sixty people, each with a pause before the next request."""

    def __init__(self, airflow: EditorAirflow, *, plugin: bool, seconds: float) -> None:
        self.airflow = airflow
        self.plugin = plugin
        self.until = time.monotonic() + seconds
        self.outcome = Outcome()
        headers = {"Authorization": f"Bearer {airflow.login('user')}", "X-MLine": "1"}
        limits = httpx.Limits(max_connections=READERS + SAVERS + 1)
        self.client = httpx.AsyncClient(headers=headers, timeout=60, limits=limits, trust_env=False)

    async def call(self, method: str, path: str, body: object = None) -> httpx.Response | None:
        """Make a request and note how it went."""
        began = time.perf_counter()
        try:
            answer = await self.client.request(method, f"{self.airflow.url}/{path}", json=body)
        except httpx.HTTPError as error:
            self.outcome.errors[type(error).__name__] += 1
            return None
        self.outcome.took.append(time.perf_counter() - began)
        self.outcome.requests += 1
        if answer.status_code >= 400 and answer.status_code != 409:
            self.outcome.errors[f"{method} {path} {answer.status_code}"] += 1
        return answer

    async def pause(self, seconds: float) -> bool:
        """Think; false when the time is over."""
        wait = random.uniform(0.5, 1.5) * seconds
        await asyncio.sleep(max(0.0, min(wait, self.until - time.monotonic())))
        return time.monotonic() < self.until

    async def read(self, number: int) -> None:
        """Be a reader."""
        text = (self.airflow.workspace / "basic.mline.yaml").read_text("utf-8")
        while await self.pause(READ_SECONDS):
            if not self.plugin:
                await self.call("GET", random.choice(_AIRFLOW))
            elif random.random() < 0.5:
                body = {"path": "basic.mline.yaml", "text": f"{text}# {number} {random.random()}\n"}
                await self.call("POST", "mline/api/analysis", body)
            else:
                await self.call("GET", f"mline/{random.choice(_MLINE)}")

    async def save(self, number: int) -> None:
        """Be somebody who saves, or reads as often where nothing can be saved."""
        name = f"saved{number % 5}.mline.yaml"
        count = 0
        while await self.pause(SAVE_SECONDS):
            if not self.plugin:
                await self.call("GET", random.choice(_AIRFLOW))
                continue
            line = f"# {number}: {count}"
            count += 1
            while not await self._saved(name, line):
                self.outcome.stale += 1

    async def _saved(self, name: str, line: str) -> bool:
        """Read, add a line and save; false when somebody else was quicker."""
        path = f"mline/api/experiments/{name}"
        read = await self.call("GET", path)
        if read is None or read.status_code != 200:
            return True
        file = read.json()
        body = {"text": f"{file['text']}{line}\n", "base": file["revision"]}
        answer = await self.call("PUT", path, body)
        if answer is not None and answer.status_code == 200:
            self.outcome.saves += 1
            self.outcome.kept.append((name, line))
        return answer is None or answer.status_code != 409

    async def probe(self, took: list[float]) -> None:
        """Measure Airflow's own API five times a second."""
        while time.monotonic() < self.until:
            began = time.perf_counter()
            answer = await self.client.get(f"{self.airflow.url}/api/v2/dags/basic")
            took.append(time.perf_counter() - began)
            if answer.status_code != 200:
                self.outcome.errors[f"probe {answer.status_code}"] += 1
            await asyncio.sleep(0.2)

    async def run(self, *, busy: bool) -> list[float]:
        """Let everybody work until the time is over; returns what the probe measured."""
        took: list[float] = []
        people = [self.probe(took)]
        if busy:
            people += [self.read(n) for n in range(READERS)]
            people += [self.save(n) for n in range(SAVERS)]
        await asyncio.gather(*people)
        await self.client.aclose()
        return took


def run(report: Report, folder: Path, seconds: float, rounds: int) -> None:
    """Measure; `seconds` is how long the sixty users are there, in `rounds` turns."""
    hidden = folder / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text(_WITHOUT, "utf-8")
    settings = {"AIRFLOW__MLINE__API_RATE": "0", "AIRFLOW__MLINE__WORKSPACE_REMOTE": "off"}
    without = {"PYTHONPATH": str(hidden)}
    with (
        EditorAirflow(folder / "with", settings=settings) as ours,
        EditorAirflow(folder / "without", settings=without) as bare,
    ):
        assert ours.client("user").get("api/session").status == 200
        # Without the plugin Airflow's own page answers for every address.
        assert isinstance(bare.client("user").get("api/session").body, str)
        for airflow in (ours, bare):
            _ready(airflow)
        _measure(report, ours, bare, seconds, rounds)


def _ready(airflow: EditorAirflow) -> None:
    for number in range(5):
        text = f"mline: 1\nexperiment: saved{number}\nstages: {{a: {{run: 'true'}}}}\n"
        airflow.write(f"saved{number}.mline.yaml", text)
    deadline = time.monotonic() + 180
    while not airflow.has_dag("basic"):
        if time.monotonic() > deadline:
            sys.exit("Airflow has no DAG 'basic' after three minutes")
        time.sleep(1)


def _measure(
    report: Report, ours: EditorAirflow, bare: EditorAirflow, seconds: float, rounds: int
) -> None:
    took: dict[tuple[str, bool], list[float]] = {}
    total = Outcome()
    for _ in range(rounds):
        for busy in (False, True):
            for name, airflow in (("with", ours), ("without", bare)):
                length = seconds / rounds if busy else min(10.0, seconds / rounds)
                users = Users(airflow, plugin=name == "with", seconds=length)
                took.setdefault((name, busy), []).extend(asyncio.run(users.run(busy=busy)))
                if name == "with":
                    _add(total, users.outcome)
    for (name, busy), values in took.items():
        what = f"rest/airflow-api/{'60-users' if busy else 'idle'}/{name}-plugin"
        report.value(what, statistics.median(values) * 1e3, "ms", f"{len(values)} requests")
    lost = _lost(ours, total)
    note = f"{READERS} read, {SAVERS} save for {seconds:g} s; {total.stale} had to merge"
    report.value("rest/requests", total.requests, "", note)
    report.value("rest/saves", total.saves, "", f"{lost} lost, {sum(total.errors.values())} errors")
    quick = sorted(total.took)
    report.value("rest/median", statistics.median(quick) * 1e3, "ms")
    report.value("rest/95th", quick[int(len(quick) * 0.95)] * 1e3, "ms")
    for what, count in total.errors.most_common(5):
        report.line(f"error {what}: {count}")
    report.ratio("rest/errors-and-lost", float(lost + sum(total.errors.values())), bar=0)
    for busy, word in ((False, "idle"), (True, "60-users")):
        ratio = statistics.median(took["with", busy]) / statistics.median(took["without", busy])
        report.ratio(f"rest/airflow-api/{word}/without-plugin", ratio, bar=_BAR)


def _add(total: Outcome, one: Outcome) -> None:
    total.requests += one.requests
    total.saves += one.saves
    total.stale += one.stale
    total.took += one.took
    total.errors += one.errors
    total.kept += one.kept


def _lost(airflow: EditorAirflow, total: Outcome) -> int:
    """Count the acknowledged saves that are not in the file, and not in its history either."""
    texts = {
        name: (airflow.workspace / name).read_text("utf-8").splitlines()
        for name in {name for name, _line in total.kept}
    }
    return sum(texts[name].count(line) < 1 for name, line in total.kept)
