"""Crops go to what the picture is of, and stay inside of it."""

from dataclasses import replace
from fractions import Fraction

import pytest

from clipzy.style.framing import BLIND, CLOSER, EYES, FEATURES, LITTLE, Focus, aimed, box_of, closer, focus_of
from clipzy.style.measurements import Subject
from clipzy.style.plan import WHOLE_PICTURE, Crop
from clipzy.style.time import Span
from clipzy.style.tracking import seen_in

TALL = Crop(0.34, 0.0, 0.32, 1.0)
TAKE = Span(Fraction(0), Fraction(10))


def seen(x, y=0.5, *, face=False, time=1.0, confidence=0.9):
    """A subject about that point."""
    return Subject(time, x - 0.05, y - 0.1, x + 0.05, y + 0.1, confidence, face)


def test_a_face_comes_before_what_else_stands_out():
    """As soon as it is seen for a third of the time, which one in passing is not."""
    things = [seen(0.8, time=float(k)) for k in range(6)]
    faces = [seen(0.2, face=True, time=6.5 + k / 2) for k in range(7)]
    focus = focus_of(things + faces, TAKE)
    assert (round(focus.x, 2), focus.is_face) == (0.2, True)
    assert focus_of(things + faces[:2], TAKE).x == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("times", "end", "sure"),
    [((1.52,), "3.04", False), ((1.52, 2.0), "3.04", True), ((1.52,), "2", True)],
    ids=["once", "twice", "once in a short take"],
)
def test_a_face_in_passing_is_called_one(times, end, sure):
    """Where nothing else is seen the crop goes to it all the same, for that is all that is known; but it tells little of the rest of the take."""
    span = Span(Fraction(6, 5), Fraction(end))
    focus = focus_of([seen(0.7, face=True, time=time_s) for time_s in times], span)
    assert (focus.x, focus.is_sure) == (pytest.approx(0.7), sure)
    assert focus.words == ("the face" if sure else "a passing face")
    other = focus_of([seen(0.7, face=True, time=1.52), seen(0.3, time=2.5)], Span(Fraction(6, 5), Fraction("3.04")))
    assert (other.x, other.words) == (pytest.approx(0.3), "the subject")


@pytest.mark.parametrize(("confidence", "sure"), [(0.54, False), (0.9, True)])
def test_a_thing_that_hardly_stands_out_is_aimed_at_and_not_relied_on(confidence, sure):
    """A face always is."""
    focus = focus_of([seen(0.4, confidence=confidence)], TAKE)
    assert focus.is_sure is sure
    assert focus.words == ("the subject" if sure else "the likely subject")
    assert focus_of([seen(0.4, face=True, confidence=0.5, time=float(k)) for k in range(9)], TAKE).is_sure


def test_one_error_moves_nothing():
    """The middle one of the places is taken, not their mean."""
    assert focus_of([seen(0.3), seen(0.3), seen(0.31), seen(0.95)], TAKE).x == pytest.approx(0.305)


@pytest.mark.parametrize(
    "subjects", [[], [seen(0.5, time=12.0)], [seen(0.5, confidence=0.1)]], ids=["none", "later", "unsure"]
)
def test_where_nothing_is_sure_there_is_no_focus(subjects):
    """And a crop stays where it was."""
    assert focus_of(seen_in(subjects, TAKE), TAKE) is None
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


def test_closer_without_a_focus_goes_to_the_middle_and_less_far():
    """Nobody knows what lies at which edge: goods that stand over 0.86 of the height are whole, which a crop that spares heads cuts into."""
    crop = closer(WHOLE_PICTURE, None)
    assert crop.width == pytest.approx(1 / BLIND)
    assert crop.x == crop.y == pytest.approx((1 - crop.width) / 2)
    assert crop.y + crop.height > 0.9


@pytest.mark.parametrize(
    ("box", "times"),
    [
        ((0.4, 0.3, 0.6, 0.6), CLOSER),
        ((0.1, 0.3, 0.8, 0.6), 0.92 / 0.7),
        ((0.4, 0.02, 0.5, 0.7), 0.92 / 0.68),
    ],
    ids=["small", "wide", "tall"],
)
def test_closer_cuts_into_nothing_that_it_is_of(box, times):
    """It goes as close as holds the whole, and moves over for it."""
    crop = closer(WHOLE_PICTURE, Focus(0.45, 0.4, is_face=True, box=box))
    assert 1 / crop.width == pytest.approx(times)
    assert crop.x <= box[0] <= box[2] <= crop.x + crop.width
    assert crop.y <= box[1] <= box[3] <= crop.y + crop.height


def test_there_is_no_closer_crop_that_cuts_into_a_face():
    """Not a little closer either; of a thing it shows the middle then."""
    box = (0.0, 0.1, 0.99, 0.9)
    assert closer(WHOLE_PICTURE, Focus(0.45, 0.4, is_face=True, box=box)) is None
    assert 1 / closer(WHOLE_PICTURE, Focus(0.45, 0.4, is_face=False, box=box)).width == pytest.approx(LITTLE)
    flat = Crop(0.0, 0.115, 1.0, 0.239)  # 2.35:1 of an upright picture, which does not hold the face whole itself
    assert closer(flat, Focus(0.54, 0.21, is_face=True, box=(0.34, 0.04, 0.73, 0.37))) is None


def test_a_little_closer_may_cut_into_hair_and_not_into_a_face():
    """As close-ups do: of a head that has no room forehead and chin are whole; where they have none there is no such crop."""
    box = (0.4, 0.1, 0.6, 0.87)
    crop = closer(WHOLE_PICTURE, Focus(0.5, 0.48, is_face=True, box=box, height=0.77))
    assert 1 / crop.height == pytest.approx(LITTLE)
    assert crop.y <= 0.1 + 0.77 / 6
    assert crop.y + crop.height >= 0.87
    assert closer(WHOLE_PICTURE, Focus(0.5, 0.48, is_face=True, box=(0.4, 0.0, 0.6, 0.93), height=0.93)) is None


CAPTION = (0.385, 0.807, 0.615, 0.922)


@pytest.mark.parametrize(
    "focus",
    [
        None,
        Focus(0.5, 0.3, is_face=True, box=(0.4, 0.25, 0.6, 0.45)),
        Focus(0.5, 0.3, is_face=False, box=(0.2, 0.1, 0.8, 0.5)),
    ],
    ids=["nothing known", "a face", "a thing"],
)
def test_closer_holds_text(focus):
    """It moves down for a caption, and so do what it is of and its middle."""
    crop = closer(WHOLE_PICTURE, focus, [CAPTION])
    assert crop.y + crop.height > 0.922
    assert crop.x < 0.385
    assert crop.x + crop.width > 0.615
    assert focus is None or crop.y <= 0.25


@pytest.mark.parametrize(
    ("focus", "text"),
    [
        (None, (0.02, 0.8, 0.98, 0.9)),
        (Focus(0.5, 0.3, is_face=True, box=(0.4, 0.05, 0.6, 0.5)), CAPTION),
        (Focus(0.5, 0.3, is_face=False, box=(0.3, 0.3, 0.7, 0.5)), (0.05, 0.8, 0.95, 0.9)),
    ],
    ids=["wide", "far from the face", "wide, beside a thing"],
)
def test_there_is_no_closer_crop_that_cuts_into_text(focus, text):
    """Nor one that loses the face for it."""
    assert closer(WHOLE_PICTURE, focus, [text]) is None


def test_of_a_face_that_is_too_large_eyes_and_mouth_are_shown():
    """Rather than hair and forehead; a smaller one has its eyes where they belong."""
    flat = Crop(0.0, 0.3, 1.0, 0.17)
    large, small = (Focus(0.5, 0.3, is_face=True, height=height) for height in (0.31, 0.1))
    crop = aimed(flat, large)
    assert crop.y <= 0.3 + FEATURES[0] * 0.31
    assert crop.y + crop.height >= 0.3 + FEATURES[1] * 0.31
    assert (0.3 - aimed(flat, small).y) / flat.height == pytest.approx(EYES)


def test_everybodys_face_is_kept():
    """Of two who talk neither is cut; somebody small in the background does not count, nor does a single error."""
    two = [replace(seen(x, face=True, time=float(k)), confidence=0.99) for k in range(10) for x in (0.3, 0.6)]
    passing = [Subject(2.0, 0.95, 0.5, 0.97, 0.54, 0.99, is_face=True)]
    assert box_of(two + passing, faces=True) == pytest.approx((0.25, 0.4, 0.65, 0.6))
    assert box_of([*two, seen(0.9, face=True, time=3.0)], faces=True) == pytest.approx((0.25, 0.4, 0.65, 0.6))
    assert box_of(two, faces=False) is None
