from fractions import Fraction

import pytest

from clipzy.style.dna import Easing, Transition, TransitionType
from clipzy.style.measurements import Boundary
from clipzy.style.transitions import rank_transitions

CUT = Transition(TransitionType.CUT, 0)


def some(kind, confidences, lengths_ms=(0,), easing=Easing.LINEAR):
    """Boundaries of one kind, one after another."""
    lengths = [lengths_ms[k % len(lengths_ms)] for k in range(len(confidences))]
    return [
        Boundary(Fraction(k), k + Fraction(length, 1000), kind, confidence, easing)
        for k, (confidence, length) in enumerate(zip(confidences, lengths, strict=True))
    ]


def test_no_boundary_is_a_plain_cut():
    """A video of one shot has the cut as its primary transition and no secondary."""
    assert rank_transitions([]) == (CUT, None)


def test_count_times_confidence_ranks():
    """Two sure dissolves outrank four doubtful wipes, and both outrank nothing."""
    boundaries = some(TransitionType.WIPE, [0.3] * 4, [400]) + some(TransitionType.DISSOLVE, [0.9] * 2, [700, 900])
    expected = (Transition(TransitionType.DISSOLVE, 800), Transition(TransitionType.WIPE, 400))
    assert expected == rank_transitions(boundaries)


def test_cuts_count_as_transitions():
    """Where cuts prevail, the cut is primary and the dissolve secondary, with the median length."""
    boundaries = some(TransitionType.CUT, [0.9] * 6) + some(TransitionType.DISSOLVE, [0.8] * 3, [500, 1000, 640])
    assert rank_transitions(boundaries) == (CUT, Transition(TransitionType.DISSOLVE, 640))


def test_a_doubtful_kind_is_no_style():
    """A single boundary of low confidence makes no secondary transition."""
    boundaries = some(TransitionType.CUT, [0.9] * 2) + some(TransitionType.CIRCLE, [0.4], [500])
    assert rank_transitions(boundaries) == (CUT, None)


@pytest.mark.parametrize("sure", [Easing.EASE_IN, Easing.EASE_IN_OUT])
def test_easing_by_the_weight_of_confidence(sure):
    """The easing with most confidence behind it is the kind's."""
    boundaries = some(TransitionType.SLIDE, [0.9], [300], sure) + some(TransitionType.SLIDE, [0.3, 0.3], [300])
    assert rank_transitions(boundaries)[0].easing == sure
