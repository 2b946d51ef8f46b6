"""The DAG `mline_reaper`: every few minutes it ends what nobody uses any more.

Services without a lease or whose run is over, containers of stages whose run is over, networks
that are empty.

A bundle of experiments shows it by itself. For an ordinary DAG folder, this is a whole DAG file:

    from mline_airflow.services.reaper_dag import reaper; dag = reaper(__file__)
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, BaseOperator
from airflow.sdk.configuration import conf

from mline_airflow.bundles.folder import source_of
from mline_airflow.dag_factory.project import Project
from mline_airflow.provider_settings import option, service_lease

if TYPE_CHECKING:
    from airflow.sdk import Context

    from mline_airflow.runners.docker_leftovers import RunState

    from .reap import Failures

DAG_ID = "mline_reaper"
_GOES_ON = frozenset({"queued", "running"})


def reaper(file: str) -> DAG | None:
    """Return the DAG, None when the setting is `off`; `file` is the DAG file."""
    schedule = option("reaper") or "*/5 * * * *"
    if schedule == "off":
        return None
    dag = DAG(
        _dag_id(file),
        schedule=schedule,
        start_date=datetime(2024, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        # A reaper that waits for somebody to switch it on is none.
        is_paused_upon_creation=False,
        tags=["mline"],
        description="Ends services that were left behind.",
    )
    ReapOperator(task_id="reap", file=file, dag=dag)
    return dag


class ReapOperator(BaseOperator):
    """Ends services and containers of stages that were left behind."""

    def __init__(self, *, file: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.file = file

    def execute(self, context: Context) -> list[str]:
        """Return what was ended, as sentences; raises MLineError at the end if anything failed."""
        from mline_airflow.operators.run import secret

        from .engines import drop_empty_networks, end_leftovers, places_of
        from .place import services_folder
        from .reap import Failures, reap

        def say(line: str) -> None:
            self.log.info("%s", line)

        folder = services_folder(option("services_folder"))
        project = Project.open(_source(Path(self.file)))
        places = places_of(project, folder, say)
        failures = Failures(say)
        stores = _stores(project, failures)

        def state_of(experiment: str, run: str, store: str) -> RunState:
            # Another installation that shares the engine may have a run of the same name.
            return self._state(context, experiment, run) if store in stores else "unknown"

        def state_of_stage(experiment: str, run: str, store: str) -> RunState:
            return state_of(experiment, run, store) if store in stores else "running"

        ended = []
        services = reap(
            places, state_of, lease=service_lease(), secret=secret, log=say, failures=failures
        )
        for service in services:
            ended.append(f"{service.instance}: {service.reason}")
            say(f"ended {ended[-1]}")
        for stage in end_leftovers(places, failures, state_of_stage):
            ended.append(f"{stage}: {stage.reason}")
            say(f"removed {ended[-1]}")
        for name in drop_empty_networks(places, failures):
            say(f"removed the empty network {name}")
        say(f"{len(ended)} ended")
        failures.check()
        return ended

    def _state(self, context: Context, experiment: str, run: str) -> RunState:
        try:
            state = context["ti"].get_dagrun_state(dag_id=experiment, run_id=run)
        except Exception as error:  # noqa: BLE001 - a run that was deleted, or was never Airflow's
            self.log.info("Airflow does not know run %s of %s: %s", run, experiment, error)
            return "unknown"
        # An enumeration whose members are strings, too.
        return "running" if getattr(state, "value", state) in _GOES_ON else "over"


def _stores(project: Project, failures: Failures) -> set[str]:
    """Return the stores of this installation's runs, as URLs and as labels have them."""
    from mline_airflow.artifacts import ArtifactStore
    from mline_airflow.provider_settings import store_of
    from mline_airflow.runners.docker_spec import store_label

    profiles = {name: profile.keys for name, profile in project.profiles.items()} or {"": {}}
    found = set()
    for name, keys in profiles.items():
        with failures.noted(f"profile '{name}'"):
            found.add(ArtifactStore(store_of(keys, str(project.root))).url)
    return found | {store_label(url)[1] for url in found}


def _source(file: Path) -> Path:
    """Return where the experiments are: shown by a bundle, or beside the DAG file."""
    try:
        return source_of(file).parent
    except FileNotFoundError:
        return file.parent


def _dag_id(file: str) -> str:
    """Return an id that no other bundle of experiments shows too: the first one has the plain."""
    bundles = conf.getjson("dag_processor", "dag_bundle_config_list", fallback=[])
    ours: list[str] = [
        one["name"]
        for one in bundles or []
        if isinstance(one, dict) and str(one.get("classpath", "")).startswith("mline_airflow.")
    ]
    mine = next((name for name in ours if name in Path(file).parts), None)
    return DAG_ID if mine is None or mine == ours[0] else f"{DAG_ID}_{mine}"
