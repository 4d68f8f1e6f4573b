"""Wipes between two framings of one take."""

import cv2
import numpy as np
import pytest

import scenes
from clipzy.analysis.wiped_framings import wiped_framings
from clipzy.style.dna import TransitionType

# smooth, as skies and walls are: both framings agree in most pixels
LARGE = scenes.picture(11, 27 * 8, 48 * 8, detail=12)
N = 70


def framed(closer):
    """The middle of a large picture so many times as close: 48x27."""
    height, width = (round(side / closer) for side in LARGE.shape[:2])
    top, left = (LARGE.shape[0] - height) // 2, (LARGE.shape[1] - width) // 3
    return cv2.resize(LARGE[top : top + height, left : left + width], (48, 27), interpolation=cv2.INTER_AREA)


def filmed(show):
    """70 frames with a sensor's noise; `show` says what is seen in each."""
    random = np.random.default_rng(3)
    return scenes.as_bytes(np.stack([show(k) for k in range(N)]) + random.normal(0, 0.006, (N, 27, 48, 3)))


def test_a_wipe_to_a_closer_framing_is_found():
    """Though most pixels hardly change."""

    def show(k):
        return scenes.mix("wipe-right", framed(1.0), framed(1.35), float(np.clip((k - 28) / 15, 0, 1)))

    (found,) = wiped_framings(filmed(show), [], [], 25)
    assert found.fit.type is TransitionType.WIPE
    assert found.last_old + 1 == pytest.approx(29, abs=2)
    assert found.first_new == pytest.approx(43, abs=2)


@pytest.mark.parametrize("frames", [15, N], ids=["sudden", "slow"])
def test_a_zoom_is_no_wipe(frames):
    """Between the same framings, within half a second or all the time."""
    begins = (N - frames) // 2
    zoom = filmed(lambda k: framed(1 + 0.35 * float(np.clip((k - begins) / frames, 0, 1))))
    assert wiped_framings(zoom, [], [], 25) == []


def test_a_title_that_wipes_in_is_no_change_of_framing():
    """The picture around it stays what it was."""

    def show(k):
        titled = framed(1.0).copy()
        titled[18:24, 6:42] = 0.9
        return scenes.mix("wipe-right", framed(1.0), titled, float(np.clip((k - 28) / 15, 0, 1)))

    assert wiped_framings(filmed(show), [], [], 25) == []
