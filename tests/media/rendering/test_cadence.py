"""Which source frame each output frame shows."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest

from clipzy.media.rendering.cadence import place, shown
from clipzy.style.plan import WHOLE_PICTURE, Clip
from clipzy.style.time import Span

NTSC = Fraction(30000, 1001)


def clip(start: Fraction | float, end: Fraction | float) -> Clip:
    """A clip of that span of the source, whole and ungraded."""
    return Clip(Span(Fraction(start), Fraction(end)), WHOLE_PICTURE, look=None, transition_in=None, reason="")


def regular(rate: Fraction, seconds: float, clock: Fraction = Fraction(1, 90000)) -> list[tuple[Fraction, int]]:
    """Numbered frames of a constant rate, their times rounded to a clock."""
    return [(round(n / rate / clock) * clock, n) for n in range(round(seconds * rate))]


def numbers(frames: list[tuple[Fraction, int]], span: Clip, rate: Fraction, source_rate: Fraction) -> list[int]:
    """The number of the source frame that each output frame shows."""
    [placed] = place([span], rate)
    return [number for number, count in shown(frames, placed, rate, source_rate) for _ in range(count)]


@pytest.mark.parametrize("clock", [Fraction(1, 90000), Fraction(1, 1000)], ids=["fine-clock", "milliseconds"])
@pytest.mark.parametrize(
    ("source", "output", "pattern"),
    [
        pytest.param(25, 25, [0, 1, 2, 3, 4, 5, 6, 7], id="same"),
        pytest.param(NTSC, NTSC, [0, 1, 2, 3, 4, 5, 6, 7], id="same-ntsc"),
        pytest.param(60, 30, [0, 2, 4, 6, 8, 10, 12, 14], id="every-second"),
        pytest.param(30, 60, [0, 0, 1, 1, 2, 2, 3, 3], id="each-twice"),
        pytest.param(24, 30, [0, 1, 1, 2, 3, 4, 5, 5], id="one-in-four-twice"),
        pytest.param(30, 24, [0, 1, 2, 4, 5, 6, 7, 9], id="one-in-five-dropped"),
    ],
)
def test_rates_are_converted_evenly_whatever_the_clock(source, output, pattern, clock):
    """Rounded time stamps neither drop nor repeat a frame beyond what the two rates demand."""
    source, output = Fraction(source), Fraction(output)
    frames = regular(source, 10, clock)
    actual = numbers(frames, clip(0, 10), output, source)
    assert actual[:8] == pattern
    assert len(actual) == round(10 * output)
    steps = {later - earlier for earlier, later in pairwise(actual)}
    assert steps == {later - earlier for earlier, later in pairwise(pattern)}


def test_variable_rates_are_followed_by_their_times():
    """A frame that lasts long is repeated, frames that come fast are thinned out."""
    frames = [
        (Fraction(0), 0),
        (Fraction(1, 2), 1),
        (Fraction(51, 100), 2),
        (Fraction(52, 100), 3),
        (Fraction(9, 10), 4),
    ]
    assert numbers(frames, clip(0, 1), Fraction(10), Fraction(10)) == [0, 0, 0, 0, 0, 3, 3, 3, 3, 4]


def test_a_clip_shows_nothing_of_its_neighbours():
    """Frames before the start and from the end on stay away, even where start and end fall between output frames."""
    frames = regular(Fraction(25), 4)
    actual = numbers(frames, clip(Fraction(26, 25), Fraction(51, 25)), Fraction(30), Fraction(25))
    assert set(actual) == set(range(26, 51))
    assert len(actual) == 30


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        pytest.param([5, 6, 7, 8, 9], [5, 5, 5, 5, 5, 5, 6, 7, 8, 9], id="at-the-start"),
        pytest.param([0, 1, 2], [0, 1, 2, 2, 2, 2, 2, 2, 2, 2], id="at-the-end"),
        pytest.param([20], [20] * 10, id="all-but-one"),
    ],
)
def test_missing_frames_are_stood_in_for_by_the_nearest(times, expected):
    """Every output frame shows something."""
    frames = [(Fraction(time, 10), time) for time in times]
    assert numbers(frames, clip(0, 1), Fraction(10), Fraction(10)) == expected


def test_clips_follow_each_other_without_adding_up_errors():
    """Whatever the lengths, each output frame belongs to one clip and the whole has its exact length."""
    clips = [clip(0, Fraction(1001, 997) * n) for n in range(1, 12)]
    placed = place(clips, NTSC)
    total = sum(c.source.duration for c in clips)
    assert [number for p in placed for number in p.frames] == list(range(round(total * NTSC)))


def test_the_shortest_plan_fills_one_frame():
    """Less than half an output frame is still shown."""
    assert [p.frames for p in place([clip(0, 0.01), clip(1, 1.01)], Fraction(25))] == [range(0), range(1)]
