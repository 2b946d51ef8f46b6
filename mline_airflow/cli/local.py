"""What `run` and `test` need beside the plan: a store, runners, secrets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..artifacts import ArtifactStore
from ..dag_factory.plan import Plan
from ..failures import ParamsError
from ..local_run import RunOptions, ServiceControl, store_url
from ..origin import new_run_id
from ..params import read_params
from .edge import MisuseError
from .secrets_here import secret


class Local:
    """Where and how a plan runs on this machine."""

    def __init__(self, plan: Plan, root: Path, store: str | None, parallel: int) -> None:
        self.plan = plan
        self.root = root
        self.store = ArtifactStore(store or store_url(plan["profile"], root))
        self.parallel = parallel

    def options(self, params: Sequence[str] = (), **more: Any) -> RunOptions:
        """Return the options of a run; raises MisuseError for a wrong parameter."""
        run = new_run_id()
        basic = RunOptions(
            params=self.params(params),
            parallel=self.parallel,
            run=run,
            secret=secret,
            services=self._services(run),
        )
        return replace(basic, **more)

    def _services(self, run: str) -> ServiceControl | None:
        if not self.plan["services"] or find_spec("mline_airflow.services") is None:
            return None  # the run says so, when it comes to the stage that uses one
        control = import_module("mline_airflow.services").control
        services: ServiceControl = control(self.plan, run, self.root)
        return services

    def params(self, given: Sequence[str]) -> dict[str, Any]:
        """Read `name=value` pairs by the schemas of the experiment."""
        try:
            return read_params(self.plan, given)
        except ParamsError as error:
            raise MisuseError(str(error)) from None
