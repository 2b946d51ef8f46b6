"""Who may do what: every answer is that of Airflow's auth manager about DAGs.

An experiment is the DAG of its id, before Airflow has that DAG too. A file without an id goes by
its name; type libraries and `mline.yaml` are everybody's to read and take the right to edit every
DAG to change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Literal

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import get_user
from airflow.models.dag import DagModel
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials

from mline_airflow.dag_factory.build_experiment import build_experiment
from mline_airflow.dag_factory.diagnostic import Collector
from mline_airflow.dag_factory.experiment_ids import experiment_id
from mline_airflow.dag_factory.project import EXPERIMENT_SUFFIX, kind_of
from mline_airflow.dag_factory.text import SourceFile
from mline_airflow.dag_factory.tree import parse

from .errors import Refusal
from .rate import RateLimit
from .settings import number
from .workspace.commits import Author

Method = Literal["GET", "PUT", "DELETE", "POST"]
_WORDS = {"GET": "read", "PUT": "edit", "DELETE": "delete", "POST": "run"}
_ID = re.compile(r"[A-Za-z0-9_.-]{1,250}")


@dataclass(frozen=True, slots=True)
class User:
    """The user of a request, with the questions that routes ask about them."""

    user: BaseUser

    @property
    def name(self) -> str:
        """The name that Airflow knows them by."""
        return str(self.user.get_name())

    @property
    def id(self) -> str:
        """What tells them from all others."""
        return str(self.user.get_id())

    @property
    def author(self) -> Author:
        """The author of their commits: FAB knows names and addresses, others the name alone."""
        first, last = (getattr(self.user, f"{part}_name", None) for part in ("first", "last"))
        name = " ".join(str(part) for part in (first, last) if part) or self.name
        return Author(name, str(getattr(self.user, "email", None) or ""))

    def may(self, method: Method, dag_id: str | None, *, team: str | None = None) -> bool:
        """Tell whether they may do this to a DAG; to all of them when there is no id."""
        details = DagDetails(id=dag_id, team_name=team) if dag_id else None
        entity = DagAccessEntity.RUN if method == "POST" else None
        allowed = get_auth_manager().is_authorized_dag(
            method=method, access_entity=entity, details=details, user=self.user
        )
        return bool(allowed)

    def may_file(self, method: Method, path: str, text: str) -> bool:
        """Tell whether they may do this to a file that has this text."""
        if kind_of(Path(path)) != "experiment":
            return self.may(method, None)
        return all(
            self.may(method, dag_id, team=DagModel.get_team_name(dag_id))
            for dag_id in dags_of(path, text)
        )

    def need(self, method: Method, path: str, *texts: str) -> None:
        """Raise Refusal when they may not do this to a file, with any of these texts.

        The first text is the file's own: who may not read that is not told that it is there.
        """
        for text in texts:
            if self.may_file(method, path, text):
                continue
            if method == "GET" or not self.may_file("GET", path, texts[0]):
                raise Refusal(404, "not-found", f"there is no file '{path}' in the workspace")
            named = " and ".join(f"'{name}'" for name in sorted(dags_of(path, text)))
            message = f"you may not {_WORDS[method]} the experiment {named} in this Airflow"
            raise Refusal(403, "forbidden", message)

    def need_new(self, path: str, text: str) -> None:
        """Raise Refusal when they may not make a file with this text."""
        if not self.may_file("PUT", path, text):
            raise Refusal(403, "forbidden", f"you may not create '{path}' in this Airflow")

    def need_any(self, method: Method) -> None:
        """Raise Refusal when they have this right to no DAG at all."""
        if not self.may(method, None):
            word = _WORDS[method]
            raise Refusal(403, "forbidden", f"you may not {word} experiments in this Airflow")

    def readable(self, dag_ids: Iterable[str]) -> set[str]:
        """Return those of the ids that they may read."""
        return set(
            get_auth_manager().filter_authorized_dag_ids(dag_ids=set(dag_ids), user=self.user)
        )


def dags_of(path: str, text: str) -> set[str]:
    """Return the DAG ids by which rights to an experiment are asked for.

    What a search finds and what YAML says may differ, so both count: nobody gets at a DAG by
    writing its id in a way that only one of them reads.
    """
    found = {name for name in (experiment_id(text), _declared(text)) if name}
    name = Path(path).name.removesuffix(EXPERIMENT_SUFFIX)
    return found or {name if _ID.fullmatch(name) else "-"}


@lru_cache(maxsize=2048)
def _declared(text: str) -> str | None:
    found = Collector(SourceFile("", text.removeprefix("\ufeff")))
    experiment = build_experiment(parse(found), found)
    return experiment.id.text if experiment is not None else None


async def user_of(request: Request) -> User:
    """Return the user of a request. Raises HTTPException 401 when nobody is logged in."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    bearer = HTTPAuthorizationCredentials(scheme=scheme, credentials=token) if token else None
    return User(await get_user(request, None, bearer))


async def _user(user: Annotated[BaseUser, Depends(get_user)]) -> User:
    _limit().take(str(user.get_id()))
    return User(user)


@cache
def _limit() -> RateLimit:
    rate = number("api_rate", 50)
    return RateLimit(rate, burst=5 * rate)


Who = Annotated[User, Depends(_user)]
"""What every route of the API asks for: without a login there is no answer."""
