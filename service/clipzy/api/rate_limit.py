"""Token buckets: each caller has a number of requests a minute, to make at once or spread."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass

MINUTE_S = 60.0
MOST_CALLERS = 10_000  # remembered; a bucket that is full again need not be


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left to a caller. `reset_s`: until all of it is there again; `retry_after_s`: 0 where the request may pass."""

    limit: int
    remaining: int
    reset_s: int
    retry_after_s: int

    def headers(self) -> dict[str, str]:
        """As the client reads it."""
        told = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_s),
        }
        return told | ({"Retry-After": str(self.retry_after_s)} if self.retry_after_s else {})


class RateLimit:
    """The buckets of one process; may be used from any thread."""

    def __init__(self, per_minute: int) -> None:
        self._capacity = float(per_minute)
        self._rate = per_minute / MINUTE_S
        # by caller: what was left, and when; those that asked last stand last
        self._buckets: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, caller: str, moment_s: float) -> Allowance:
        """Count one request of a caller's. `moment_s`: seconds of a clock that never goes back."""
        with self._lock:
            left, since = self._buckets.pop(caller, (self._capacity, moment_s))
            left = min(self._capacity, left + (moment_s - since) * self._rate)
            passes = left >= 1.0
            left -= 1.0 if passes else 0.0
            self._buckets[caller] = (left, moment_s)
            if len(self._buckets) > MOST_CALLERS:
                del self._buckets[next(iter(self._buckets))]
        return Allowance(
            limit=int(self._capacity),
            remaining=int(left),
            reset_s=math.ceil((self._capacity - left) / self._rate),
            retry_after_s=0 if passes else math.ceil((1.0 - left) / self._rate),
        )
