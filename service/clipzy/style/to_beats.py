"""Moves the joints of moments onto the beats of a sound that runs on beneath them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from clipzy.style.cut_points import Speech
from clipzy.style.measurements import Beat
from clipzy.style.moments import APART, Moment
from clipzy.style.pacing import SHORTEST
from clipzy.style.time import Span

NEARBY = 4  # beats that are tried for one joint, the nearest first


@dataclass(frozen=True, slots=True)
class Placed:
    """A moment with the span of it that is shown; `beat`: that it begins on, counted from 1, None where on none."""

    moment: Moment
    span: Span
    beat: int | None


def on_beats(moments: Sequence[Moment], beats: Sequence[Beat], speech: Speech, total: Fraction) -> list[Placed]:
    """Let each moment end a little sooner or later, so that the next one begins on a beat of the output's own sound.

    Each joint goes to the beat nearest to where it was, so that shifts never add up. No word is cut for a beat, and no moment leaves
    what may be shown of its shot; such a joint stays where it is.

    Args:
        moments: in playing order.
        beats: on the output's clock, in order.
        speech: of the footage.
        total: seconds, never exceeded.
    """
    placed: list[Placed] = []
    planned = begins = Fraction(0)
    beat: int | None = None
    for number, moment in enumerate(moments):
        planned += moment.length
        after = moments[number + 1] if number + 1 < len(moments) else None
        near = [(moment.start + _exact(beats[at]) - begins, at + 1) for at in _nearest(beats, planned)]
        ends, following = _end(moment, after, near, speech)
        if begins + ends - moment.start > total or after is None:
            following = None
            ends = _last_end(moment, ends, total - begins)
        if ends - moment.start < SHORTEST:
            break
        placed.append(Placed(moment, Span(moment.start, ends), beat))
        begins += ends - moment.start
        beat = following
    return placed


def _end(
    moment: Moment, after: Moment | None, near: Sequence[tuple[Fraction, int]], speech: Speech
) -> tuple[Fraction, int | None]:
    """Where a moment ends in the footage, and on which beat; `near`: where it would have to for each, and the beat's number."""
    latest = moment.choices.points[-1].time
    if after is not None and after.choices is moment.choices:
        latest = min(latest, max(after.start - APART, moment.end))
    if after is not None:
        for ends, number in near:
            if moment.start + SHORTEST <= ends <= latest and not speech.cuts_word(ends):
                return ends, number
    return moment.end, None


def _exact(beat: Beat) -> Fraction:
    return Fraction(beat.time_s).limit_denominator(100_000)


def _nearest(beats: Sequence[Beat], time: Fraction) -> list[int]:
    at = bisect_left(beats, float(time), key=lambda beat: beat.time_s)
    near = range(max(0, at - NEARBY // 2), min(len(beats), at + NEARBY // 2))
    return sorted(near, key=lambda index: abs(beats[index].time_s - float(time)))


def _last_end(moment: Moment, ends: Fraction, left: Fraction) -> Fraction:
    """As late as the time allows, at a point where the shot may be cut."""
    if ends - moment.start <= left:
        return ends
    return max(
        (point.time for point in moment.choices.points if point.time - moment.start <= left), default=moment.start
    )
