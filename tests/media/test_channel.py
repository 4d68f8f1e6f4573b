"""Threads with bounded channels between them, and how they end."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from clipzy.media.channel import Crew


def endless() -> Iterator[int]:
    """Whole numbers without end."""
    number = 0
    while True:
        yield number
        number += 1


def test_items_come_out_in_order_and_the_end_is_seen():
    """Two stages in threads pass everything on, in order."""
    with Crew() as crew:
        numbers = crew.feed("numbers", range(100), capacity=3)
        squares = crew.feed("squares", (number**2 for number in numbers), capacity=3)
        assert list(squares) == [number**2 for number in range(100)]


def test_a_full_channel_holds_its_producer_back():
    """Nothing is made far ahead of what is taken."""
    made = []

    def noted() -> Iterator[int]:
        for number in endless():
            made.append(number)
            yield number

    with Crew() as crew:
        numbers = iter(crew.feed("numbers", noted(), capacity=2))
        assert [next(numbers) for _ in range(10)] == list(range(10))
        assert len(made) <= 10 + 2 + 1


@pytest.mark.timeout(20)
def test_an_error_in_one_thread_ends_all_and_is_raised_once():
    """The waiting thread gets the cause, not its echo, and no thread stays behind."""
    before = threading.active_count()

    def failing() -> Iterator[int]:
        yield from range(5)
        raise RuntimeError("broken in the middle")

    def work() -> None:
        with Crew() as crew:
            busy = crew.feed("busy", endless(), capacity=2)
            numbers = crew.feed("failing", failing(), capacity=2)
            for _ in zip(numbers, busy, strict=False):
                pass
            list(busy)

    with pytest.raises(RuntimeError, match="broken in the middle"):
        work()
    assert threading.active_count() == before


@pytest.mark.timeout(20)
def test_an_error_of_the_waiting_thread_ends_the_others():
    """Where the one who takes gives up, the producers end and its own error stands."""
    before = threading.active_count()

    def work() -> None:
        with Crew() as crew:
            crew.feed("busy", endless(), capacity=2)
            raise KeyError

    with pytest.raises(KeyError):
        work()
    assert threading.active_count() == before
