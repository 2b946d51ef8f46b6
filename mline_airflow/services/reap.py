"""The reaper: ends the services that nobody uses any more, whoever left them behind."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from mline_airflow.artifacts import ArtifactStore
from mline_airflow.failures import MLineError
from mline_airflow.runners.docker_leftovers import RunState, StateOf

from .hidden import Secret
from .life import finish
from .locks import file_lock
from .place import Place
from .values import Instance


@dataclass(frozen=True)
class Reaped:
    """An instance that was ended, or would be, and why."""

    instance: Instance
    reason: str


class Failures:
    """What could not be reaped: told at once, counted, and no reason to leave the rest."""

    def __init__(self, log: Callable[[str], None]) -> None:
        self.count = 0
        self._log = log

    @contextlib.contextmanager
    def noted(self, what: str) -> Iterator[None]:
        """Go on after what goes wrong in here; `what` begins the sentence that tells it."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - what lies in one container must not keep the others
            self.count += 1
            told = error if isinstance(error, MLineError | OSError) else repr(error)
            self._log(f"{what}: {told}")

    def check(self) -> None:
        """Raise MLineError when there were any."""
        if self.count:
            message = f"not all could be looked at or ended: {self.count} failed, as told above"
            raise MLineError(message, code="reap-failed")


def unknown(experiment: str, run: str, store: str) -> RunState:  # noqa: ARG001 - a StateOf
    """Say that nobody knows how the run is: the lease decides."""
    return "unknown"


def reap(  # noqa: PLR0913 - what decides, how, and who is told
    places: Iterable[Place],
    state_of: StateOf = unknown,
    *,
    lease: float = 0.0,
    everything: bool = False,
    dry_run: bool = False,
    secret: Secret | None = None,
    log: Callable[[str], None] = lambda _: None,
    failures: Failures | None = None,
) -> Iterator[Reaped]:
    """End what has no lease, or whose runs are over; yield each.

    Services of runs that go on are kept, and get another `lease`: their stages may wait in a queue.
    What fails is noted in `failures`, and told by `log` where there are none.
    """
    failures = failures or Failures(log)
    for place in places:
        found: list[Instance] = []
        with failures.noted(f"services with `runner: {place.name}` could not be looked for"):
            found = place.find()
        for seen in found:
            done: Reaped | None = None
            with (
                failures.noted(f"{seen} could not be ended"),
                file_lock(place.folder, seen.slug, wait=False) as is_free,
            ):
                if not is_free:  # a start may take long
                    log(f"{seen} is being started or ended: left for the next time")
                    continue
                instance = place.get(seen.id)
                if instance is None:
                    continue
                reason = "asked to" if everything else _why(instance, place, state_of, lease)
                if reason and not dry_run:
                    _end(place, instance, log, secret)
                done = Reaped(instance, reason) if reason else None
            if done is not None:
                yield done


def _why(instance: Instance, place: Place, state_of: StateOf, lease: float) -> str:
    """Return why an instance is to be ended, or ""."""
    # What is not alive and has not ended is about to start; another machine's lock is not ours.
    if not instance.alive and instance.exit is not None:
        return f"it {instance.exit}"
    now = time.time()
    users = {instance.run: 0.0, **instance.users} if instance.scope == "run" else instance.users
    over, is_used = [], False
    # All of them, not the first that goes on: each run's stop counts the leases of the others.
    for run, expires in users.items():
        state = state_of(instance.experiment, run, instance.store)
        if state == "over":
            over.append(run)
            continue
        is_used = is_used or state == "running" or expires > now
        if state == "running" and lease and expires < now + lease / 2:
            place.renew(instance, run, now + lease)
    if is_used:
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
