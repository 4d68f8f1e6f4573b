"""Where pictures lie in others."""

import cv2
import numpy as np
import pytest

import scenes
from clipzy.analysis.layers import Places, lay, placed

ONE, OTHER = (scenes.picture(seed, 27, 48, detail=2.0).mean(-1).astype(np.float32) for seed in (1, 2))


def moved(picture, shift, scale=1.0):
    """The picture as it is seen where it lies so."""
    middle = np.array([23.5, 13.0])
    first = middle - middle / scale + shift
    matrix = np.array([[1 / scale, 0, first[0]], [0, 1 / scale, first[1]]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(picture, matrix, (48, 27), flags=flags, borderMode=cv2.BORDER_REPLICATE)


@pytest.mark.parametrize(("shift", "scale"), [((0, 0), 1.0), ((1.5, -0.7), 1.0), ((-0.8, 0.4), 1.1)])
def test_a_picture_is_found_where_it_lies(shift, scale):
    """Shifted and enlarged."""
    laid = lay(ONE[None, None], moved(ONE, shift, scale)[None], (Places.unmoved(1),), 8)
    np.testing.assert_allclose(laid.places[0].shift[0], shift, atol=0.05)
    assert laid.places[0].scale[0] == pytest.approx(scale, abs=0.01)
    assert laid.left[0] < 1e-4


def test_two_layers_are_told_apart():
    """Each with its own shift and strength."""
    seen = 0.3 * moved(ONE, (0.8, 0.0)) + 0.7 * moved(OTHER, (-0.6, 0.5))
    unmoved = Places.unmoved(1)
    laid = lay(np.stack([ONE, OTHER])[:, None], seen[None], (unmoved, unmoved), 8)
    np.testing.assert_allclose(laid.strength[0], [0.3, 0.7], atol=0.03)
    np.testing.assert_allclose(laid.places[0].shift[0], (0.8, 0), atol=0.15)
    np.testing.assert_allclose(laid.places[1].shift[0], (-0.6, 0.5), atol=0.1)


def test_pictures_are_placed_as_opencv_warps_them():
    """In grey and in colour, each by itself and one for all; outside the picture its last pixels are seen, and it has none there."""
    random = np.random.default_rng(5)
    grey, colour = random.random((2, 27, 48), np.float32), random.random((27, 48, 3), np.float32)
    shift, scale = np.array([(4.3, -2.6), (-0.5, 9.2)], np.float32), np.array([1.25, 0.8], np.float32)
    places = Places(shift, scale)
    for pictures in (grey, np.broadcast_to(colour, (2, 27, 48, 3))):
        seen, within = placed(pictures, places)
        expected = np.stack([moved(*each) for each in zip(pictures, shift, scale.tolist(), strict=True)])
        # it rounds places to a 32nd of a pixel, here and there the other way
        assert np.abs(seen - expected).mean() < 2e-3
        assert np.abs(seen - expected).max() < 1 / 20
    assert within[0].min() == 1
    assert within[1, 5, 24] == 1
    assert within[1, -1].max() == within[1, :, 0].max() == 0
