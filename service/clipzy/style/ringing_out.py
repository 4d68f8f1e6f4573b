"""How an excerpt of music ends: after the first beat of a bar has rung out."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from clipzy.style.cut_points import CutPoint
from clipzy.style.interest import Interest
from clipzy.style.measurements import Beat
from clipzy.style.moments import APART, Moment, Seen, Wanted, steps_of
from clipzy.style.time import on_clock

# Seconds that a beat rings until the next one: less sounds cut off, and where the next one is farther away the pulse is not sure
SHORTEST, LONGEST = Fraction(2, 5), Fraction(3, 2)
MOST_LOST_S = Fraction(1, 2)  # of what is shown, for an end that is heard as one


def ringing_s(beats: Sequence[Beat], ends: Fraction) -> Fraction | None:
    """Seconds in which the last beat before an end rings out; None without a beat there. `beats`: of all the music, in order."""
    last = max((at for beat in beats if (at := on_clock(beat.time_s)) <= ends - SHORTEST), default=None)
    return None if last is None or ends - last > LONGEST else ends - last


def rung_out(moments: Sequence[Moment], wanted: Wanted, interest: Interest) -> list[Moment]:
    """Move the last moment within its shot, so that it ends when the first beat of a bar has rung out.

    It still begins on as good a point, shows half of what it did at least and no more of what other moments show; the whole is hardly
    shorter and never longer than wanted. Where that cannot be, nothing is changed.
    """
    *others, last = moments
    points = last.choices.points
    times = [point.time for point in points]
    room = wanted.total - sum((moment.length for moment in others), Fraction(0))
    free_from = max((each.end + APART for each in others if each.choices is last.choices), default=Fraction(0))
    seen = Seen(interest)
    for moment in others:
        seen.add(moment)
    elsewhere = seen.elsewhere(last.choices.shot)

    def again(moment: Moment) -> int:
        return int(elsewhere[interest.view[steps_of(moment)]].sum())

    found: list[Moment] = []
    for ends in _endings(points):
        latest = points[ends].time - max(wanted.least, last.length - MOST_LOST_S)
        first, stop = bisect_left(times, max(points[ends].time - room, free_from)), bisect_right(times, latest)
        found += [replace(last, begins=begins, ends=ends) for begins in range(first, stop)]
    as_good = [each for each in found if _worth(each.first) >= _worth(last.first)]
    if others and not as_good:  # at a joint the pulse may skip a beat; the music's beginning may not
        as_good = [each for each in found if each.first.rank >= last.first.rank]
    fitting = [each for each in as_good if 2 * _shared(each, last) >= last.length and again(each) <= again(last)]
    return [*others, max(fitting, key=lambda each: _shared(each, last) + each.length, default=last)]


def _worth(begins: CutPoint) -> tuple[tuple[bool, bool], bool]:
    return begins.rank, begins.downbeat


def _shared(one: Moment, other: Moment) -> Fraction:
    return max(Fraction(0), min(one.end, other.end) - max(one.start, other.start))


def _endings(points: Sequence[CutPoint]) -> Iterator[int]:
    """Those of a shot's points at which a bar's first beat has rung out, and nobody speaks."""
    beats = [at for at, point in enumerate(points) if point.beat is not None]
    for place, at in enumerate(beats):
        begins = points[at].time
        ends = next((later for later in beats[place + 1 :] if points[later].time - begins >= SHORTEST), None)
        if not points[at].downbeat or ends is None or points[ends].within_speech:
            continue
        if points[ends].time - begins <= LONGEST:
            yield ends
