"""The places of frames in time."""

from fractions import Fraction
from types import SimpleNamespace

import pytest

from clipzy.errors import MediaError
from clipzy.media.decoding.clock import Clock
from clipzy.media.decoding.packets import LONGEST_S


@pytest.fixture
def clock():
    """Of a stream of 25 frames a second, in milliseconds."""
    return Clock(SimpleNamespace(time_base=Fraction(1, 1000), average_rate=Fraction(25), guessed_rate=None))


@pytest.mark.parametrize(
    ("stamps", "places"),
    [
        ([500, 540, 600], [0, 40, 100]),
        ([500, 540, 540, 560], [0, 40, 41, 60]),
        ([500, 540, 540, 540, 540, 640], [0, 40, 41, 81, 121, 140]),
        ([500, 500, 500, 500], [0, 1, 41, 81]),
        ([500, 540, 510, 520, 545, 560], [0, 40, 41, 42, 45, 60]),
        ([5000, 5040, 0, 40], [0, 40, 80, 120]),
        ([0, 80, 120, 40, 200, 240, 160, 320, 360, 280, 440], [0, 80, 120, 121, 200, 240, 280, 320, 360, 400, 440]),
        ([500, 540, None, 600], [0, 40, 80, 100]),
        ([500, 500 + LONGEST_S * 1000 + 1, 600], [0, 40, 100]),
        ([-500, -460], [0, 40]),
        ([None, 40], [0, 40]),
    ],
    ids=[
        "right",
        "twice the same",
        "a heap",
        "all the same",
        "a little back",
        "begun again",
        "in coding order",
        "missing",
        "absurd",
        "before zero",
        "first missing",
    ],
)
def test_each_frame_comes_after_the_one_before(clock, stamps, places):
    """By its stamp, counted from the first; by a tick where it repeats what came before, so that the next keep theirs; else by the frame rate. Both are counted."""
    assert [clock.place(stamp, 40) for stamp in stamps] == places == list(clock.ticks)
    told = [None if stamp is None else stamp - (stamps[0] or 0) for stamp in stamps]
    assert clock.mended == sum(one != other for one, other in zip(told[1:], places[1:], strict=True))


def test_stamps_count_from_a_given_origin():
    """As they do in a reader that has sought; the first frame's may lie anywhere."""
    stream = SimpleNamespace(time_base=Fraction(1, 1000), average_rate=Fraction(25), guessed_rate=None)
    clock = Clock(stream, origin=500)
    assert clock.knows(900)
    assert not clock.knows(None)
    assert [clock.place(stamp, 40) for stamp in (900, 900, 920)] == [400, 401, 420]


@pytest.mark.parametrize(("duration", "ends"), [(20, 60), (0, 80), (-3, 80), (2**62, 80)])
def test_the_end_is_that_of_the_last_frame(clock, duration, ends):
    """By its own length where that can be; else it lasts as long as frames do."""
    clock.place(0, 40)
    clock.place(40, duration)
    assert clock.end == ends


def test_frames_that_go_on_for_more_than_a_day_are_refused(clock):
    """Nothing that is edited does."""
    clock.place(0, 40)
    clock.place(LONGEST_S * 1000, 40)
    with pytest.raises(MediaError, match="more than a day"):
        clock.place(None, 40)
