"""Colour of lettering on grounds of every kind."""

import cv2
import numpy as np
import pytest

from clipzy.analysis.look import oklab
from clipzy.analysis.text.text_colour import fill_colour
from synth_pictures import captioned, textured_frame

COLOURS = {
    "white": (255, 255, 255),
    "yellow": (255, 220, 0),
    "red": (230, 30, 30),
    "cyan": (0, 220, 230),
    "green": (40, 200, 60),
}
GROUNDS = {
    "texture": textured_frame(5, (320, 60)),
    "dark": np.full((60, 320, 3), (20, 25, 40), np.uint8),
    "mid": np.full((60, 320, 3), (120, 110, 100), np.uint8),
    "bright": np.full((60, 320, 3), (225, 230, 235), np.uint8),
}


def crop(ground, colour, stroke_px=2):
    """A line of text as `ocr.cut_out` gives it, uint8 BGR."""
    return captioned(ground, "Caption", height_px=36, centre=(0.5, 0.5), colour=colour, stroke_px=stroke_px)[
        8:52, 80:240, ::-1
    ]


def mistake(spelt, colour):
    """Distance in OKLab from what was told to what was painted."""
    told = np.array([int(spelt[k : k + 2], 16) for k in (1, 3, 5)])
    return float(np.linalg.norm(oklab.from_srgb(told / 255) - oklab.from_srgb(np.array(colour) / 255)))


@pytest.mark.parametrize("ground", GROUNDS.values(), ids=GROUNDS)
@pytest.mark.parametrize("colour", COLOURS.values(), ids=COLOURS)
def test_the_fill_is_told_from_outline_and_ground(ground, colour):
    """Outlined lettering is told by its fill, to within what an eye would call the same colour."""
    assert mistake(fill_colour([crop(ground, colour)]), colour) < 0.05


LIGHT = {
    "white": np.full((60, 320, 3), 250, np.uint8),
    "bright": GROUNDS["bright"],
    "light texture": (150 + 0.4 * textured_frame(5, (320, 60))).astype(np.uint8),
}


@pytest.mark.parametrize("height_px", [24, 32])
@pytest.mark.parametrize("ground", LIGHT.values(), ids=LIGHT)
def test_white_in_a_thin_outline_is_told_where_the_ground_is_light_too(ground, height_px):
    """As it arrives: shrunk to samples, where the outline is a pixel wide and grey in places."""
    times = 3
    large = cv2.resize(ground, None, fx=times, fy=times, interpolation=cv2.INTER_LINEAR)
    titled = captioned(large, "Golden hour", height_px=times * height_px, centre=(0.5, 0.5), stroke_px=times)
    sample = cv2.resize(titled, (320, 60), interpolation=cv2.INTER_AREA)
    columns = np.flatnonzero(np.abs(sample.astype(int) - ground).max((0, 2)) > 12)
    line = sample[28 - height_px // 2 : 36 + height_px // 2, columns.min() - 2 : columns.max() + 3, ::-1]
    assert mistake(fill_colour([line]), (255, 255, 255)) < 0.15


@pytest.mark.parametrize("colour", [(255, 255, 255), (255, 220, 0)], ids=["white", "yellow"])
def test_lettering_without_outline_is_told(colour):
    """On a dark ground plain letters need no outline."""
    assert mistake(fill_colour([crop(GROUNDS["dark"], colour, stroke_px=0)]), colour) < 0.05


@pytest.mark.parametrize("words", ["GOOD BOOK", "Hello there", "illicit"])
def test_holes_of_plain_letters_are_not_their_fill(words):
    """Dark lettering without outline is told by itself, not by the ground that its letters enclose."""
    picture = captioned(GROUNDS["bright"], words, height_px=30, centre=(0.5, 0.5), colour=(10, 10, 10), stroke_px=0)
    rows, columns = np.nonzero((picture != GROUNDS["bright"]).any(-1))
    line = picture[rows.min() - 3 : rows.max() + 4, columns.min() - 3 : columns.max() + 4, ::-1]
    assert mistake(fill_colour([line]), (10, 10, 10)) < 0.2


def test_dark_lettering_on_a_bright_ground_is_told():
    """Black letters are not taken for the outline of white ones."""
    assert mistake(fill_colour([crop(GROUNDS["bright"], (10, 10, 10), stroke_px=0)]), (10, 10, 10)) < 0.12


def test_most_crops_decide():
    """One crop over a misleading ground is outvoted by two others."""
    misleading = np.full((44, 160, 3), (200, 40, 40), np.uint8)
    crops = [crop(GROUNDS["dark"], (255, 220, 0)), misleading, crop(GROUNDS["mid"], (255, 220, 0))]
    assert mistake(fill_colour(crops), (255, 220, 0)) < 0.05


@pytest.mark.parametrize("shape", [(4, 4), (5, 200)], ids=str)
def test_tiny_and_flat_crops_give_their_colour(shape):
    """A crop of one colour has that colour, however small."""
    assert mistake(fill_colour([np.full((*shape, 3), (30, 30, 200), np.uint8)]), (200, 30, 30)) < 0.01
