"""How independent pieces of work are done: one after the other, or side by side where the caller has threads for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

A = TypeVar("A")
B = TypeVar("B")


class Each(Protocol):
    """Applies a function to each of some things; results come in their order. `map` is one, and an executor's `map`."""

    def __call__(self, work: Callable[[A], B], things: Iterable[A], /) -> Iterable[B]:
        """See the class."""
