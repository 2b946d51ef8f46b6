"""Airflow's own REST API, called inside the server as the user of a request.

So a run is started by Airflow's own rules: its rights, its checks, its audit log.
"""

from __future__ import annotations

from typing import Any

import httpx
from fastapi import Request

from .errors import Refusal
from .plugin import AIRFLOW

_SECONDS = 60.0
_PASSED = ("authorization", "cookie", "referer")


async def call(request: Request, method: str, path: str, body: Any = None) -> Any:
    """Call a path below `/api/v2/`. Raises Refusal with what Airflow said when it refuses."""
    transport = httpx.ASGITransport(app=request.scope[AIRFLOW], raise_app_exceptions=False)
    headers = {name: value for name in _PASSED if (value := request.headers.get(name))}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://airflow.internal", timeout=_SECONDS
    ) as client:
        answer = await client.request(method, f"/api/v2/{path}", json=body, headers=headers)
    if answer.is_success:
        return answer.json() if answer.content else None
    raise Refusal(
        answer.status_code if answer.status_code < 500 else 502,
        {403: "forbidden", 404: "not-found", 409: "conflict"}.get(answer.status_code, "airflow"),
        f"Airflow refuses: {_said(answer)}",
    )


def _said(answer: httpx.Response) -> str:
    try:
        detail = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return f"status {answer.status_code}"
    if isinstance(detail, str):
        return detail
    if isinstance(detail, dict):
        return str(detail.get("reason") or detail.get("statement") or detail)[:500]
    return "; ".join(str(one.get("msg", one)) for one in detail)[:500]
