"""Transitions of a template at the cuts of a plan."""

from fractions import Fraction

import pytest

from clipzy.style.dna import Easing, Transition, TransitionType
from clipzy.style.joining import joined
from clipzy.style.plan import WHOLE_PICTURE, Clip, joins
from clipzy.style.time import Span

CUT = Transition(TransitionType.CUT, 0)
DISSOLVE = Transition(TransitionType.DISSOLVE, 400, Easing.EASE_IN_OUT)
FADE = Transition(TransitionType.FADE, 600)


def clips(count=7, seconds=2):
    """So many clips of that length, end to end."""
    return [
        Clip(
            Span(Fraction(seconds) * k, Fraction(seconds) * (k + 1)),
            WHOLE_PICTURE,
            look=None,
            transition_in=None,
            reason="",
        )
        for k in range(count)
    ]


def kinds(made):
    """The kind of each cut, in order."""
    return [clip.transition_in.type.value if clip.transition_in else "cut" for clip in made[1:]]


def test_virtual_cuts_take_the_primary_transition():
    """With its length and easing; the first clip comes out of nothing."""
    made, said = joined(clips(), [False] + [True] * 6, DISSOLVE, None)
    assert made[0].transition_in is None
    assert {clip.transition_in for clip in made[1:]} == {DISSOLVE}
    assert said == "6 of 6 cuts made a dissolve, as in the template"


def test_the_secondary_transition_takes_every_third_cut():
    """So does a plain cut, where that is the secondary."""
    assert kinds(joined(clips(), [True] * 7, FADE, DISSOLVE)[0]) == ["fade", "fade", "dissolve"] * 2
    assert kinds(joined(clips(), [True] * 7, DISSOLVE, CUT)[0]) == ["dissolve", "dissolve", "cut"] * 2
    assert kinds(joined(clips(), [True] * 7, CUT, DISSOLVE)[0]) == ["cut", "cut", "dissolve"] * 2


def test_the_footages_own_cuts_bear_fades_alone():
    """There are no pictures beyond them; what is kept is told."""
    made, said = joined(clips(), [False] * 7, DISSOLVE, FADE)
    assert kinds(made) == ["cut", "cut", "fade"] * 2
    assert said.startswith("2 of 6 cuts made a fade, 4 kept plain: the footage has no pictures beyond them")


@pytest.mark.parametrize("seconds", [0.1, 0.3, 0.5, 1, 5])
def test_transitions_fit_into_their_clips(seconds):
    """Shorter than the template's where clips are short, and none where they are too short for any; never an impossible plan."""
    made, _ = joined(clips(seconds=Fraction(str(seconds))), [True] * 7, FADE, None)
    for join in joins(made):
        assert join.duration <= Fraction(str(seconds)) / 2
    assert bool(joins(made)) == (seconds > 0.15)


def test_a_template_that_only_cuts_changes_nothing():
    """And says so."""
    assert joined(clips(), [True] * 7, CUT, None) == (tuple(clips()), "cuts are plain: so are the template's")
