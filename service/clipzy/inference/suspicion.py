"""Whose call a network died of, where several were in flight, from callers that know nothing of each other.

Each of them is refused, and all come back once the network was started anew. What tells them apart:

- Each comes back at a time of its own, chance's, later after each death. Whoever comes before the one that kills is answered, and done.
- Who comes after it finds calls that failed on this server already, by the server's own statistics: this death is none of its doing.
- So a call counts a death that it was in flight at, not one that it met. In flight with the one that kills, three times, is a call that kills too,
  or one that chance lets come within the same moment twice. The moment lasts from that call's beginning until the server sees that the process is gone,
  a second or more: of calls that were waiting at a first death one in 450 is failed by another's where it is one second, one in 18 where it is five.

A call that kills ends the network three times, in less than a minute and the time of two new starts; or more often, where something else has failed
on the new server before it, or the server is ended before it can say that the network died, but no longer than its caller has patience.
"""

from __future__ import annotations

import random
import time

import tritonclient.grpc as grpcclient

MOST_DEATHS = 3
APART_S = 15.0  # within which calls come back after a first death; after each further one it is twice as long
STATISTICS_TIMEOUT_S = 10.0


class Suspicion:
    """How many deaths of a network one call was in flight at."""

    def __init__(self, client: grpcclient.InferenceServerClient, network: str) -> None:
        """Of a call that was not made yet."""
        self._client, self._network = client, network
        self._deaths = 0
        self._in_flight = True

    def before_a_try(self, left_s: float) -> None:
        """Wait for this call's turn where the network lives again, `left_s` at most; calls that no network died with do not wait.

        Raises:
            InferenceServerException: the server is away.
        """
        if not self._deaths:
            return
        self._in_flight = not self._failed_calls()
        if self._in_flight:
            apart_s = APART_S * 2 ** (self._deaths - 1)
            time.sleep(random.uniform(0, max(0.0, min(apart_s, left_s))))  # noqa: S311 (no secret)
            self._in_flight = not self._failed_calls()

    def found_dead(self) -> bool:
        """The try was refused, since the network is dead; whether it died of this call as often as can be borne."""
        self._deaths += self._in_flight
        return self._deaths >= MOST_DEATHS

    def _failed_calls(self) -> int:
        """How many calls of the network have failed since the server was started."""
        counted = self._client.get_inference_statistics(self._network, client_timeout=STATISTICS_TIMEOUT_S)
        return sum(version.inference_stats.fail.count for version in counted.model_stats)
