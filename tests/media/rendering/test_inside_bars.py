"""Looks on footage whose black bars stay in the output."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange

from clipzy.media.colour.look_table import identity
from clipzy.media.colour.lut import planes
from clipzy.media.orientation import Orientation
from clipzy.media.pictures import Scaler
from clipzy.media.rendering.picture_chain import PictureChain, Tables
from clipzy.style.plan import WHOLE_PICTURE, Clip, Crop, CropKey
from clipzy.style.time import Span

FADED = "lut.cube"
TABLES = Tables({FADED: np.asarray(0.3 + 0.5 * identity(), np.float32)})
# a grey picture in 160x96 with bars of 12 lines, in which a white line stands
BARRED = np.zeros((96, 160, 3), np.uint8)
BARRED[12:84] = 100
BARRED[88:92, 60:100] = 255
WITHIN = Crop(0.0, 12 / 96, 1.0, 72 / 96)
ZOOM = (CropKey(Fraction(1), Crop(0.05, 0.05, 0.9, 0.9)),)


def frame(pixels="yuv420p", *, full=False, picture=BARRED):
    """As a decoder gives it."""
    span = ColorRange.JPEG if full else ColorRange.MPEG
    made = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")
    made = made.reformat(format=pixels, src_color_range=ColorRange.JPEG, dst_colorspace=1, dst_color_range=span)
    made.color_range, made.colorspace = span, 1
    return made


def shown(given, size, clip, orientation=None, picture=WITHIN):
    """The output's picture, (height, width, 3)."""
    orientation = orientation or Orientation()
    result = PictureChain(orientation, size, TABLES, picture)(given, clip, Fraction(0))
    return Scaler(size, Orientation(), exact=True)(result).astype(int)


CLIP = Clip(Span(Fraction(0), Fraction(1)), WHOLE_PICTURE, FADED, None, "")


@pytest.mark.parametrize("clip", [CLIP, replace(CLIP, crop_path=ZOOM)], ids=["still", "moving"])
@pytest.mark.parametrize("size", [(160, 96), (80, 48), (320, 192)], ids=["same", "smaller", "larger"])
@pytest.mark.parametrize(
    ("pixels", "full"),
    [("yuv420p", False), ("yuv420p", True), ("yuv444p", False), ("yuv420p10le", False)],
    ids=["plain", "full range", "4:4:4", "10 bits"],
)
def test_bars_stay_black_and_their_text_white(pixels, full, size, clip):
    """The picture alone is faded, whatever the coding and the order of the steps."""
    seen = shown(frame(pixels, full=full), size, clip)
    rows = seen[:, size[0] // 8].mean(-1)
    outer, inner, edge, middle, below = (rows[line * size[1] // 96] for line in (2, 8, 16, 48, 93))
    assert max(outer, inner, below) < 3
    assert middle == pytest.approx(0.3 * 255 + 50, abs=4)
    assert edge == pytest.approx(middle, abs=2)
    assert seen[90 * size[1] // 96, size[0] // 2].mean() > 235  # 204 under the look


def test_a_turned_picture_keeps_its_bars_too():
    """A phone's pixels lie on their side: the bars at top and bottom of the displayed picture are columns of the stored one."""
    stored = np.ascontiguousarray(np.rot90(BARRED, -1))
    seen = shown(frame(picture=stored), (160, 96), CLIP, Orientation(quarter_turns=1))
    assert seen[:10].max() < 3
    assert seen[48, 20].mean() == pytest.approx(0.3 * 255 + 50, abs=4)


def test_crops_within_the_picture_are_faded_to_their_edges():
    """As is everything without bars."""
    inside = replace(CLIP, crop=Crop(0.1, 0.2, 0.6, 0.6))
    assert shown(frame(), (96, 56), inside).min() > 110
    assert shown(frame(), (160, 96), CLIP, picture=WHOLE_PICTURE).min() > 70


def test_a_crop_of_bar_alone_is_not_changed():
    """There is no picture in it."""
    bar = replace(CLIP, crop=Crop(0.0, 0.0, 1.0, 10 / 96))
    assert shown(frame(), (160, 10), bar).max() < 3


def test_without_a_look_frames_pass_untouched():
    """Bars cost nothing there."""
    given = frame()
    assert PictureChain(Orientation(), (160, 96), TABLES, WITHIN)(given, replace(CLIP, look=None)) is given


def test_odd_frames_keep_their_last_line():
    """Whose chroma stands for one line, not two."""
    odd = np.zeros((97, 161, 3), np.uint8)
    odd[12:84] = 100
    result = PictureChain(Orientation(), (160, 96), TABLES, WITHIN)(frame(picture=odd), CLIP)
    luma, blue, _ = planes(result)
    assert luma[-4:].max() < 18
    assert abs(blue[-2:].astype(int) - 128).max() <= 1
