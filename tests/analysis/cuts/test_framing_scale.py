"""How much closer one picture of a take is framed than another."""

import cv2
import numpy as np
import pytest

import scenes
from clipzy.analysis.cuts.framing_scale import carried_on, closer_framing

PLACE = scenes.picture(9, 27 * 6, 48 * 6, detail=7).astype(np.float32)


def filmed(closer, at=(0.0, 0.0)):
    """A part of the place, its middle so many pixels of the picture off: 48x27."""
    step = 3 / closer
    first = np.array([6 * 24, 6 * 13.5]) + 3 * np.asarray(at) - step * np.array([23.5, 13])
    matrix = np.array([[step, 0, first[0]], [0, step, first[1]]])
    return cv2.warpAffine(PLACE, matrix, (48, 27), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


@pytest.mark.parametrize("at", [(0, 0), (6, 0), (-4, 4)], ids=["middle", "panned", "away"])
@pytest.mark.parametrize("times", [1.2, 1.5])
def test_a_closer_framing_is_told_wherever_the_camera_has_gone(times, at):
    """To two in a hundred, whichever of the two comes first."""
    frames = scenes.as_bytes(np.stack([filmed(1.0), filmed(times, at)]))
    for first, last in ((0, 1), (1, 0)):
        found = closer_framing(frames, first, last)
        assert found is not None
        assert found.times == pytest.approx(times, rel=0.02)
        assert found.explained > 0.9


def test_a_camera_that_only_moved_frames_nothing_closer():
    """Nor does one that stands still, nor another place."""
    frames = scenes.as_bytes(np.stack([filmed(1.0), filmed(1.0, (5, -2)), scenes.picture(10, detail=3)]))
    assert closer_framing(frames, 0, 0) is None
    assert closer_framing(frames, 0, 1) is None
    assert closer_framing(frames, 0, 2) is None


def test_a_picture_that_zooms_is_carried_on_and_a_mix_is_not():
    """The frame halfway is the same picture at another size, or it is not."""
    zoomed = scenes.as_bytes(np.stack([filmed(1.0), filmed(1.25, (2, 0)), filmed(1.5, (4, 0))]))
    mixed = scenes.as_bytes(
        np.stack([filmed(1.0), scenes.mix("wipe-right", filmed(1.0), filmed(1.5), 0.5), filmed(1.5)])
    )
    assert carried_on(zoomed, 0, 2)
    assert not carried_on(mixed, 0, 2)
