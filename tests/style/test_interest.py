"""How much moments of footage have to offer."""

from fractions import Fraction

import measured
from clipzy.style.interest import STEP_S, interest_of
from clipzy.style.measurements import Course


def test_a_sound_counts_in_full_from_12_db_over_the_usual_on():
    """In part below; what is softer than the usual does not count."""
    levels = [-30.0] * 40
    levels[4], levels[8], levels[12], levels[16] = -24.0, -18.0, -6.0, -50.0
    video = measured.video(facts=measured.facts(duration=Fraction(10)))
    sound = measured.audio(level=Course(STEP_S, tuple(levels)))
    loud = interest_of(measured.measurements(video, sound)).loud
    assert [loud[k] for k in (0, 4, 8, 12, 16)] == [0, 0.5, 1, 1, 0]
