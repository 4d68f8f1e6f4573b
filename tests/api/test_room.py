"""Room on a disk that does not say what is left of it."""

from __future__ import annotations

from contextlib import suppress

import pytest

from clipzy.api.room import Room
from clipzy.errors import InsufficientStorage


def test_as_much_comes_in_as_there_is_room_for_and_not_a_byte_more():
    """Of all shares together; one that is refused holds what it held."""
    room = Room(10)
    with room.share() as one, room.share() as other:
        one.hold(4)
        other.hold(6)
        with pytest.raises(InsufficientStorage):
            other.hold(7)
        assert (one.held_bytes, other.held_bytes) == (4, 6)


def test_a_share_holds_what_it_has_needed_at_most():
    """Asked for less it gives nothing back, and asked for more takes only what it lacks."""
    room = Room(10)
    with room.share() as one, room.share() as other:
        for size in (3, 6, 2):
            one.hold(size)
        with pytest.raises(InsufficientStorage):
            other.hold(5)
        other.hold(4)


def test_what_a_share_held_is_there_again_after_it():
    """All of it and no more, also where what it was for failed."""
    room = Room(10)
    for _ in range(2):
        with suppress(ConnectionError), room.share() as share:
            share.hold(4)
            share.hold(10)
            raise ConnectionError
    with room.share() as share, pytest.raises(InsufficientStorage):
        share.hold(11)


def test_where_there_is_no_limit_everything_has_room():
    """0 says so."""
    with Room(0).share() as share:
        share.hold(1 << 60)
