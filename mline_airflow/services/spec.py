"""What is to be started: a service of a plan, with every reference resolved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mline_airflow.artifacts import ArtifactStore
from mline_airflow.dag_factory.plan import Plan, Service
from mline_airflow.stages.injection import Injected, collect_code
from mline_airflow.stages.references import Scope, text_of

from .values import slug_of

EXPERIMENT = "experiment"


@dataclass(frozen=True, kw_only=True)
class Spec:
    """A service as one run starts it; `lease` is how long it lives unless somebody renews that."""

    service: Service
    experiment: str
    run: str
    store: ArtifactStore
    lease: float
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] | None = None
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    masked: tuple[str, ...] = field(default=(), repr=False)
    files: Injected | None = None
    python: str | None = None
    digest: str = ""

    @property
    def id(self) -> str:
        """The service's id in the file."""
        return self.service["id"]

    @property
    def secrets(self) -> list[str]:
        """References to its secrets, in order."""
        return sorted(set(self.service.get("secrets", {}).values()))

    @property
    def is_shared(self) -> bool:
        """Tell whether runs share it."""
        return self.service["scope"] == EXPERIMENT

    @property
    def first_lease(self) -> float:
        """Seconds of the first lease: becoming ready takes its own time."""
        return self.lease + max((check["within"] for check in self.service["ready"]), default=0.0)

    @property
    def slug(self) -> str:
        """The name that finds it again: of this run, or of this very form of a shared one."""
        return slug_of(self.experiment, self.id, self.digest if self.is_shared else self.run)


def make_spec(  # noqa: PLR0913 - all that a plan leaves open
    plan: Plan,
    service: Service,
    *,
    run: str,
    params: Mapping[str, Any],
    secret: Callable[[str], str] | None,
    store: ArtifactStore,
    root: Path,
    lease: float,
) -> Spec:
    """Resolve a service of a plan. Raises MLineError for a secret or file that is not there."""
    known: dict[str, str] = {}

    def look_up(reference: str) -> str:
        if secret is not None and reference not in known:
            known[reference] = secret(reference)
        return known[reference]

    secrets = service.get("secrets", {})
    scope = Scope(run, params, secret=look_up if secret else None, secrets=secrets)
    env = {key: text_of(value) for key, value in scope.resolve(service.get("env", {})).items()}
    env.update((name, scope.secret_value(name)) for name in secrets)
    command = service.get("command")
    files = service.get("files")
    code = collect_code(plan, files, [], store, root) if files else None
    return Spec(
        service=service,
        experiment=plan["experiment"],
        run=run,
        store=store,
        lease=lease,
        entrypoint=tuple(service.get("entrypoint", ())),
        command=None if command is None else tuple(text_of(v) for v in scope.resolve(command)),
        env=env,
        masked=tuple(known.values()),
        files=code,
        python=plan["profile"].get("python"),
        digest=_digest(service, Scope(run, params), code),
    )


def _digest(service: Service, scope: Scope, code: Injected | None) -> str:
    """Tell one form of a service from another by what can be told: never by a secret."""
    form = {key: scope_public(scope, value) for key, value in service.items() if key not in _PLACES}
    form["code"] = code.artifact.digest if code else None
    text = json.dumps(form, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


_PLACES = frozenset({"used_by", "start", "stop", "ready", "labels"})


def scope_public(scope: Scope, value: Any) -> Any:
    """Resolve parameters; a secret and the run's id stay what they are in the file."""
    if isinstance(value, Mapping):
        if value.keys() == {"$ref"} and not str(value["$ref"]).startswith("params."):
            return dict(value)
        if value.keys() == {"$ref"}:
            return scope.resolve(value)
        return {key: scope_public(scope, item) for key, item in value.items()}
    if isinstance(value, list):
        return [scope_public(scope, item) for item in value]
    return value
