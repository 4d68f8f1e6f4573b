"""What the pictures of a rendered file stand for."""

from fractions import Fraction

import numpy as np
import pytest

from clipzy.stages.output_pictures import OutputPictures
from clipzy.style.time import Span

# a second each, half a second of transition between them
SHOTS = [Span(Fraction(3 * n, 2), Fraction(3 * n, 2) + 1) for n in range(4)]


def pictures_at(*times):
    """Black ones."""
    return OutputPictures(np.zeros((len(times), 2, 2, 3), np.uint8), tuple(Fraction(at) for at in times))


def test_shots_that_all_have_pictures_stand_for_themselves():
    """Transitions between them count for none, as in an analysis."""
    seen = pictures_at(0.5, 1.2, 1.5, 3, 3.5, 5)
    assert seen.standing_for(SHOTS) == SHOTS
    assert seen.words(SHOTS) == "6 pictures"


@pytest.mark.parametrize(
    ("times", "spans"),
    [
        ((0.5, 5), [(0, 2.75), (2.75, 5.5)]),
        ((2, 3.5), [(0, 2.5), (3, 5.5)]),
        ((0.5, 3.5, 5), [(0, 2), (2, 4), (4.5, 5.5)]),
        ((2.2,), [(0, 5.5)]),
    ],
    ids=["two between", "first and last", "one between", "all but one"],
)
def test_the_time_of_a_shot_without_pictures_goes_to_those_beside_it(times, spans):
    """Else the colours of the others would count for the whole."""
    assert pictures_at(*times).standing_for(SHOTS) == [Span(Fraction(start), Fraction(end)) for start, end in spans]


def test_shots_without_pictures_are_told_of():
    """In the report's words on what it measured."""
    assert pictures_at(0.5, 5).words(SHOTS) == "2 pictures, none of them of 2 of 4 shots"


def test_pictures_of_transitions_alone_leave_the_shots_as_they_are():
    """There is nothing that could stand for them."""
    assert pictures_at(1.2, 2.7).standing_for(SHOTS) == SHOTS
