"""Every place where the services of a project may be: this machine, and its profiles' engines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mline_airflow.dag_factory.project import Project
from mline_airflow.failures import MLineError
from mline_airflow.runners.docker_client import telling
from mline_airflow.runners.docker_leftovers import Leftover, StateOf, leftovers, remove

from .place import Place, place_for
from .reap import Failures, unknown

_ENGINE = "the Docker Engine"


def places_of(project: Project, folder: Path, log: Callable[[str], None]) -> list[Place]:
    """Return the places, each engine once; one that does not answer is told and left out.

    An experiment may put a service into a container whatever the profile's runner is, so each
    profile's engine is looked for; it is missed only where a profile names it.
    """
    profiles: list[Mapping[str, Any]] = [profile.keys for profile in project.profiles.values()]
    found: dict[str, tuple[Mapping[str, Any], bool]] = {}
    for keys in profiles or [{"runner": "docker"}]:
        where = json.dumps(keys.get("docker") or {}, sort_keys=True, default=str)
        named = keys.get("runner", "docker") == "docker" or "docker" in keys
        found[where] = (keys, named or found.get(where, ({}, False))[1])
    places = [place_for("process", {}, folder)]
    for keys, named in found.values():
        try:
            places.append(place_for("docker", keys, folder))
        except MLineError as error:
            if named:
                log(f"docker: {error}")
    return places


def end_leftovers(
    places: list[Place], failures: Failures, state_of: StateOf = unknown, *, dry_run: bool = False
) -> Iterator[Leftover]:
    """Remove the containers of stages that nobody waits for any more; yield each."""
    for place in places:
        if place.name != "docker":
            continue
        client = place.client  # type: ignore[attr-defined]  # a DockerPlace
        left: list[Leftover] = []
        with failures.noted("leftovers of stages could not be looked for"), telling(_ENGINE):
            left.extend(leftovers(client, state_of))
        for found in left:
            is_done = False
            with failures.noted(f"{found} could not be removed"), telling(_ENGINE):
                if not dry_run:
                    remove(client, found)
                is_done = True
            if is_done:
                yield found


def drop_empty_networks(places: list[Place], failures: Failures) -> list[str]:
    """Remove the networks of runs that no container is in; return their names."""
    dropped: list[str] = []
    for place in places:
        if (networks := getattr(place, "networks", None)) is not None:
            with failures.noted("empty networks could not be removed"), telling(_ENGINE):
                dropped += networks.drop_empty()
    return dropped
