"""Shots of a video with bars about its picture are found as without them."""

from fractions import Fraction

import cv2
import numpy as np
import pytest

import scenes
from clipzy.analysis.cuts.bars import without_bars
from clipzy.analysis.cuts.shots import find_boundaries
from clipzy.analysis.edges import WHOLE

TALL = (15 / 48, 0.0, 33 / 48, 1.0)  # a phone's clip in a wide frame


def cuts(frames):
    """First frames of shots, told by differences alone."""
    quiet = np.zeros(len(frames), np.float32)
    found = find_boundaries(quiet, quiet, frames, np.arange(len(frames) + 1), Fraction(1, 25))
    return [int(each.start * 25) for each in found]


def boxed(frames, first, last):
    """The same pictures between columns, black beside them."""
    barred = np.zeros_like(frames)
    for into, frame in zip(barred, frames, strict=True):
        into[:, first:last] = cv2.resize(frame, (last - first, 27), interpolation=cv2.INTER_AREA)
    return barred


def shots(count=8):
    """So many shots of 40 frames."""
    return scenes.as_bytes(np.concatenate([scenes.shot(seed, 40) for seed in range(count)]))


def test_cuts_of_a_tall_picture_in_a_wide_frame_are_found(tmp_path):
    """All of them; two thirds of the frame never change, so that most were taken for one picture."""
    frames = boxed(shots(), 15, 33)
    assert len(cuts(frames)) < 4
    assert cuts(without_bars(frames, TALL, tmp_path)) == [*range(40, 320, 40)]
    assert list(tmp_path.iterdir()) == []


def test_what_is_bar_in_part_is_left_out():
    """A column or a line at the edge holds black, by which no picture is to be known."""
    frames = np.zeros((2, 27, 48, 3), np.uint8)
    frames[:, 4:23, 8:40] = 200
    assert without_bars(frames, (7.5 / 48, 3.5 / 27, 40.5 / 48, 23.5 / 27)).min() == 200


@pytest.mark.parametrize("picture", [WHOLE, (0.499, 0.0, 0.501, 1.0)])
def test_other_videos_are_looked_at_as_they_are(picture):
    """Not copied, nor is one of which hardly anything would be left."""
    frames = shots(1)
    assert without_bars(frames, picture) is frames
