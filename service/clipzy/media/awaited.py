"""Wait for what another thread makes, as long as somebody needs it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

LISTENING_S = 0.2  # between two looks whether it is still needed
T = TypeVar("T")


def awaited(answer: Future[T], goes_on: Callable[[], object]) -> T:
    """The answer, once it is there, or what was raised instead. Meanwhile `goes_on` is called now and then; what it raises ends the wait."""
    # not result(timeout): a TimeoutError could also come from a file on a network
    while not wait([answer], LISTENING_S).done:
        goes_on()
    return answer.result()
