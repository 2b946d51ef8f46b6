"""Where blocking work is done: threads of our own, so that Airflow's routes never wait for ours."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any, TypeVar

import anyio
from anyio import CapacityLimiter, to_thread

_T = TypeVar("_T")
_MOST = {"files": 12, "language": 4}
"""Who asks the compiler waits for others who do, and never keeps a save waiting."""


@cache
def _limiter(kind: str) -> CapacityLimiter:
    return anyio.CapacityLimiter(_MOST[kind])


async def work(function: Callable[..., _T], *arguments: Any, **named: Any) -> _T:
    """Run a function that waits for files, git or the database, and return its result."""
    call = partial(function, *arguments, **named)
    return await to_thread.run_sync(call, limiter=_limiter("files"))


async def compute(function: Callable[..., _T], *arguments: Any) -> _T:
    """Run a function that asks the compiler, and return its result."""
    call = partial(function, *arguments)
    return await to_thread.run_sync(call, limiter=_limiter("language"))
