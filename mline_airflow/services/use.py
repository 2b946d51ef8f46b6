"""What a stage does that uses services.

It looks whether they are those that were started for it, and renews their leases while it runs.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mline_airflow.dag_factory.plan import Task
from mline_airflow.stages.references import ServiceAddress

from .life import look
from .place import Place
from .values import ServiceError

Told = Mapping[str, Any]
"""The part `service` of a start's record."""


def address_for(task: Task, told: Told) -> ServiceAddress:
    """Return where a task of this runner reaches a service; raises ServiceError if it cannot."""
    theirs, ours = told["runner"], task.get("runner", "docker")
    if theirs == ours:
        address: ServiceAddress = told["inside"] or told["endpoints"]
        return address
    if ours == "process":
        found: ServiceAddress = told["endpoints"]
        return found
    message = (
        f"stage '{task['id']}' runs in {ours} and cannot reach the service '{told['id']}', which "
        f"runs in {theirs}; give both the same runner"
    )
    raise ServiceError(message, code="service-out-of-reach")


@contextlib.contextmanager
def using(
    used: Sequence[Told],
    place_of: Callable[[Told], Place],
    run: str,
    lease: float,
    every: float | None = None,
) -> Iterator[None]:
    """Look at every service, then renew its lease until the stage has ended.

    Raises ServiceError for one that is gone, or was started anew since this run's start task.
    """
    places = [(told, place_of(told)) for told in used]
    for told, place in places:
        instance = look(told["id"], told["instance"], place)
        place.renew(instance, run, time.time() + lease)
    over = threading.Event()
    beat = threading.Thread(
        target=_beat, args=(places, run, lease, every or lease / 4, over), daemon=True
    )
    if places:
        beat.start()
    try:
        yield
    finally:
        over.set()
        if places:
            beat.join()


def _beat(
    places: Sequence[tuple[Told, Place]],
    run: str,
    lease: float,
    every: float,
    over: threading.Event,
) -> None:
    while not over.wait(every):
        for told, place in places:
            # The stage is the one to notice that a service is gone: by what it gets from it.
            with contextlib.suppress(Exception):
                found = place.get(told["instance"])
                if found is not None:
                    place.renew(found, run, time.time() + lease)
