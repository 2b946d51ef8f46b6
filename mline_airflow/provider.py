"""What Airflow asks a provider package: its name, and its section of `airflow.cfg`."""

from __future__ import annotations

from typing import Any

from mline_airflow import __version__


def get_provider_info() -> dict[str, Any]:
    """Return MLine's provider information; the entry point `apache_airflow_provider` names it."""
    return {
        "package-name": "mline-airflow",
        "name": "MLine",
        "description": "Machine-learning experiments as semantic networks in YAML.",
        "versions": [__version__],
        "config": {
            "mline": {
                "description": "MLine: experiments as semantic networks in YAML.",
                "options": _OPTIONS,
            }
        },
    }


def _option(
    description: str, example: str | None = None, *, default: str = "", type_: str = "string"
) -> dict[str, Any]:
    return {
        "description": description,
        "version_added": "0.1.0",
        "type": type_,
        "example": example,
        "default": default,
    }


_OPTIONS: dict[str, dict[str, Any]] = {
    "profile": _option(
        "The profile of mline.yaml that experiments are compiled under. Empty: the first one of "
        "the file, or the built-in one, which runs stages in Docker.",
        "prod",
    ),
    "store": _option(
        "Where artifacts and records of runs lie: any fsspec URL that every worker reaches. Empty: "
        "what the profile says, else the folder mline under AIRFLOW_HOME.",
        "s3://bucket/mline",
    ),
    "cache_folder": _option(
        "Where compiled plans are kept between parses. Empty: mline/plans under AIRFLOW_HOME.",
        "/var/cache/mline",
    ),
    "allow_process_runner": _option(
        "Whether stages with `runner: process` may run. They run users' code on the worker itself, "
        "with the worker's rights: for a machine of one's own only.",
        default="False",
        type_="boolean",
    ),
    "wait_seconds": _option(
        "How often a task looks again for an entity of another experiment that does not exist yet; "
        "at least 7 seconds.",
        default="30",
        type_="integer",
    ),
    "service_lease": _option(
        "For how many seconds a service lives when neither a stage that uses it nor the reaper "
        "renews its lease.",
        default="3600",
        type_="integer",
    ),
    "services_folder": _option(
        "Where a worker keeps the state of services with `runner: process`. Empty: what "
        "MLINE_SERVICES_FOLDER says, else ~/.local/state/mline/services.",
        "/var/lib/mline/services",
    ),
    "reaper": _option(
        "When the DAG `mline_reaper` runs, which ends the services and containers that nobody uses "
        "any more: a cron expression or a preset. `off`: there is no such DAG. It is shown by "
        "every bundle of experiments that names services or Docker.",
        "*/2 * * * *",
        default="*/5 * * * *",
    ),
    "workspace": _option(
        "The experiments that the editor shows and saves: the name of a DAG bundle, or the "
        "absolute path of a folder. Empty: the first bundle of MLine.",
        "experiments",
    ),
    "workspace_remote": _option(
        "The Git repository that the editor's saves are pushed to, a URL or a path. Empty: the "
        "working copy's `origin`, when that is on another machine. `off`: none. For a Git bundle "
        "it is always the bundle's own.",
        "https://git.example.org/lab.git",
    ),
    "workspace_connection": _option(
        "The Airflow connection (of type Git) with the credentials for pushing. For a Git bundle "
        "it is always the bundle's own.",
        "git_default",
    ),
    "api_rate": _option(
        "How many requests a second one user may make to the editor's API, in each process of the "
        "API server; five times as many at once. 0: no limit.",
        default="50",
        type_="float",
    ),
    "api_max_body": _option(
        "The most bytes that one request to the editor's API may have.",
        default="4000000",
        type_="integer",
    ),
    "allowed_runners": _option(
        "Runners that experiments may use, separated by commas. Empty: all.", "docker,kubernetes"
    ),
    "allowed_images": _option(
        "Images that stages and services may use, as shell patterns separated by commas. "
        "Empty: all.",
        "registry.example/*,python:3.*-slim",
    ),
    "max_cpu": _option("The most CPU that one stage or service may ask for. Empty: no limit.", "8"),
    "max_memory": _option(
        "The most memory that one stage or service may ask for. Empty: no limit.", "32Gi"
    ),
    "max_gpu": _option(
        "The most GPUs that one stage or service may ask for. Empty: no limit.", "1"
    ),
}
