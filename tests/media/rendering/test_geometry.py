"""Where a crop lies in the stored picture."""

from __future__ import annotations

import numpy as np
import pytest

from clipzy.media.orientation import Orientation
from clipzy.media.rendering.geometry import Window, geometry
from clipzy.style.plan import WHOLE_PICTURE, Crop

ORIENTATIONS = [Orientation(turns, mirrored) for mirrored in (False, True) for turns in range(4)]


@pytest.mark.parametrize("orientation", ORIENTATIONS, ids=str)
def test_the_window_is_the_crop_once_it_is_turned_upright(orientation: Orientation):
    """Cutting the stored picture and turning it equals turning it and cutting the displayed one, for every orientation."""
    stored = np.arange(80 * 160, dtype=np.uint32).reshape(80, 160)
    displayed = orientation.upright(stored)
    height, width = displayed.shape
    crop = Crop(0.25, 0.1, 0.5, 0.8)
    output = (width // 2, height * 8 // 10)
    found = geometry((160, 80), orientation, crop, output)
    window = found.window
    cut = stored[window.y : window.y + window.height, window.x : window.x + window.width]
    expected = displayed[height // 10 : height * 9 // 10, width // 4 : width * 3 // 4]
    np.testing.assert_array_equal(expected, orientation.upright(cut))
    assert not found.scales


@pytest.mark.parametrize(
    ("stored", "crop", "output", "window"),
    [
        pytest.param((640, 360), WHOLE_PICTURE, (320, 180), Window(0, 0, 640, 360), id="whole"),
        pytest.param((853, 481), WHOLE_PICTURE, (320, 180), Window(0, 0, 853, 481), id="whole-odd"),
        pytest.param(
            (853, 481), WHOLE_PICTURE, (852, 480), Window(0, 0, 852, 480), id="a-pixel-is-cut-rather-than-scaled"
        ),
        pytest.param((768, 432), Crop(0.342, 0, 0.3164, 1), (242, 432), Window(262, 0, 242, 432), id="tall"),
        pytest.param((768, 432), Crop(0.342, 0, 0.3164, 1), (720, 1280), Window(262, 0, 242, 432), id="tall-enlarged"),
        pytest.param(
            (100, 100), Crop(0.985, 0.985, 0.01, 0.01), (50, 50), Window(98, 98, 2, 2), id="tiny-in-the-corner"
        ),
    ],
)
def test_windows_are_even_and_inside(stored, crop, output, window):
    """Corners fall on chroma samples, and the window never leaves the picture."""
    assert geometry(stored, Orientation(), crop, output).window == window


@pytest.mark.parametrize(
    ("output", "enlarges"), [((320, 180), False), ((640, 360), False), ((642, 362), True)], ids=["less", "same", "more"]
)
def test_what_has_more_pixels_is_known(output, enlarges):
    """Work on pixels is done on whichever side of the scaling has fewer."""
    assert geometry((640, 360), Orientation(), WHOLE_PICTURE, output).enlarges is enlarges
