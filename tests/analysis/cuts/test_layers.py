"""Where pictures lie in others."""

import cv2
import numpy as np
import pytest

import scenes
from clipzy.analysis.cuts.layer_kernels import solve
from clipzy.analysis.cuts.layers import Places, back, find_places, lay, onward, placed

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


def test_places_alone_are_those_of_all_that_is_laid():
    """Of one layer and of two, of many pictures as of one; a layer may be one for all of them."""
    random = np.random.default_rng(6)
    seen = np.stack([0.6 * moved(ONE, shift) + 0.4 * OTHER for shift in random.uniform(-1, 1, (3, 2))]).astype(
        np.float32
    )
    unmoved = Places.unmoved(3)
    for layers in (ONE[None, None], np.stack([ONE, OTHER])[:, None]):
        places = (unmoved,) * len(layers)
        found = find_places(layers, seen, places, 4)
        laid = lay(np.repeat(layers, 3, 1), seen, places, 4)
        for k in range(3):
            alone = find_places(layers, seen[k : k + 1], (Places.unmoved(1),) * len(layers), 4)
            for one, all_, whole in zip(alone, found, laid.places, strict=True):
                np.testing.assert_allclose(one.shift[0], all_.shift[k], atol=1e-6)
                np.testing.assert_array_equal(all_.scale, whole.scale)


def test_weights_are_solved_for_as_numpy_does():
    """Of columns that are much alike, each with what its weight costs."""
    random = np.random.default_rng(7)
    columns = random.normal(0, 1, (5, 40)) + random.normal(0, 3, 40)
    alike, told, stiff = columns @ columns.T, columns @ random.normal(0, 1, 40), np.full(5, 1e-3)
    expected = np.linalg.solve(alike + np.diag(stiff), told)
    solve(np.tril(alike), told, stiff)
    np.testing.assert_allclose(told, expected, rtol=1e-9)


def test_ways_on_and_back_are_made_step_by_step():
    """Where a frame lies in one some steps on is where the step before led, moved once more."""
    random = np.random.default_rng(8)
    chain = Places(random.uniform(-1, 1, (6, 2)).astype(np.float32), random.uniform(0.9, 1.1, 6).astype(np.float32))
    on, come = onward(chain), back(chain)
    points = np.array([[-5.0, 3.0], [7.0, -2.0]])
    for k in range(5):
        there, here = points, points
        for step in range(k, -1, -1):  # from a frame's pixels to those of the first
            there = there / chain.scale[step] + chain.shift[step]
        np.testing.assert_allclose(points / on.scale[k] + on.shift[k], there, atol=1e-5)
        for step in range(5, k, -1):  # from the last frame's to a frame's
            here = here / chain.scale[step] + chain.shift[step]
        np.testing.assert_allclose(here / come.scale[k] + come.shift[k], points, atol=1e-4)
