"""Crops go to what the picture is of, and stay inside of it."""

from dataclasses import replace
from fractions import Fraction

import pytest

from clipzy.style.framing import CLOSER, EYES, LITTLE, Focus, aimed, box_of, closer, focus_of
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


def test_closer_without_a_focus_is_a_little_closer_and_spares_heads():
    """In the middle across, a quarter of what is cut away above: nobody knows what lies at the edges."""
    crop = closer(WHOLE_PICTURE, None)
    assert crop.width == pytest.approx(1 / LITTLE)
    assert crop.x == pytest.approx((1 - crop.width) / 2)
    assert crop.y == pytest.approx((1 - crop.height) / 4)


@pytest.mark.parametrize(
    ("box", "times"),
    [
        ((0.4, 0.3, 0.6, 0.6), CLOSER),
        ((0.1, 0.3, 0.8, 0.6), 0.92 / 0.7),
        ((0.4, 0.02, 0.5, 0.7), 0.92 / 0.68),
        ((0.0, 0.1, 0.99, 0.9), LITTLE),
    ],
    ids=["small", "wide", "tall", "fills-it"],
)
def test_closer_cuts_into_nothing_that_it_is_of(box, times):
    """It goes as close as holds the whole, and moves over for it; where even a little closer cannot, it is a little closer all the same."""
    crop = closer(WHOLE_PICTURE, Focus(0.45, 0.4, is_face=True, box=box))
    assert 1 / crop.width == pytest.approx(times)
    if times > LITTLE:
        assert crop.x <= box[0] <= box[2] <= crop.x + crop.width
        assert crop.y <= box[1] <= box[3] <= crop.y + crop.height


def test_everybodys_face_is_kept():
    """Of two who talk neither is cut; somebody small in the background does not count, nor does a single error."""
    two = [replace(seen(x, face=True, time=float(k)), confidence=0.99) for k in range(10) for x in (0.3, 0.6)]
    passing = [Subject(2.0, 0.95, 0.5, 0.97, 0.54, 0.99, is_face=True)]
    assert box_of(two + passing, TAKE, faces=True) == pytest.approx((0.25, 0.4, 0.65, 0.6))
    assert box_of([*two, seen(0.9, face=True, time=3.0)], TAKE, faces=True) == pytest.approx((0.25, 0.4, 0.65, 0.6))
    assert box_of(two, TAKE, faces=False) is None
