"""Finds the call that kills a network, where several were in flight, from callers that do not know each other.

The death refuses all of them, and all come back once the network has been started again. They are told apart so:

- Each comes back at a random time, later after each death. A call that comes before the killer is answered, and done.
- A call that comes after it finds failed calls in the statistics of this server: it has no part in this death.
- So a call counts the deaths at which it was in flight. Three times in flight together with the killer is a killer too, or a call that chance brought
  within the same moment twice. That moment lasts from the killer's start until the server sees that the process is gone, a second or more: of the calls
  that were waiting at a first death one in 450 fails for another's doing where it lasts one second, one in 18 where it lasts five.

A killer ends the network three times, within a minute and the time of two new starts; or more often, if something else has failed on the new server
before it, or the server ends before it can report the death, but no longer than its caller has patience.
"""

from __future__ import annotations

import random
import time

import tritonclient.grpc as grpcclient

MOST_DEATHS = 3
APART_S = 15.0  # calls come back within this time after a first death, within twice as long after each further one
STATISTICS_TIMEOUT_S = 10.0


class Suspicion:
    """Counts the deaths of a network at which one call was in flight."""

    def __init__(self, client: grpcclient.InferenceServerClient, network: str) -> None:
        """For a call that was not made yet."""
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
        """Count a try that was refused because the network is dead; whether this call was in flight at `MOST_DEATHS` of its deaths."""
        self._deaths += self._in_flight
        return self._deaths >= MOST_DEATHS

    def _failed_calls(self) -> int:
        """How many calls of the network have failed since the server was started."""
        counted = self._client.get_inference_statistics(self._network, client_timeout=STATISTICS_TIMEOUT_S)
        return sum(version.inference_stats.fail.count for version in counted.model_stats)
