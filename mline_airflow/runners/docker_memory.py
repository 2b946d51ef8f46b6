"""Whether a container that was killed had needed more memory than it may have."""

from __future__ import annotations

import calendar
import json
import time
from collections.abc import Mapping
from typing import Any

from .docker_client import EngineError, telling

SIGKILLED = 137
_LATE = 2
"""Seconds: the kernel's notice may come later than the end that it caused."""
_LIMIT = 15.0


def ran_out_of_memory(client: Any, container: str, status: int) -> bool:
    """Tell whether memory was the reason of a container's end; raises EngineError.

    The engine's own times are taken: its clock may go differently from this machine's.
    """
    with telling("the Docker Engine"):
        found = client.inspect_container(container)
    state = found["State"]
    if state["OOMKilled"] or status != SIGKILLED:
        return bool(state["OOMKilled"])
    if not found["HostConfig"]["Memory"]:
        return False
    try:
        return _was_told(client, container, state)
    except EngineError:
        # That it was killed is known; the engine only does not say why.
        return False


def _was_told(client: Any, container: str, state: Mapping[str, Any]) -> bool:
    """Look for the kernel's notice among the engine's events. The SDK's `events` has no limit."""
    asked = {
        "since": _seconds(state["StartedAt"]),
        "until": _seconds(state["FinishedAt"]) + _LATE,
        "filters": json.dumps({"container": [container], "event": ["oom"]}),
    }
    with telling("the Docker Engine"):
        answer = client.get(client._url("/events"), params=asked, timeout=_LIMIT)  # noqa: SLF001
        client._raise_for_status(answer)  # noqa: SLF001
        return bool(answer.text.strip())


def _seconds(moment: str) -> int:
    """Return the seconds of a moment as engines write it: `2026-11-30T08:00:00.123456789Z`."""
    return calendar.timegm(time.strptime(moment[:19], "%Y-%m-%dT%H:%M:%S"))
