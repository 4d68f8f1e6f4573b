"""Spans of exact time."""

from fractions import Fraction

import pytest

import measured
from clipzy.style.dna import TransitionType
from clipzy.style.measurements import Boundary
from clipzy.style.time import Span, merged, sharing

DISSOLVE = Boundary(Fraction(4), Fraction(5), TransitionType.DISSOLVE, 0.9)
IN_ORDER = [measured.cut_at(2), DISSOLVE, measured.cut_at(7)]


@pytest.mark.parametrize(
    ("start", "end", "there"),
    [
        (0, 8, IN_ORDER),
        (2, 4, []),
        (1, 3, IN_ORDER[:1]),
        (3, Fraction(9, 2), [DISSOLVE]),
        (Fraction(9, 2), Fraction(19, 4), [DISSOLVE]),
        (5, 7, []),
        (6, 9, IN_ORDER[2:]),
    ],
)
def test_what_has_something_of_a_span_is_found(start, end, there):
    """What only touches its ends is not."""
    assert sharing(IN_ORDER, Span(Fraction(start), Fraction(end))) == there


@pytest.mark.parametrize(
    ("spans", "apart"),
    [
        ([], []),
        ([(4, 5), (0, 1)], [(0, 1), (4, 5)]),
        ([(0, 1), (1, 2)], [(0, 2)]),
        ([(0, 9), (2, 3), (8, 10)], [(0, 10)]),
    ],
    ids=["none", "in order", "touching", "one within another"],
)
def test_spans_that_overlap_or_touch_become_one(spans, apart):
    """What is left is in order and apart."""
    assert merged(Span(Fraction(a), Fraction(b)) for a, b in spans) == [
        Span(Fraction(a), Fraction(b)) for a, b in apart
    ]
