"""The few calls of Airflow's REST API that a quickstart makes."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timezone
from typing import Any

_TIMEOUT = 20.0
_PATIENCE = 60.0
_PAUSE = 1.0
_PAGE = 500


class ApiError(Exception):
    """The server refused, or is not there (`status` is then 0)."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Api:
    """A session with the API server at `url`."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._url = url
        self._login = {"username": user, "password": password}
        self._token = ""

    def healthy(self) -> bool:
        """Tell whether the server, the scheduler and the DAG processor are up."""
        try:
            health = self._call("GET", "/api/v2/monitor/health", authorised=False)
            # Another server may have taken the port meanwhile; then this login is not known there.
            self._log_in()
        except ApiError:
            return False
        parts = ("metadatabase", "scheduler", "dag_processor")
        return all(health.get(part, {}).get("status") == "healthy" for part in parts)

    def has_dag(self, dag_id: str, since: datetime) -> bool:
        """Tell whether Airflow has the DAG as its file is now: parsed after `since`."""
        try:
            dag = self._call("GET", f"/api/v2/dags/{dag_id}")
        except ApiError as error:
            if error.status == 404:
                return False
            raise
        parsed = dag["last_parsed_time"]
        if dag["is_stale"] or dag["has_import_errors"] or not parsed:
            return False
        # Python 3.10 does not know Z.
        return datetime.fromisoformat(parsed.replace("Z", "+00:00")) >= since  # noqa: FURB162

    def import_errors(self) -> list[str]:
        """Return the texts of all import errors."""
        found = self._call("GET", "/api/v2/importErrors?limit=100")["import_errors"]
        return [error["stack_trace"] for error in found]

    def trigger(self, dag_id: str) -> str:
        """Unpause the DAG, start a run and return its id."""
        self._call("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": False})
        # An id of our own: a call that is made again after a failure starts no second run.
        run_id = f"quickstart__{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%S.%f}"  # noqa: UP017
        body = {"logical_date": None, "dag_run_id": run_id}
        try:
            self._call("POST", f"/api/v2/dags/{dag_id}/dagRuns", body)
        except ApiError as error:
            if error.status != 409:
                raise
        return run_id

    def run_state(self, dag_id: str, run_id: str) -> str:
        """Return the state of a run."""
        return str(self._call("GET", self._run(dag_id, run_id))["state"])

    def task_instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Return all task instances of a run."""
        found: list[dict[str, Any]] = []
        while True:
            path = f"{self._run(dag_id, run_id)}/taskInstances?limit={_PAGE}&offset={len(found)}"
            page = self._call("GET", path)
            found += page["task_instances"]
            if not page["task_instances"] or len(found) >= page["total_entries"]:
                return found

    def record(self, dag_id: str, run_id: str, task_id: str, index: int) -> dict[str, Any] | None:
        """Return the record that a task instance pushed, if there is one."""
        path = f"{self._run(dag_id, run_id)}/taskInstances/{task_id}/xcomEntries/return_value"
        try:
            value = self._call("GET", f"{path}?map_index={index}&stringify=false")["value"]
        except ApiError as error:
            if error.status == 404:
                return None
            raise
        value = json.loads(value) if isinstance(value, str) else value
        return value if isinstance(value, dict) else None

    @staticmethod
    def _run(dag_id: str, run_id: str) -> str:
        return f"/api/v2/dags/{dag_id}/dagRuns/{urllib.parse.quote(run_id, safe='')}"

    def _log_in(self) -> None:
        if not self._token:
            answer = self._once("POST", "/auth/token", self._login, {})
            self._token = answer["access_token"]

    def _call(
        self, method: str, path: str, body: Any = None, *, authorised: bool = True
    ) -> dict[str, Any]:
        """Call the server; while it is too busy to answer, again for a minute.

        SQLite lets one process write at a time; a busy server then answers with errors.
        """
        if not authorised:
            return self._once(method, path, body, {})
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                self._log_in()
                return self._once(method, path, body, {"Authorization": f"Bearer {self._token}"})
            except ApiError as error:
                if 0 < error.status < 500 or time.monotonic() > until:
                    raise
            time.sleep(_PAUSE)

    def _once(self, method: str, path: str, body: Any, headers: dict[str, str]) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", **headers}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, headers, method=method)  # noqa: S310 - our own server
        try:
            with _OPENER.open(request, timeout=_TIMEOUT) as response:
                answer = json.load(response)
        except urllib.error.HTTPError as error:
            raise ApiError(error.code, f"{method} {path}: {error.code} {_detail(error)}") from error
        except (OSError, ValueError) as error:
            raise ApiError(0, f"{method} {path}: {error}") from error
        return dict(answer)


# A proxy of the user's environment knows nothing of our loopback address.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _detail(error: urllib.error.HTTPError) -> str:
    return error.read(2000).decode("utf-8", "replace")
