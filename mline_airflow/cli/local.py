"""What `run` and `test` need beside the plan: a store, runners, secrets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..artifacts import ArtifactStore
from ..dag_factory.plan import Plan
from ..failures import ParamsError
from ..local.params import read_params
from ..local.run import RunOptions, store_url
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
        basic = RunOptions(params=self.params(params), parallel=self.parallel, secret=secret)
        return replace(basic, **more)

    def params(self, given: Sequence[str]) -> dict[str, Any]:
        """Read `name=value` pairs by the schemas of the experiment."""
        try:
            return read_params(self.plan, given)
        except ParamsError as error:
            raise MisuseError(str(error)) from None
