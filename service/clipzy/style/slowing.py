"""Which instant of the source a clip shows at any time of the output, also where pictures are slowed for a transition."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from clipzy.style.plan import Clip, Join, joins, placed
from clipzy.style.time import Span

Knot = tuple[Fraction, Fraction]


@dataclass(frozen=True, slots=True)
class Pace:
    """A clip's way through the source. `knots`: (second of the output, second of the source), both ascending.

    Between two knots pictures run evenly; before the first and after the last at their own speed.
    """

    knots: tuple[Knot, ...]

    def source(self, time: Fraction) -> Fraction:
        """The second of the source that is shown at one of the output."""
        return _along(self.knots, time)

    def output(self, instant: Fraction) -> Fraction:
        """The second of the output that shows one of the source."""
        return _along([(source, output) for output, source in self.knots], instant)


@dataclass(frozen=True, slots=True)
class Part:
    """A span of a clip that is shown at one speed. `early`: seconds that its pictures begin before the clip does, within a transition."""

    span: Span
    speed: Fraction = Fraction(1)
    early: Fraction = Fraction(0)


def parts_of(clips: Sequence[Clip]) -> list[list[Part]]:
    """Of each clip of a plan, in order: one where it runs at its own speed, up to three where transitions slow it."""
    return [
        [
            Part(Span(instant, later), (later - instant) / (until - time), early=max(begins - time, Fraction(0)))
            for (time, instant), (until, later) in pairwise(pace.knots)
        ]
        for (begins, _), pace in zip(placed(clips), paces(clips), strict=True)
    ]


def paces(clips: Sequence[Clip]) -> list[Pace]:
    """Of each clip of a plan, in order."""
    slowed = {join.number: join for join in joins(clips) if join.new.slowed is not None}
    found = []
    for number, (begins, clip) in enumerate(placed(clips), 1):
        ends = begins + clip.source.duration
        knots = [*_head(slowed.get(number), begins, clip), *_tail(slowed.get(number + 1), ends, clip)]
        found.append(Pace(tuple(dict.fromkeys(knots))))
    return found


def _head(join: Join | None, begins: Fraction, clip: Clip) -> list[Knot]:
    if join is None or clip.slowed is None:
        return [(begins, clip.source.start)]
    over = clip.slowed.after_s
    return [(join.starts, clip.source.start), (begins + over, clip.source.start + over)]


def _tail(join: Join | None, ends: Fraction, clip: Clip) -> list[Knot]:
    if join is None or join.new.slowed is None:
        return [(ends, clip.source.end)]
    over = join.new.slowed.before_s
    return [(ends - over, clip.source.end - over), (join.ends, clip.source.end)]


def _along(knots: Sequence[Knot], at: Fraction) -> Fraction:
    after = bisect_right(knots, at, key=lambda knot: knot[0])
    if after in {0, len(knots)}:
        here, there = knots[max(after - 1, 0)]
        return there + at - here
    (here, there), (next_here, next_there) = knots[after - 1], knots[after]
    goes, takes = next_there - there, next_here - here
    passed = at - here
    return there + (passed if goes == takes else passed * goes / takes)
