"""The storage, for routes: it is asked in threads of its own, so that one that hangs holds up nothing that does not need it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import TypeVar

import anyio
from anyio import to_thread

from clipzy.errors import StorageUnavailable
from clipzy.storage.objects import ObjectStore

T = TypeVar("T")

MOST_THREADS = 40  # as many as those of all other work together, which is anyio's own limit
WAITING_S = 10.0  # for a thread


class Stored:
    """Any number may ask at once."""

    def __init__(self, objects: ObjectStore) -> None:
        self.objects = objects
        self._threads = anyio.CapacityLimiter(MOST_THREADS)

    async def ask(self, question: Callable[[], T]) -> T:
        """The answer to a question to the storage.

        Raises:
            StorageUnavailable: no thread was free within `WAITING_S` seconds; and whatever the question raises.
        """
        try:
            with anyio.fail_after(WAITING_S):  # for a thread; a question that is under way is waited for
                return await to_thread.run_sync(question, limiter=self._threads)
        except TimeoutError as exc:
            raise StorageUnavailable("the object storage is too slow to answer; try again later") from exc

    async def stream(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` to before `end`, in pieces of about 4 MiB: the first is read here, each other when it is asked for.

        So an answer begins only once the storage gives something. What it raises later comes out of the iterator.

        Raises:
            NotFound: nothing is stored under that key.
            StorageUnavailable: the storage does not answer, or all threads wait for it.
        """
        pieces = self.objects.stream(key, start, end)
        return self._going_on(pieces, await self.ask(partial(next, pieces, None)))

    async def _going_on(self, pieces: Iterator[bytes], piece: bytes | None) -> AsyncIterator[bytes]:
        while piece is not None:
            yield piece
            piece = await to_thread.run_sync(next, pieces, None, limiter=self._threads)
