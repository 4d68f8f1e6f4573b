"""Room on the disk of what comes in: bounded for all together, and shared out among owners."""

from __future__ import annotations

from contextlib import ExitStack, suppress

import pytest

from clipzy.api.room import Room
from clipzy.errors import InsufficientStorage

FOR_ALL = "all the available space"
FOR_ONE = "your share of the available space"


@pytest.fixture
def holding():
    """Holds shares of a room until the test ends."""
    with ExitStack() as held:

        def hold(room, owner, size_bytes):
            share = held.enter_context(room.share(owner))
            share.hold(size_bytes)
            return share

        yield hold


@pytest.mark.parametrize("owner", ["ann", None])
def test_an_owner_who_is_alone_has_all_of_it(holding, owner):
    """One more byte is refused, and fits once something is given back."""
    room = Room(100)
    holding(room, owner, 60)
    with room.share(owner) as other:
        other.hold(40)
        with pytest.raises(InsufficientStorage, match=FOR_ALL):
            holding(room, owner, 1)
    holding(room, owner, 40)


def test_of_several_owners_none_has_all_of_it(holding):
    """Each can have one upload under way, and more as long as as much is left: the first half of it, the next half of the rest."""
    room = Room(100, for_each_bytes=10)
    share = holding(room, "ann", 50)
    with pytest.raises(InsufficientStorage, match=FOR_ONE):
        share.hold(51)
    with pytest.raises(InsufficientStorage, match=FOR_ONE):
        holding(room, "ann", 1)
    holding(room, "bob", 25)
    with pytest.raises(InsufficientStorage, match=FOR_ONE):
        holding(room, "bob", 1)
    for owner in ("eve", "dan"):
        holding(room, owner, 10)
    with pytest.raises(InsufficientStorage, match=FOR_ALL):
        holding(room, "joe", 10)


def test_where_there_is_no_limit_there_is_none_for_owners(holding):
    """The disk itself says what is left of it."""
    holding(Room(0, for_each_bytes=10), "ann", 1 << 40)


def test_as_much_comes_in_as_there_is_room_for_and_not_a_byte_more():
    """Of all shares together; one that is refused holds what it held."""
    room = Room(10)
    with room.share(None) as one, room.share(None) as other:
        one.hold(4)
        other.hold(6)
        with pytest.raises(InsufficientStorage):
            other.hold(7)
        assert (one.held_bytes, other.held_bytes) == (4, 6)


def test_a_share_holds_what_it_has_needed_at_most():
    """Asked for less it gives nothing back, and asked for more takes only what it lacks."""
    room = Room(10)
    with room.share(None) as one, room.share(None) as other:
        for size in (3, 6, 2):
            one.hold(size)
        with pytest.raises(InsufficientStorage):
            other.hold(5)
        other.hold(4)


def test_what_a_share_held_is_there_again_after_it():
    """All of it and no more, also where what it was for failed."""
    room = Room(10)
    for _ in range(2):
        with suppress(ConnectionError), room.share(None) as share:
            share.hold(4)
            share.hold(10)
            raise ConnectionError
    with room.share(None) as share, pytest.raises(InsufficientStorage):
        share.hold(11)
