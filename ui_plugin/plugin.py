"""What Airflow is told of the editor; the entry point group `airflow.plugins` names it.

Every process of Airflow imports this, so it does no work: the application is made when the first
request comes, which only an API server gets.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from airflow.plugins_manager import AirflowPlugin

PREFIX = "/mline"
AIRFLOW = "mline.airflow"
"""Key of a request's scope: the application of Airflow that ours is mounted in."""

_Scope = MutableMapping[str, Any]
_App = Callable[
    [_Scope, Callable[..., Awaitable[Any]], Callable[..., Awaitable[Any]]], Awaitable[None]
]


class LateApp:
    """The application, made once, by the first request, outside of the event loop."""

    def __init__(self) -> None:
        self._app: _App | None = None
        self._lock = threading.Lock()

    async def __call__(
        self,
        scope: _Scope,
        receive: Callable[..., Awaitable[Any]],
        send: Callable[..., Awaitable[Any]],
    ) -> None:
        """Answer a request."""
        if self._app is None:
            await asyncio.get_running_loop().run_in_executor(None, self._make)
        assert self._app is not None  # noqa: S101 - just made
        scope[AIRFLOW] = scope.get("app")
        await self._app(scope, receive, send)

    def _make(self) -> None:
        with self._lock:
            if self._app is None:
                from .app import create_app

                self._app = create_app()


class MLinePlugin(AirflowPlugin):
    """The editor: an application below `/mline`, two pages of the navigation, a tab of each DAG."""

    name = "mline"
    fastapi_apps = [  # noqa: RUF012 - as Airflow's own class has it
        {"app": LateApp(), "url_prefix": PREFIX, "name": "MLine"},
    ]
    # Relative: Airflow's own page says what they are relative to, a base path included.
    external_views = [  # noqa: RUF012
        {
            "name": "Experiments",
            "href": "mline/#/",
            "destination": "nav",
            "url_route": "mline",
            "icon": "mline/icon.svg",
            "icon_dark_mode": "mline/icon-dark.svg",
        },
        {
            "name": "Types",
            "href": "mline/#/types",
            "destination": "nav",
            "url_route": "mline_types",
            "icon": "mline/types.svg",
            "icon_dark_mode": "mline/types-dark.svg",
            "category": "browse",
        },
        {
            "name": "Network",
            "href": "mline/#/dag/{DAG_ID}",
            "destination": "dag",
            "url_route": "mline_network",
            "icon": "mline/icon.svg",
            "icon_dark_mode": "mline/icon-dark.svg",
        },
    ]
