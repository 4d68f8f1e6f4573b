"""Moves the joints of moments onto the beats of a sound that runs on beneath them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from clipzy.style.cut_points import Speech
from clipzy.style.measurements import Beat
from clipzy.style.moments import APART, Moment
from clipzy.style.phrasing import SHORTEST
from clipzy.style.time import Span, on_clock

NEARBY = 4  # beats that are tried for one joint, the nearest first


@dataclass(frozen=True, slots=True)
class Placed:
    """A moment with the span of it that is shown; `beat`: that it begins on, counted from 1, None where on none."""

    moment: Moment
    span: Span
    beat: int | None


def on_beats(moments: Sequence[Moment], beats: Sequence[Beat], speech: Speech, total: Fraction) -> list[Placed]:
    """Make each moment a little longer or shorter, so that the next one begins on a beat of the output's own sound.

    Each joint goes to the beat nearest to where it was, so that shifts never add up. A moment that cannot go on begins sooner. No word is
    cut for a beat, no moment leaves what may be shown of its shot, and none takes the time of those that follow; such a joint stays where
    it is. What is then too long for the time that is left ends sooner.

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
        room = _room(moment, placed[-1] if placed else None, moments[number + 1] if number + 1 < len(moments) else None)
        following = len(moments) - number - 1
        near = _nearest(beats, planned) if following else []
        most = total - begins - following * SHORTEST
        lengths = [(length, at + 1) for at in near if (length := on_clock(beats[at].time_s) - begins) <= most]
        fitted, next_beat = _fitted(moment, room, [*lengths, (min(planned, total) - begins, None)], speech)
        span = _shortened(moment, fitted, most, speech) or _shortened(moment, fitted, total - begins, speech)
        if span is None:
            continue
        placed.append(Placed(moment, span, beat))
        begins += span.duration
        beat = next_beat
    return placed


def _room(moment: Moment, before: Placed | None, after: Moment | None) -> Span:
    """What of its shot a moment may take, beside its neighbours."""
    points = moment.choices.points
    earliest, latest = points[0].time, points[-1].time
    if before is not None and before.moment.choices is moment.choices:
        earliest = max(earliest, min(before.span.end + APART, moment.start))
    if after is not None and after.choices is moment.choices:
        latest = min(latest, max(after.start - APART, moment.end))
    return Span(earliest, latest)


def _fitted(
    moment: Moment, room: Span, lengths: Sequence[tuple[Fraction, int | None]], speech: Speech
) -> tuple[Span, int | None]:
    """The moment in the first of these lengths that it can have, each with the beat that comes after it; as it is where it can have none."""
    for length, beat in lengths:
        for start in (moment.start, room.end - length):
            inside = room.start <= start and start + length <= room.end and length >= SHORTEST
            if inside and not speech.cuts_word(start) and not speech.cuts_word(start + length):
                return Span(start, start + length), beat
    return moment.span, None


def _shortened(moment: Moment, span: Span, most: Fraction, speech: Speech) -> Span | None:
    """A span of a moment that lasts no longer than that, and ends where no word is cut; None where nothing of it can be seen in so short a time."""
    if span.duration <= most:
        return span
    ends = [span.start + most, *(point.time for point in moment.choices.points if point.time <= span.start + most)]
    latest = max((end for end in ends if not speech.cuts_word(end)), default=span.start)
    return Span(span.start, latest) if latest - span.start >= SHORTEST else None


def _nearest(beats: Sequence[Beat], time: Fraction) -> list[int]:
    at = bisect_left(beats, float(time), key=lambda beat: beat.time_s)
    near = range(max(0, at - NEARBY // 2), min(len(beats), at + NEARBY // 2))
    return sorted(near, key=lambda index: abs(beats[index].time_s - float(time)))
