"""The reaper: ends the services that nobody uses any more, whoever left them behind."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from mline_airflow.artifacts import ArtifactStore
from mline_airflow.failures import MLineError
from mline_airflow.runners.docker_leftovers import RunState, StateOf

from .hidden import Secret
from .life import finish
from .place import Place
from .values import Instance


@dataclass(frozen=True)
class Reaped:
    """An instance that was ended, or would be, and why."""

    instance: Instance
    reason: str


def unknown(experiment: str, run: str, store: str) -> RunState:  # noqa: ARG001 - a StateOf
    """Say that nobody knows how the run is: the lease decides."""
    return "unknown"


def reap(
    places: Iterable[Place],
    state_of: StateOf = unknown,
    *,
    lease: float = 0.0,
    everything: bool = False,
    dry_run: bool = False,
    secret: Secret | None = None,
    log: Callable[[str], None] = lambda _: None,
) -> Iterator[Reaped]:
    """End what has no lease, or whose runs are over; yield each.

    Services of runs that go on are kept, and get another `lease`: their stages may wait in a queue.
    """
    for place in places:
        for seen in place.find():
            with place.lock(seen.slug):
                instance = place.get(seen.id)
                if instance is None:
                    continue
                reason = "asked to" if everything else _why(instance, place, state_of, lease)
                if not reason:
                    continue
                if not dry_run:
                    _end(place, instance, log, secret)
            yield Reaped(instance, reason)


def _why(instance: Instance, place: Place, state_of: StateOf, lease: float) -> str:
    """Return why an instance is to be ended, or ""."""
    if not instance.alive:
        return f"it {instance.exit}" if instance.exit else "it does not run"
    now = time.time()
    users = {instance.run: 0.0, **instance.users} if instance.scope == "run" else instance.users
    over = []
    for run, expires in users.items():
        state = state_of(instance.experiment, run, instance.store)
        if state == "running":
            if lease and expires < now + lease / 2:
                place.renew(instance, run, now + lease)
            return ""
        if state == "over":
            over.append(run)
        elif expires > now:
            return ""
    if over:
        return f"run {', '.join(over)} is over"
    return "nobody has renewed its lease"


def _end(
    place: Place, instance: Instance, log: Callable[[str], None], secret: Secret | None
) -> None:
    """End an instance and keep its log where its run's records are, if that can be reached."""
    for run in instance.users:
        place.leave(instance, run)
    done = finish(place, instance, log, secret)
    if instance.store and done.log:
        try:
            kept = ArtifactStore(instance.store).put_bytes(done.log)
        except (MLineError, OSError, ValueError, ImportError) as error:
            log(f"its log could not be kept in {instance.store}: {error}")
        else:
            log(f"its log is kept: {kept.digest}")
