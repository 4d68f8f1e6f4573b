"""How work on things that need nothing of each other is done: one after the other here, or side by side by whoever has threads for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

A = TypeVar("A")
B = TypeVar("B")


class Each(Protocol):
    """Does a work on each of some things; the answers come in the order of these. An executor's `map` is one."""

    def __call__(self, work: Callable[[A], B], things: Iterable[A], /) -> Iterable[B]:
        """See the class."""


def in_turn(work: Callable[[A], B], things: Iterable[A], /) -> Iterable[B]:
    """One after the other."""
    return map(work, things)
