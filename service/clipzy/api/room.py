"""Limits what uploads, and videos that are fetched for their thumbnails, take of a disk at once.

A volume with a size limit on a larger disk, such as a pod's, does not say what is left of it: a process that writes too much is not
refused, but killed. So what is under way is counted here. Where several owners share the room none of them can take it all, for example
by announcing files that hardly come. For jobs that wait, the queue does the same.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from clipzy.errors import InsufficientStorage


class Room:
    """Gives out shares of `most_bytes`, 0 for no limit; may be used from any thread."""

    def __init__(self, most_bytes: int, for_each_bytes: int | None = None) -> None:
        """`for_each_bytes`: what each of several owners is sure of; one gets more only while as much is left for others. None: no such limit."""
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
        """Add to what an owner holds, or take back where it is negative.

        Raises:
            InsufficientStorage: it is more than there is, or than the owner may have.
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
            raise InsufficientStorage(
                "your current uploads take your share of the available space, and the rest is for other owners; try again later"
            )


class Share:
    """What one file may take of a room; grows as it is asked to."""

    def __init__(self, room: Room, owner: str | None) -> None:
        self.held_bytes = 0
        self._room, self._owner = room, owner

    def hold(self, size_bytes: int) -> None:
        """Make sure of room for `size_bytes` in all.

        Raises:
            InsufficientStorage: there is none.
        """
        if size_bytes > self.held_bytes:
            self._room.give(self._owner, size_bytes - self.held_bytes)
            self.held_bytes = size_bytes
