"""Where blocking work is done: threads of our own, so that Airflow's routes never wait for ours."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any, TypeVar

import anyio
from anyio import CapacityLimiter, to_thread

_T = TypeVar("_T")
_MOST = 12


@cache
def _limiter() -> CapacityLimiter:
    return anyio.CapacityLimiter(_MOST)


async def work(function: Callable[..., _T], *arguments: Any, **named: Any) -> _T:
    """Run a function that blocks and return its result."""
    return await to_thread.run_sync(partial(function, *arguments, **named), limiter=_limiter())
