"""Who asks, what they may do, and what the API is."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from mline_airflow import __version__

from .. import engine, messages
from ..rights import User, Who
from ..settings import place
from ..threads import work
from ..workspace.current import workspace
from ..workspace.exchange import Exchange

router = APIRouter(tags=["session"])


@router.get("/session")
async def session(who: Who) -> messages.Session:
    """Say who is logged in, what they may do, and where the experiments lie."""
    return await work(_session, who)


def _session(who: User) -> messages.Session:
    here = workspace()
    problem = here.reason_not_to_write()
    edit = who.may("PUT", None) and not problem
    branch = here.git.branch()
    return messages.Session(
        user=who.name,
        may=messages.May(
            read=who.may("GET", None), edit=edit, run=who.may("POST", None), create=edit
        ),
        bundle=place().bundle,
        project=engine.project_of(here.root, "mline.yaml").name,
        version=__version__,
        workspace=messages.WorkspaceInfo(
            kind="folder" if here.own_history else "git",
            branch=branch.removeprefix("refs/heads/") if branch else None,
            remote=here.remote.shown if here.remote else None,
            unpushed=Exchange(here, here.remote).unpushed() if here.remote else 0,
            problem=problem or (here.remote.problem if here.remote else ""),
        ),
    )


@router.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request, who: Who) -> dict[str, Any]:  # noqa: ARG001 - whoever is logged in
    """Return the description of this API."""
    described: dict[str, Any] = request.app.openapi()
    return described
