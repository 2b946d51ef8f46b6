"""What Airflow makes of an experiment: its DAG, and runs that the editor starts."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Request

from mline_airflow.dag_factory.suggest import nearest

from .. import airflow_api, messages
from ..dags import state
from ..errors import Refusal
from ..rights import User, Who, dags_of
from ..threads import work
from ..workspace.current import workspace
from .experiments import readable

router = APIRouter(tags=["runs"])


@router.get("/experiments/{path:path}/dag")
async def dag(path: str, who: Who) -> messages.DagStatus:
    """Say whether the saved text is the DAG that Airflow has, or why it is not."""

    def find() -> messages.DagStatus:
        file = readable(path, who)
        found = state(workspace(), file, _dag_id(path, who))
        return messages.DagStatus(
            state=found.dag.state,
            dag_id=found.dag.dag_id,
            paused=found.dag.paused,
            revision_seen=found.seen,
            error=found.error,
        )

    return await work(find)


@router.post("/experiments/{path:path}/runs", status_code=201)
async def trigger(
    path: str, body: messages.Trigger, request: Request, who: Who
) -> messages.Triggered:
    """Start a run of an experiment's DAG, as Airflow lets the user.

    Airflow checks the params against their schemas; a param that the DAG does not have is refused.
    """
    dag_id = await work(_dag_id, path, who)
    about = await airflow_api.call(request, "GET", f"dags/{quote(dag_id, safe='')}/details")
    known = about.get("params") or {}
    for name in body.params:
        if name not in known:
            near = nearest(name, known)
            hint = f"; did you mean '{near}'?" if near else ""
            raise Refusal(422, "no-param", f"'{dag_id}' has no param '{name[:100]}'{hint}")
    if body.unpause and about.get("is_paused"):
        await airflow_api.call(
            request, "PATCH", f"dags/{quote(dag_id, safe='')}", {"is_paused": False}
        )
    run = await airflow_api.call(
        request,
        "POST",
        f"dags/{quote(dag_id, safe='')}/dagRuns",
        {"logical_date": None, "conf": body.params},
    )
    run_id = run["dag_run_id"]
    url = f"dags/{quote(dag_id, safe='')}/runs/{quote(run_id, safe='')}"
    return messages.Triggered(run_id=run_id, url=url)


def _dag_id(path: str, who: User) -> str:
    file = readable(path, who)
    return min(dags_of(path, file.data.decode("utf-8", "replace")))
