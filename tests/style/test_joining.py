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


WHOLE = [Span(Fraction(0), Fraction(100))]
OWN = [clip.source for clip in clips()]


def kinds(made):
    """The kind of each cut, in order."""
    return [clip.transition_in.type.value if clip.transition_in else "cut" for clip in made[1:]]


def test_virtual_cuts_take_the_primary_transition():
    """With its length and easing; the first clip comes out of nothing."""
    made, said = joined(clips(), [False] + [True] * 6, WHOLE, DISSOLVE, None)
    assert made[0].transition_in is None
    assert {clip.transition_in for clip in made[1:]} == {DISSOLVE}
    assert said == "6 of 6 cuts made a dissolve, as in the template"


def test_the_secondary_transition_takes_every_third_cut():
    """So does a plain cut, where that is the secondary."""
    assert kinds(joined(clips(), [True] * 7, WHOLE, FADE, DISSOLVE)[0]) == ["fade", "fade", "dissolve"] * 2
    assert kinds(joined(clips(), [True] * 7, WHOLE, DISSOLVE, CUT)[0]) == ["dissolve", "dissolve", "cut"] * 2
    assert kinds(joined(clips(), [True] * 7, WHOLE, CUT, DISSOLVE)[0]) == ["cut", "cut", "dissolve"] * 2


def test_the_footages_own_cuts_bear_fades_alone():
    """There are no pictures beyond them; what is kept is told."""
    made, said = joined(clips(), [False] * 7, OWN, DISSOLVE, FADE)
    assert kinds(made) == ["cut", "cut", "fade"] * 2
    assert said.startswith("2 of 6 cuts made a fade, 4 kept plain: their shots have no pictures beyond them")


@pytest.mark.parametrize("seconds", [0.1, 0.3, 0.5, 1, 5])
def test_transitions_fit_into_their_clips(seconds):
    """Shorter than the template's where clips are short, and none where they are too short for any; never an impossible plan."""
    made, _ = joined(clips(seconds=Fraction(str(seconds))), [True] * 7, WHOLE, FADE, None)
    for join in joins(made):
        assert join.duration <= Fraction(str(seconds)) / 2
    assert bool(joins(made)) == (seconds > 0.15)


def test_a_template_that_only_cuts_changes_nothing():
    """And says so."""
    assert joined(clips(), [True] * 7, WHOLE, CUT, None) == (tuple(clips()), "cuts are plain: so are the template's")


@pytest.mark.parametrize(
    ("before", "after", "lasts_ms"),
    [(1, 1, 400), (0.1, 1, 200), (1, 0.15, 300), (0.04, 1, None), (0, 1, None), (1, 0, None)],
    ids=["room", "little-after-the-old", "little-before-the-new", "too-little", "none-after", "none-before"],
)
def test_clips_that_are_apart_take_transitions_as_long_as_their_handles(before, after, lasts_ms):
    """Twice the shorter one, for half of a transition lies on either side; nothing of a neighbouring shot is ever shown."""
    apart = [clips()[1], clips()[4]]
    ends, begins = apart[0].source.end + Fraction(str(before)), apart[1].source.start - Fraction(str(after))
    shots = [Span(Fraction(0), ends), Span(ends, begins), Span(begins, Fraction(100))]
    made, _ = joined(apart, [False, False], shots, DISSOLVE, None)
    assert (made[1].transition_in and made[1].transition_in.duration_ms) == lasts_ms
    for join in joins(made):
        assert join.old.source.end + join.duration / 2 <= ends
        assert join.new.source.start - join.duration / 2 >= begins
