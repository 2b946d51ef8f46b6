"""Start and stop of a service, the same wherever it runs."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mline_airflow.failures import MLineError

from .hidden import Secret, values_of, without_secrets
from .place import Place
from .ready import Log, wait_until_ready
from .spec import Spec
from .values import Exit, Instance, ServiceGoneError


def never() -> bool:
    """Say no: nobody cancels this."""
    return False


def start(
    spec: Spec,
    place: Place,
    log: Log,
    *,
    cancelled: Callable[[], bool] = never,
    keep: Callable[[bytes], None] = lambda _: None,
) -> Instance:
    """Start a service, or join one that is shared, and return it when it is ready.

    Whatever an earlier try left is removed first. When it fails, nothing is left; `keep` gets the
    log. Raises ServiceError.
    """
    with place.lock(spec.slug):
        for found in place.find(spec.slug):
            if spec.is_shared and found.alive:
                return _join(spec, place, found, log, cancelled)
            log(f"removing what an earlier start left: {found}")
            place.end(found)
            place.remove(found)
        instance = place.create(spec)
        log(f"started {instance}")
        try:
            wait_until_ready(place, spec, instance, log, cancelled)
        except BaseException:
            _give_up(spec, place, instance, log, keep)
            raise
        # What it took to become ready is not taken from the lease.
        place.renew(instance, spec.run, time.time() + spec.lease)
    return place.get(instance.id) or instance


def _give_up(
    spec: Spec, place: Place, instance: Instance, log: Log, keep: Callable[[bytes], None]
) -> None:
    """Remove what did not become ready; whatever fails here must not hide why."""
    try:
        with _told(log, f"{instance} could not be ended"):
            place.end(instance)
        with _told(log, "its log could not be kept"):
            keep(without_secrets(place.log(instance), spec.masked))
    finally:
        with _told(log, f"{instance} could not be removed"):
            place.remove(instance)


@contextlib.contextmanager
def _told(log: Log, what: str) -> Iterator[None]:
    """Tell an error instead of raising it."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - every store and every engine has its own
        log(f"{what}: {error}")


def _join(
    spec: Spec, place: Place, found: Instance, log: Log, cancelled: Callable[[], bool]
) -> Instance:
    log(f"joining {found}, which other runs use")
    place.renew(found, spec.run, time.time() + spec.lease)
    place.join(found, spec.run)
    found = place.get(found.id) or found
    try:
        wait_until_ready(place, spec, found, lambda _: None, cancelled)
    except BaseException:
        place.renew(found, spec.run, 0)
        place.leave(found, spec.run)
        raise
    return place.get(found.id) or found


@dataclass(frozen=True)
class Stopped:
    """What came of a stop; `log` is what the service printed, or the end of it."""

    exit: Exit | None
    log: bytes = b""
    instance: str | None = None
    kept_for: tuple[str, ...] = ()
    """Other runs that still use it."""


def stop(slug: str, run: str, place: Place, log: Log, secret: Secret | None = None) -> Stopped:
    """Stop a service for a run; a shared one lives on while other runs have leases.

    A service that is not there any more is no failure: the wish is fulfilled.
    """
    with place.lock(slug):
        found = place.find(slug)
        if not found:
            log("it was not running any more")
            return Stopped(Exit("gone"))
        instance = found[0]
        place.renew(instance, run, 0)
        place.leave(instance, run)
        now = time.time()
        others = tuple(
            sorted(one for one, until in instance.users.items() if one != run and until > now)
        )
        if instance.alive and others and instance.scope != "run":
            log(f"left running for {', '.join(others)}")
            return Stopped(None, instance=instance.id, kept_for=others)
        return finish(place, instance, log, secret)


def finish(place: Place, instance: Instance, log: Log, secret: Secret | None = None) -> Stopped:
    """End an instance and remove it; `secret` looks up what its log must not show."""
    how = place.end(instance)
    text = b""
    try:
        with _told(log, "its log could not be read"):
            text = place.log(instance)
    finally:
        place.remove(instance)
    log(f"{instance} {how}")
    try:
        text = without_secrets(text, values_of(instance.secrets, secret))
    except MLineError as error:
        log(f"its log is not kept, for its secrets cannot be hidden: {error}")
        text = b""
    if how.reason != "stopped":
        for line in text.decode("utf-8", "replace").splitlines()[-20:]:
            log(f"  {line}")
    return Stopped(how, text, instance.id)


def look(service: str, instance: str, place: Place) -> Instance:
    """Return a running instance; raises ServiceGoneError when it is gone or was replaced."""
    found = place.get(instance)
    if found is not None and found.alive:
        return found
    how = str(found.exit) if found is not None and found.exit else "is not there any more"
    message = (
        f"service '{service}' does not run: the instance {instance}, which '{service}__start' "
        f"started, {how}. Run '{service}__start' again together with this stage; in Airflow, clear "
        "the stage without 'only failed'"
    )
    raise ServiceGoneError(message)
