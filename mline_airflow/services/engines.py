"""Every place where the services of a project may be: this machine, and its profiles' engines."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mline_airflow.dag_factory.project import Project
from mline_airflow.failures import MLineError

from .place import Place, place_for


def places_of(project: Project, folder: Path, log: Callable[[str], None]) -> list[Place]:
    """Return the places, each engine once; one that does not answer is told and left out."""
    profiles: list[Mapping[str, Any]] = [profile.keys for profile in project.profiles.values()]
    found: dict[str, tuple[str, Mapping[str, Any]]] = {"process": ("process", {})}
    for keys in profiles or [{}]:
        runner = keys.get("runner") or "docker"
        if runner == "docker":
            where = json.dumps(keys.get("docker") or {}, sort_keys=True, default=str)
            found[f"docker {where}"] = (runner, keys)
    places = []
    for runner, keys in found.values():
        try:
            places.append(place_for(runner, keys, folder))
        except MLineError as error:
            log(f"{runner}: {error}")
    return places


def drop_empty_networks(places: list[Place]) -> list[str]:
    """Remove the networks of runs that no container is in; return their names."""
    return [
        name
        for place in places
        if (networks := getattr(place, "networks", None)) is not None
        for name in networks.drop_empty()
    ]
