"""Cuts to a closer or a wider framing of one take."""

from fractions import Fraction

import cv2
import numpy as np
import pytest

import scenes
from clipzy.analysis.cuts.reframing import reframed
from clipzy.analysis.cuts.shots import find_boundaries
from clipzy.style.dna import TransitionType

LARGE = scenes.picture(7, 27 * 8, 48 * 8, detail=9)
TICK = Fraction(1, 25)


def framing(closer, x=0.5, y=0.5, picture=LARGE):
    """The picture, or a part of it so many times as close that lies at these shares of what is cut away: 48x27."""
    height, width = picture.shape[:2]
    high, wide = round(height / closer), round(width / closer)
    top, left = round((height - high) * y), round((width - wide) * x)
    return cv2.resize(picture[top : top + high, left : left + wide], (48, 27), interpolation=cv2.INTER_AREA)


def pair(one, other):
    """Two pictures with sensor noise, as frames."""
    random = np.random.default_rng(3)
    return scenes.as_bytes(np.stack([one, other]) + random.normal(0, 0.008, (2, 27, 48, 3)))


@pytest.mark.parametrize("closer", [1.2, 1.4, 1.8])
@pytest.mark.parametrize("where", [(0.5, 0.5), (0, 0.25), (1, 1)], ids=["middle", "left", "corner"])
def test_a_framing_closer_is_told_both_ways(closer, where):
    """In to any place of the picture, and out again."""
    wide, close = framing(1), framing(closer, *where)
    assert reframed(pair(wide, close), 0, 1) > 0.93
    assert reframed(pair(close, wide), 0, 1) > 0.93


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (framing(1), framing(1)),
        (framing(1.5, 0.3), framing(1.5, 0.4)),
        (framing(1), framing(1.03)),
        (framing(1), np.clip(framing(1) * 1.4, 0, 1)),
        (framing(1), framing(1, picture=scenes.picture(8, 27 * 8, 48 * 8, detail=9))),
        (np.full((27, 48, 3), 0.5), np.full((27, 48, 3), 0.6)),
    ],
    ids=["still", "pan", "zoom of one frame", "brighter", "another picture", "flat"],
)
def test_what_cameras_and_light_do_is_no_new_framing(one, other):
    """Neither moves nor light nor another picture."""
    assert reframed(pair(one, other), 0, 1) == 0


def test_a_punch_in_and_its_way_back_are_two_cuts():
    """To the frame, though the network says nothing of them and the picture hardly changes."""
    random = np.random.default_rng(4)
    views = [framing(1.5 if 30 <= k < 60 else 1, 0.4, 0.3) for k in range(90)]
    frames = scenes.as_bytes(np.stack(views) + random.normal(0, 0.008, (90, 27, 48, 3)))
    quiet = np.full(90, 0.01, np.float32)
    found = find_boundaries(quiet, quiet, frames, np.arange(91), TICK)
    assert [(b.start / TICK, b.end / TICK, b.type) for b in found] == [
        (30, 30, TransitionType.CUT),
        (60, 60, TransitionType.CUT),
    ]
    assert min(b.confidence for b in found) > 0.9


def test_a_fast_zoom_is_no_cut():
    """A camera that gets twice as close within a second changes its framing at every frame."""
    views = [framing(min(2.0, max(1.0, 1.03 ** (k - 30)))) for k in range(90)]
    random = np.random.default_rng(5)
    frames = scenes.as_bytes(np.stack(views) + random.normal(0, 0.008, (90, 27, 48, 3)))
    quiet = np.full(90, 0.01, np.float32)
    found = find_boundaries(quiet, quiet, frames, np.arange(91), TICK)
    assert not [b for b in found if b.type is TransitionType.CUT]
