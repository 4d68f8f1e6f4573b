"""Texts that crops cut are found, in their place and time."""

from fractions import Fraction

import pytest

from clipzy.style.plan import WHOLE_PICTURE, Clip, Crop, CropKey
from clipzy.style.standing_text import StandingText, standing_in
from clipzy.style.text_in_crops import told_cut, whole_in
from clipzy.style.time import Span

FIRST, SECOND = StandingText(1.0, 3.0, 0.4, 0.8, 0.6, 0.9), StandingText(3.0, 5.0, 0.3, 0.8, 0.7, 0.9)
TALL = Crop(0.34, 0.0, 0.32, 1.0)


def clip(start, end, crop, *path):
    """Of the footage."""
    return Clip(Span(Fraction(start), Fraction(end)), crop, None, None, "", tuple(path))


def test_a_text_is_seen_while_it_stands():
    """Ends that touch share nothing."""
    assert standing_in([FIRST, SECOND], Span(Fraction(2), Fraction(3))) == [FIRST]
    assert standing_in([FIRST, SECOND], Span(Fraction(2), Fraction(4))) == [FIRST, SECOND]


def test_a_text_is_whole_only_where_a_crop_that_moves_shows_it_all_along():
    """One that has left it by the time it begins does not count, nor does one that shaves the empty edge of its box."""
    moves = lambda time_s: Crop(min(0.1 * time_s, 0.6), 0.0, 0.4, 1.0)  # noqa: E731
    assert whole_in([FIRST], Span(Fraction(2), Fraction(3)), moves) == [FIRST]
    assert whole_in([FIRST], Span(Fraction(1), Fraction(3)), moves) == []
    assert whole_in([SECOND], Span(Fraction(5), Fraction(6)), moves) == []
    shaved = Crop(0.405, 0.0, 0.4, 1.0)
    assert whole_in([FIRST], Span(Fraction(1), Fraction(3)), lambda _: shaved) == [FIRST]


@pytest.mark.parametrize("gone_s", [1.05, 1.25, 1.5, 1.7, 2.1, 2.65])
def test_a_text_that_a_crop_leaves_for_an_instant_is_not_whole(gone_s):
    """Of three tenths of a second, whenever they are: that long they can be seen."""
    swings = lambda time_s: TALL if gone_s <= time_s < gone_s + 0.3 else WHOLE_PICTURE  # noqa: E731
    wide = StandingText(1.0, 3.0, 0.1, 0.8, 0.9, 0.9)
    assert whole_in([wide], Span(Fraction(1), Fraction(3)), swings) == []


@pytest.mark.parametrize(
    ("clips", "told"),
    [
        ([clip(0, 6, WHOLE_PICTURE)], None),
        ([clip(0, 6, TALL)], "1 of the 2 texts in what is shown, the first at 3.0 s"),
        ([clip(0, 3, TALL), clip(3, 6, WHOLE_PICTURE)], None),
        ([clip(0, "3.2", TALL)], None),
        ([clip(0, 2, Crop(0.0, 0.0, 1.0, 0.7))], "the only text in what is shown, at 1.0 s"),
        ([clip(0, 3, TALL, CropKey(Fraction(2), Crop(0.0, 0.0, 0.32, 1.0)))], "the only text in what is shown"),
    ],
    ids=["whole", "one is wider", "whole where it stands", "in passing", "below", "moves away"],
)
def test_text_that_is_cut_is_told(clips, told):
    """Partly or wholly, with where to look for it and what to do."""
    said = told_cut(clips, [FIRST, SECOND])
    assert said is None if told is None else told in said
    assert told is None or "set config.framing to false" in said
