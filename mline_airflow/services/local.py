"""Services of a run without Airflow: started, kept alive, and stopped with the run."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mline_airflow.artifacts import ArtifactStore
from mline_airflow.dag_factory.plan import Plan, Task
from mline_airflow.records import GOOD, Record

from .place import Place, place_for, services_folder
from .task import ServiceContext, run_start, run_stop, service_of
from .use import address_for, using
from .values import ServiceError

LEASE = 60.0
"""Seconds after which services end by themselves when the run was killed."""


class LocalServices:
    """Starts and stops the services of one run; `close` ends whatever still runs."""

    def __init__(  # noqa: PLR0913 - all that a plan leaves open
        self,
        plan: Plan,
        root: Path,
        store: ArtifactStore,
        *,
        run: str,
        params: Mapping[str, Any],
        secret: Callable[[str], str] | None,
        user: str | None = None,
        lease: float = LEASE,
    ) -> None:
        self.plan = plan
        self.root = root
        self.store = store
        self.run = run
        self.params = params
        self.secret = secret
        self.user = user
        self.lease = lease
        self._places: dict[str, Place] = {}
        self._started: dict[str, Record] = {}
        self._over = threading.Event()
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self._beat: threading.Thread | None = None

    def start(self, task: Task, log: Callable[[str], None]) -> Record:
        """Start a service and wait until it is ready; raises MLineError otherwise."""
        record = run_start(self.plan, task, self._context(task, log))
        with self._lock:
            self._started[task["service"]] = record
            if self._beat is None:
                self._beat = threading.Thread(target=self._renew, daemon=True)
                self._beat.start()
        return record

    def stop(self, task: Task, log: Callable[[str], None]) -> Record:
        """Stop a service."""
        record = run_stop(self.plan, task, self._context(task, log))
        with self._lock:
            self._started.pop(task["service"], None)
        return record

    @contextlib.contextmanager
    def using(self, task: Task) -> Iterator[None]:
        """Look at the services that a stage uses before it runs."""
        used = [self._told(name) for name in task.get("uses", ())]
        with using(used, lambda told: self._place(told["runner"]), self.run, self.lease):
            yield

    def address(self, task: Task, service: str) -> Mapping[str, Mapping[str, Any]]:
        """Return where its endpoints are, for a task."""
        return address_for(task, self._told(service))

    def cancel(self) -> None:
        """Let a start that waits give up."""
        self._cancelled.set()

    def close(self) -> None:
        """Stop what still runs, as when the engine itself failed; raises its first error."""
        self._over.set()
        if self._beat is not None:
            self._beat.join()
        first: Exception | None = None
        for service in list(self._started):
            stop = next(one["stop"] for one in self.plan["services"] if one["id"] == service)
            task = next(one for one in self.plan["tasks"] if one["id"] == stop)
            try:
                self.stop(task, lambda _: None)
            except Exception as error:  # noqa: BLE001 - the others are to end whatever it is
                first = first or error
        if first is not None:
            raise first

    def _told(self, service: str) -> Mapping[str, Any]:
        with self._lock:
            record = self._started.get(service)
        if record is None or record["status"] != GOOD:
            message = f"service '{service}' was not started in this run"
            raise ServiceError(message, code="service-not-running")
        told: Mapping[str, Any] = record["service"]
        return told

    def _context(self, task: Task, log: Callable[[str], None]) -> ServiceContext:
        stopping = task["kind"] == "stop"
        return ServiceContext(
            store=self.store,
            root=self.root,
            run=self.run,
            place=self._place(service_of(self.plan, task)["runner"]),
            params=self.params,
            secret=self.secret,
            user=self.user,
            lease=self.lease,
            log=log,
            cancelled=(lambda: False) if stopping else self._cancelled.is_set,
        )

    def _place(self, runner: str) -> Place:
        with self._lock:
            if runner not in self._places:
                folder = services_folder()
                self._places[runner] = place_for(runner, self.plan["profile"], folder)
            return self._places[runner]

    def _renew(self) -> None:
        while not self._over.wait(self.lease / 4):
            with self._lock:
                started = [record["service"] for record in self._started.values()]
            for told in started:
                with contextlib.suppress(Exception):
                    place = self._place(told["runner"])
                    found = place.get(told["instance"])
                    if found is not None:
                        place.renew(found, self.run, time.time() + self.lease)
