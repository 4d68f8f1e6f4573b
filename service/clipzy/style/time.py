"""Exact time: seconds as fractions, and half-open spans of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Protocol, TypeVar

# Ticks a second. Frames of all usual rates (29.97 too) and samples of sound last whole numbers of them (github.com/facebookarchive/Flicks).
# A plan's times are on this clock or the footage's own: the denominators of other fractions grow with every sum.
FLICKS = 705_600_000


@dataclass(frozen=True, slots=True)
class Span:
    """[start, end) in exact seconds of the source; raises ValueError unless 0 <= start < end."""

    start: Fraction
    end: Fraction

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"span must have 0 <= start < end, not [{self.start}, {self.end})")

    @property
    def duration(self) -> Fraction:
        """Length in seconds."""
        return self.end - self.start


def on_clock(seconds: Fraction | float) -> Fraction:
    """The instant of a plan's clock that is nearest."""
    return Fraction(round(Fraction(seconds) * FLICKS), FLICKS)


def down_to_clock(seconds: Fraction) -> Fraction:
    """The last instant of a plan's clock that is not later."""
    return Fraction(floor(seconds * FLICKS), FLICKS)


def up_to_clock(seconds: Fraction) -> Fraction:
    """The first instant of a plan's clock that is not earlier."""
    return Fraction(ceil(seconds * FLICKS), FLICKS)


class Lasting(Protocol):
    """What begins and ends; an instant does both at once."""

    @property
    def start(self) -> Fraction:
        """Second of its beginning."""

    @property
    def end(self) -> Fraction:
        """Second of its end, never before its beginning."""


SomeLasting = TypeVar("SomeLasting", bound=Lasting)


def sharing(things: Sequence[SomeLasting], span: Lasting) -> Sequence[SomeLasting]:
    """Those that overlap a span; touching it is not enough. `things` must be in order and apart."""
    first = bisect_right(things, span.start, key=lambda thing: thing.end)
    return things[first : bisect_left(things, span.end, first, key=lambda thing: thing.start)]


def merged(spans: Iterable[Span]) -> list[Span]:
    """In order and apart: those that overlap or touch become one."""
    apart: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if apart and span.start <= apart[-1].end:
            apart[-1] = Span(apart[-1].start, max(apart[-1].end, span.end))
        else:
            apart.append(span)
    return apart
