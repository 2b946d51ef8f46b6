"""The options of `[mline]` in Airflow's configuration, as `provider` declares them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.configuration import AIRFLOW_HOME
from airflow.sdk.configuration import conf

if TYPE_CHECKING:
    from mline_airflow.dag_factory.plan import Plan
    from mline_airflow.services.place import Place


def option(name: str) -> str:
    """Return an option's text; one that is not set is empty."""
    return (conf.get("mline", name, fallback="") or "").strip()


def names(name: str) -> tuple[str, ...]:
    """Return an option that is a list with commas."""
    return tuple(part.strip() for part in option(name).split(",") if part.strip())


@cache
def profile() -> str | None:
    """Return the profile that experiments are compiled under, or None for the project's own.

    Asked for every DAG; the configuration does not change while a process lives.
    """
    return option("profile") or None


@cache
def plan_cache() -> Path:
    """Return the folder of compiled plans; asked for every DAG as well."""
    kept = option("cache_folder")
    return Path(kept).expanduser() if kept else Path(AIRFLOW_HOME, "mline", "plans")


def store_url(plan: Plan, project_root: str) -> str:
    """Return the store of a plan's artifacts: the option, the profile's, or one beside Airflow."""
    return store_of(plan["profile"], project_root)


def store_of(profile: Mapping[str, Any], project_root: str) -> str:
    """Return the store of what runs under a profile."""
    chosen = option("store") or str(profile.get("store") or "")
    if chosen in {"", "file"}:
        return Path(AIRFLOW_HOME, "mline", "store").as_uri()
    if "://" in chosen:
        return chosen
    return Path(project_root, chosen).absolute().as_uri()


def process_runner_is_allowed() -> bool:
    """Tell whether stages may run as processes of the worker."""
    return bool(conf.getboolean("mline", "allow_process_runner", fallback=False))


_SOONEST = 7
"""Seconds: Airflow hears up to five late that a task waits, and fails one that runs again then."""


def wait_seconds() -> int:
    """Return how often a task looks for an entity that does not exist yet."""
    return max(_SOONEST, int(conf.getint("mline", "wait_seconds", fallback=30)))


def service_lease() -> float:
    """Return for how many seconds a service lives when nobody renews its lease."""
    return float(conf.getfloat("mline", "service_lease", fallback=3600.0))


def services_place(plan: Plan, runner: str) -> Place:
    """Return where the services of a plan run that have this runner."""
    from mline_airflow.connections import log_in
    from mline_airflow.services.place import place_for, services_folder

    folder = services_folder(option("services_folder"))
    return place_for(runner, plan["profile"], folder, log_in)
