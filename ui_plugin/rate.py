"""How often one user may ask: a bucket of tokens each, in this process of the API server."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import NamedTuple

from .errors import Refusal

_MOST_USERS = 10_000


class _Bucket(NamedTuple):
    tokens: float
    at: float


class RateLimit:
    """`rate` requests a second for each user, `burst` at once. A rate of 0 limits nothing."""

    def __init__(self, rate: float, burst: float) -> None:
        self.rate = rate
        self.burst = burst
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, user: str, cost: float = 1.0) -> None:
        """Count a request. Raises Refusal when there were too many."""
        if self.rate <= 0:
            return
        now = time.monotonic()
        with self._lock:
            kept = self._buckets.pop(user, _Bucket(self.burst, now))
            tokens = min(self.burst, kept.tokens + (now - kept.at) * self.rate)
            enough = tokens >= cost
            self._buckets[user] = _Bucket(tokens - cost if enough else tokens, now)
            while len(self._buckets) > _MOST_USERS:
                self._buckets.popitem(last=False)
        if not enough:
            wait = max(1, round((cost - tokens) / self.rate + 0.5))
            raise Refusal(
                429,
                "too-often",
                f"these are more than {self.rate:g} requests a second; wait {wait} s",
                headers={"Retry-After": str(wait)},
            )
