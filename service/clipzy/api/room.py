"""Room on the disk of what comes in: how much may be there at once, shared by uploads and by videos fetched to be looked at.

A disk that is a part of a larger one, as a pod's volume with a size limit, does not say what of it is left: whoever writes more
is not refused, but ended. So what is under way is counted here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from clipzy.errors import InsufficientStorage


class Room:
    """Gives out shares of so many bytes; may be used from any thread. 0: there is no limit."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._held_bytes = 0
        self._lock = threading.Lock()

    @contextmanager
    def share(self) -> Iterator[Share]:
        """A share that is empty, and is given back at the end."""
        share = Share(self)
        try:
            yield share
        finally:
            self.give(-share.held_bytes)

    def give(self, more_bytes: int) -> None:
        """Add to what is held by all, or take back where it is negative.

        Raises:
            InsufficientStorage: it is more than there is.
        """
        with self._lock:
            if more_bytes > 0 and 0 < self._most_bytes < self._held_bytes + more_bytes:
                raise InsufficientStorage("what is being uploaded takes all the room there is; try again later")
            self._held_bytes += more_bytes


class Share:
    """What one file may take of a room; grows as it is asked to."""

    def __init__(self, room: Room) -> None:
        self.held_bytes = 0
        self._room = room

    def hold(self, size_bytes: int) -> None:
        """Have room for so many bytes in all.

        Raises:
            InsufficientStorage: there is none.
        """
        if size_bytes > self.held_bytes:
            self._room.give(size_bytes - self.held_bytes)
            self.held_bytes = size_bytes
