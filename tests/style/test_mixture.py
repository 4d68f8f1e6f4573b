"""In which measure a template uses its transitions, and how cuts are given them in the same measure."""

from fractions import Fraction

import pytest

from clipzy.style.dna import Transition, TransitionType
from clipzy.style.measurements import Boundary, DipColor, Direction
from clipzy.style.mixture import Portion, measured_mixture, shared_out, told_mixture

CUT, DISSOLVE, WIPE, FADE = TransitionType.CUT, TransitionType.DISSOLVE, TransitionType.WIPE, TransitionType.FADE


def changes(*kinds, confidence=1.0):
    """A change of shot of each kind, one a second; those that are gradual last 400 ms."""
    lasts = [Fraction(0) if kind is CUT else Fraction(2, 5) for kind in kinds]
    return [
        Boundary(Fraction(k), k + length, kind, confidence)
        for k, (kind, length) in enumerate(zip(kinds, lasts, strict=True))
    ]


def test_a_video_tells_how_often_it_uses_which_transition():
    """By the evidence for each, the most frequent first; what is hardly seen does not count."""
    seen = changes(*[DISSOLVE] * 6, *[CUT] * 3) + changes(WIPE, confidence=0.3)
    found = measured_mixture(seen)
    assert [(each.transition.type, pytest.approx(each.share)) for each in found] == [(DISSOLVE, 2 / 3), (CUT, 1 / 3)]
    assert found[0].transition.duration_ms == 400


def test_a_video_without_a_change_cuts():
    """Its mixture is of plain cuts."""
    assert measured_mixture([]) == (Portion(Transition(CUT, 0), 1.0),)


@pytest.mark.parametrize("cuts", [1, 2, 3, 5, 10, 33, 100])
@pytest.mark.parametrize("share", [0.5, 0.6, 0.75, 0.9])
def test_cuts_are_shared_out_as_the_template_has_them(cuts, share):
    """To the nearest cut; of a single one the most frequent kind."""
    mixture = [Portion(Transition(DISSOLVE, 400), share), Portion(Transition(CUT, 0), 1 - share)]
    given = shared_out(mixture, cuts, {})
    assert sum(given) == cuts
    assert abs(given[0] - share * cuts) <= 0.5
    assert given[0] >= given[1]


def test_transitions_of_the_footages_own_count():
    """What it has itself is not made again; what it has too many of is made up for by the others."""
    mixture = told_mixture(Transition(DISSOLVE, 400), Transition(CUT, 0))
    assert shared_out(mixture, 6, {}) == [4, 2]
    assert shared_out(mixture, 6, {(DISSOLVE, DipColor.BLACK): 3}) == [3, 3]
    assert shared_out(mixture, 2, {(DISSOLVE, DipColor.BLACK): 9}) == [0, 2]
    assert shared_out(mixture, 6, {(WIPE, DipColor.BLACK): 5}) == [4, 2]


@pytest.mark.parametrize(("cuts", "given"), [(3, [2, 1]), (4, [3, 1]), (6, [4, 2]), (9, [6, 3])], ids=str)
def test_two_lengths_of_one_kind_have_their_shares_each(cuts, given):
    """Every third fade is the long one; what the footage has of fades counts for both."""
    mixture = told_mixture(Transition(FADE, 200), Transition(FADE, 600))
    assert shared_out(mixture, cuts, {}) == given
    assert shared_out(mixture, cuts, {(FADE, DipColor.BLACK): 3}) == given


def test_fades_through_white_are_a_kind_of_their_own():
    """With their own share and length beside those through black."""
    black = [Boundary(Fraction(k), Fraction(k + 1), TransitionType.FADE, 1.0) for k in range(2)]
    flash = Boundary(Fraction(8), Fraction(8) + Fraction(1, 5), TransitionType.FADE, 1.0, dips_to=DipColor.WHITE)
    found = [(each.transition.duration_ms, each.dips_to) for each in measured_mixture([*black, flash])]
    assert found == [(1000, DipColor.BLACK), (200, DipColor.WHITE)]
    assert shared_out(measured_mixture([*black, flash]), 6, {}) == [4, 2]


def test_the_ways_that_wipes_go_are_one_kind():
    """In the order of the video; of those whose way nobody knows nothing is said."""
    ways = [Direction.LEFT, None, Direction.RIGHT, Direction.LEFT]
    wipes = [
        Boundary(Fraction(k), Fraction(k) + Fraction(1, 2), TransitionType.WIPE, 1.0, direction=way)
        for k, way in enumerate(ways)
    ]
    (portion,) = measured_mixture(wipes)
    assert portion.directions == (Direction.LEFT, Direction.RIGHT, Direction.LEFT)
