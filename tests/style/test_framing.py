"""Crops go to what the picture is of, and stay inside of it."""

from fractions import Fraction

import pytest

from clipzy.style.framing import CLOSER, EYES, Focus, aimed, closer, focus_of
from clipzy.style.measurements import Subject
from clipzy.style.plan import WHOLE_PICTURE, Crop
from clipzy.style.time import Span

TALL = Crop(0.34, 0.0, 0.32, 1.0)
TAKE = Span(Fraction(0), Fraction(10))


def seen(x, y=0.5, *, face=False, time=1.0, confidence=0.9):
    """A subject about that point."""
    return Subject(time, x - 0.05, y - 0.1, x + 0.05, y + 0.1, confidence, face)


def test_a_face_comes_before_what_else_stands_out():
    """As soon as it is seen in a fifth of the samples."""
    things = [seen(0.8, time=float(k)) for k in range(8)]
    faces = [seen(0.2, face=True, time=8.0), seen(0.22, face=True, time=9.0)]
    focus = focus_of(things + faces, TAKE)
    assert (round(focus.x, 2), focus.is_face) == (0.21, True)
    assert focus_of(things + faces[:1], TAKE).x == pytest.approx(0.8)


def test_one_error_moves_nothing():
    """The middle one of the places is taken, not their mean."""
    assert focus_of([seen(0.3), seen(0.3), seen(0.31), seen(0.95)], TAKE).x == pytest.approx(0.305)


@pytest.mark.parametrize(
    "subjects", [[], [seen(0.5, time=12.0)], [seen(0.5, confidence=0.1)]], ids=["none", "later", "unsure"]
)
def test_where_nothing_is_sure_there_is_no_focus(subjects):
    """And a crop stays where it was."""
    assert focus_of(subjects, TAKE) is None
    assert aimed(TALL, None) == TALL


@pytest.mark.parametrize(("x", "left"), [(0.5, 0.34), (0.3, 0.14), (0.0, 0.0), (1.0, 0.68)])
def test_a_crop_is_aimed_as_far_as_the_edges_allow(x, left):
    """The subject in its middle, or as near to it as can be."""
    crop = aimed(TALL, Focus(x, 0.5, is_face=False))
    assert (crop.x, crop.y) == (pytest.approx(left), 0.0)


def test_closer_keeps_the_shape_and_puts_a_face_above_the_middle():
    """1.4 times as close, with room below the face."""
    crop = closer(WHOLE_PICTURE, Focus(0.5, 0.5, is_face=True))
    assert crop.width == crop.height == pytest.approx(1 / CLOSER)
    assert (0.5 - crop.y) / crop.height == pytest.approx(EYES)


@pytest.mark.parametrize("place", [(0.0, 0.0), (1.0, 1.0), (0.35, 0.9)])
def test_closer_never_leaves_the_wider_crop(place):
    """What was cut away does not come back."""
    crop = closer(TALL, Focus(*place, is_face=False))
    assert TALL.x - 1e-9 <= crop.x <= crop.x + crop.width <= TALL.x + TALL.width + 1e-9
    assert 0 <= crop.y <= crop.y + crop.height <= 1 + 1e-9


def test_closer_without_a_focus_spares_heads():
    """In the middle across, a quarter of what is cut away above."""
    crop = closer(WHOLE_PICTURE, None)
    assert crop.x == pytest.approx((1 - crop.width) / 2)
    assert crop.y == pytest.approx((1 - crop.height) / 4)
