"""Limits how many guarded child processes, which look at uploads and make thumbnails, run at once.

Each keeps a processor busy, and an untrusted file may make it take all the memory that it is allowed. More than the memory of a container holds would
be the end of the API with all that it is doing.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import anyio
from anyio import to_thread

from clipzy.errors import ServiceUnavailable
from clipzy.machine.memory import memory_limit
from clipzy.machine.processors import available_processors
from clipzy.media.guard import MEMORY_MB

T = TypeVar("T")

WAITING_S = 120.0  # what cannot begin by then is better sent again
OVERBOOKED = 2  # times as many as processors run for several owners, so that nobody waits for the files of one other
OWN_MB = 512  # MiB for the API itself; it begins with 170
CHILD_MB = MEMORY_MB + 64  # MiB; an interpreter with FFmpeg begins with 57


class Turns:
    """Any number may ask at once, in one event loop."""

    def __init__(self, most_for_one: int, most: int) -> None:
        """`most_for_one`: calls of one owner under way at once; `most`: of all together."""
        self._most_for_one = most_for_one
        self._most = most
        self._running: Counter[str | None] = Counter()
        self._waiting: list[tuple[str | None, asyncio.Future[None]]] = []
        self._threads = anyio.CapacityLimiter(self._most)

    async def run(self, owner: str | None, call: Callable[..., T], *args: object) -> T:
        """Make a call that blocks, in its turn; answers what it gives.

        Raises:
            ServiceUnavailable: it could not begin within `WAITING_S` seconds; and whatever the call raises.
        """
        await self._begin(owner)
        try:
            return await to_thread.run_sync(partial(call, *args), limiter=self._threads)
        finally:
            self._end(owner)

    async def _begin(self, owner: str | None) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((owner, turn))
        self._hand_on()
        try:
            with anyio.fail_after(WAITING_S):
                await turn
        except BaseException as exc:
            if turn.done() and not turn.cancelled():  # it came as the patience ended
                self._end(owner)
            else:
                self._waiting.remove((owner, turn))
            if isinstance(exc, TimeoutError):
                raise ServiceUnavailable("too many videos are waiting to be checked; try again later") from exc
            raise

    def _end(self, owner: str | None) -> None:
        self._running[owner] -= 1
        if not self._running[owner]:
            del self._running[owner]
        self._hand_on()

    def _hand_on(self) -> None:
        """Begin what may begin: the first call of the owner who has fewest under way."""
        while self._running.total() < self._most:
            # one that is cancelled may still be in the list
            able = [
                each for each in self._waiting if self._running[each[0]] < self._most_for_one and not each[1].done()
            ]
            if not able:
                return
            owner, turn = min(able, key=lambda each: self._running[each[0]])
            self._waiting.remove((owner, turn))
            self._running[owner] += 1
            turn.set_result(None)


def turns_here(*, several_owners: bool) -> Turns:
    """As many at once as there are processors, twice that for several owners together; no more than memory holds, at least one.

    Of several owners each may have half of them at once.
    """
    held = max(1, (memory_limit() - (OWN_MB << 20)) // (CHILD_MB << 20))
    if not several_owners:
        most = min(available_processors(), held)
        return Turns(most, most)
    most = min(OVERBOOKED * available_processors(), held)
    return Turns(max(1, most // OVERBOOKED), most)
