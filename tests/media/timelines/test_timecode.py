"""Time codes of cameras, counted in frames."""

from fractions import Fraction

import pytest

from clipzy.media.timelines.timecode import frames_until, not_counted, seconds_until

TEN_HOURS = 36000


@pytest.mark.parametrize(
    ("starts", "rate", "frames"),
    [
        ("10:00:00:00", Fraction(25), TEN_HOURS * 25),
        ("10:00:00:00", Fraction(30000, 1001), TEN_HOURS * 30),
        ("10:00:00:00", Fraction(2997, 100), TEN_HOURS * 30),
        ("10:00:00;00", Fraction(2997, 100), 1078920),
        ("10:00:00:00", Fraction(2398, 100), TEN_HOURS * 24),
        ("10:00:00:07", Fraction(2997, 125), TEN_HOURS * 24 + 7),
        ("10:00:00:99", Fraction(100), TEN_HOURS * 100 + 99),
        ("10:00:00:119", Fraction(120000, 1001), TEN_HOURS * 120 + 119),
        ("10:00:00:239", Fraction(240), TEN_HOURS * 240 + 239),
        ("10:00:00:00", Fraction(48000, 1001), TEN_HOURS * 48),
    ],
)
def test_a_time_code_is_counted_at_the_rate_that_a_file_means(starts, rate, frames):
    """QuickTime writes 29.97 as 2997/100; cameras for slow motion number each of their frames."""
    assert frames_until(starts, rate) == frames
    assert float(seconds_until(starts, rate)) == pytest.approx(float(frames / rate), rel=2e-4)
    assert not_counted(starts, rate) is None


@pytest.mark.parametrize(
    ("starts", "rate"),
    [
        ("10:00:00:25", Fraction(25)),
        ("10:00:00:005", Fraction(25)),
        ("10:00:00:120", Fraction(120)),
        ("10:00:00;00", Fraction(100)),
        ("10:00:60:00", Fraction(100)),
        ("10:00:00:00", Fraction(273, 10)),
        ("at ten", Fraction(25)),
    ],
)
def test_a_time_code_that_does_not_fit_is_told_of(starts, rate):
    """Timelines then count from the first picture."""
    assert (frames_until(starts, rate), seconds_until(starts, rate)) == (None, 0)
    assert not_counted(starts, rate).startswith(f"the footage's time code, {starts}, does not fit its ")


def test_most_files_have_none():
    """Which is nothing to be told of."""
    assert not_counted(None, Fraction(25)) is None
