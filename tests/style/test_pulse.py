"""Where a pulse runs, and its half beats."""

from fractions import Fraction

import pytest

from clipzy.style.dna import BeatBand
from clipzy.style.measurements import Beat
from clipzy.style.pulse import half_beats, is_in_pulse

BEATS = [Beat(time, 0.9, BeatBand.BASS, downbeat=False) for time in (1.0, 1.5, 2.25, 5.0, 5.5)]


def test_half_beats_lie_between_the_beats_of_a_pulse():
    """Not in a pause of nearly three seconds."""
    assert half_beats(BEATS) == [Fraction(5, 4), Fraction(15, 8), Fraction(21, 4)]
    assert half_beats(BEATS[:1]) == []


@pytest.mark.parametrize(
    ("time_s", "runs"), [(0.5, False), (1.2, True), (2.0, True), (3.0, False), (5.2, True), (6.0, False)]
)
def test_a_pulse_runs_between_its_beats(time_s, runs):
    """Not before the first one, in a pause or after the last one."""
    assert is_in_pulse(Fraction(time_s), BEATS) is runs
