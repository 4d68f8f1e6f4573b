"""A crop makes room for text, and loses nothing of what the picture is of for it."""

import pytest

from clipzy.style.beside_text import beside_text
from clipzy.style.framing import Focus
from clipzy.style.plan import Crop

TALL = Crop(0.6, 0.0, 0.32, 1.0)
CAPTION, WIDE, SIGN = (0.45, 0.8, 0.7, 0.9), (0.2, 0.8, 0.8, 0.9), (0.02, 0.1, 0.12, 0.2)


def holds(crop, box):
    """Whether it is whole in the crop, across."""
    return crop.x <= box[0] and box[2] <= crop.x + crop.width


@pytest.mark.parametrize(
    "focus",
    [None, Focus(0.7, 0.3, is_face=False), Focus(0.65, 0.3, is_face=True, box=(0.6, 0.2, 0.72, 0.5))],
    ids=["nothing known", "a thing", "a face"],
)
def test_a_crop_moves_for_a_caption(focus):
    """No further than it takes."""
    crop = beside_text(TALL, focus, [CAPTION])
    assert holds(crop, CAPTION)
    assert crop.x == pytest.approx(0.45 - 0.02 * 0.32)
    assert focus is None or crop.x < focus.x < crop.x + crop.width
    assert focus is None or focus.box is None or holds(crop, focus.box)


@pytest.mark.parametrize(
    ("focus", "text"),
    [
        (None, WIDE),
        (Focus(0.85, 0.3, is_face=True, box=(0.8, 0.2, 0.9, 0.5)), CAPTION),
        (Focus(0.76, 0.3, is_face=True, box=(0.5, 0.2, 0.95, 0.5)), CAPTION),
        (Focus(0.76, 0.3, is_face=False), SIGN),
    ],
    ids=["wider than the crop", "a face beside it", "a face that fills it", "a sign far away"],
)
def test_a_crop_stays_where_the_text_has_no_place(focus, text):
    """A part of a text is worth no part of a face."""
    assert beside_text(TALL, focus, [text]) == TALL


def test_the_first_texts_come_first():
    """Of two that do not fit together the one that is named first; one that fits beside it is whole as well."""
    left, right, near = (0.45, 0.8, 0.6, 0.9), (0.85, 0.8, 0.99, 0.9), (0.5, 0.1, 0.55, 0.2)
    crop = beside_text(TALL, None, [left, right, near])
    assert holds(crop, left)
    assert holds(crop, near)
    assert not holds(crop, right)
