"""Room on the disk of what comes in: how much may be there at once, shared by uploads and by videos fetched to be looked at.

A disk that is a part of a larger one, as a pod's volume with a size limit, does not say what of it is left: whoever writes more
is not refused, but ended. So what is under way is counted here. Of several owners none can take it all, as by files that are announced and hardly come:
what the queue has for jobs that wait.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from clipzy.errors import InsufficientStorage


class Room:
    """Gives out shares of so many bytes; may be used from any thread. 0: there is no limit."""

    def __init__(self, most_bytes: int, for_each_bytes: int | None = None) -> None:
        """`for_each_bytes`: where several owners share it, what each may have at least; more only as long as as much is left for others. None: nobody does."""
        self._most_bytes = most_bytes
        self._for_each_bytes = for_each_bytes
        self._held_bytes: Counter[str | None] = Counter()  # by owner
        self._lock = threading.Lock()

    @contextmanager
    def share(self, owner: str | None) -> Iterator[Share]:
        """A share that is empty, and is given back at the end."""
        share = Share(self, owner)
        try:
            yield share
        finally:
            self.give(owner, -share.held_bytes)

    def give(self, owner: str | None, more_bytes: int) -> None:
        """Add to what is held by an owner, or take back where it is negative.

        Raises:
            InsufficientStorage: it is more than there is, or than he may have.
        """
        with self._lock:
            if more_bytes > 0 and self._most_bytes:
                self._check(self._held_bytes[owner] + more_bytes, self._held_bytes.total() + more_bytes)
            self._held_bytes[owner] += more_bytes
            self._held_bytes += Counter()  # forgets those who have none

    def _check(self, own_bytes: int, all_bytes: int) -> None:
        left_bytes = self._most_bytes - all_bytes
        if left_bytes < 0:
            raise InsufficientStorage("current uploads take all the available space; try again later")
        if self._for_each_bytes is not None and own_bytes > max(self._for_each_bytes, left_bytes):
            raise InsufficientStorage("your current uploads take your share of the available space; try again later")


class Share:
    """What one file may take of a room; grows as it is asked to."""

    def __init__(self, room: Room, owner: str | None) -> None:
        self.held_bytes = 0
        self._room, self._owner = room, owner

    def hold(self, size_bytes: int) -> None:
        """Have room for so many bytes in all.

        Raises:
            InsufficientStorage: there is none.
        """
        if size_bytes > self.held_bytes:
            self._room.give(self._owner, size_bytes - self.held_bytes)
            self.held_bytes = size_bytes
