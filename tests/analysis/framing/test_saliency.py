"""Saliency: what stands out is where it was put."""

import numpy as np
import pytest

from clipzy.analysis.framing.saliency import WIDTH, saliencies


def saliency(picture):
    """Of one picture."""
    return saliencies(picture[None])[0]


def ground(size=(320, 180), seed=1):
    """A dull noisy ground, (height, width, 3) uint8."""
    return np.random.default_rng(seed).integers(90, 130, (size[1], size[0], 3)).astype(np.uint8)


def disc(picture, centre, radius, colour=(230, 60, 40)):
    """The picture with a disc; centre as shares of width and height, radius as a share of the height."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[:height, :width]
    inside = np.hypot(x - centre[0] * width, y - centre[1] * height) < radius * height
    return np.where(inside[..., None], np.array(colour, np.uint8), picture)


@pytest.mark.parametrize("centre", [(1 / 3, 1 / 3), (0.5, 0.5), (0.7, 0.6)])
def test_an_odd_thing_stands_out(centre):
    """The middle of what is salient lies within 3 % of a disc unlike its ground, and most of it inside the disc."""
    found = saliency(disc(ground(), centre, 0.12))
    height, width = found.shape
    y, x = np.mgrid[:height, :width]
    strong = found * (found > 0.5)
    assert (strong * (x + 0.5)).sum() / strong.sum() / width == pytest.approx(centre[0], abs=0.03)
    assert (strong * (y + 0.5)).sum() / strong.sum() / height == pytest.approx(centre[1], abs=0.03)
    inside = np.hypot((x + 0.5) / width * 16 / 9 - centre[0] * 16 / 9, (y + 0.5) / height - centre[1]) < 0.14
    assert strong[inside].sum() > 0.8 * strong.sum()


@pytest.mark.parametrize(("size", "height"), [((320, 180), 54), ((180, 320), 171), ((200, 200), 96), ((400, 20), 16)])
def test_maps_keep_the_pictures_shape(size, height):
    """A map is 96 wide, as high as the aspect asks and no lower than 16, from 0 to 1."""
    found = saliency(disc(ground(size), (0.5, 0.5), 0.2))
    assert (found.shape, found.dtype) == ((height, WIDTH), np.float32)
    assert found.min() >= 0
    assert found.max() == pytest.approx(1)


def test_one_flat_colour_has_nothing_salient():
    """A plain picture gives a map of zeros, not of noise or worse."""
    np.testing.assert_array_equal(saliency(np.full((90, 160, 3), 77, np.uint8)), 0)


def test_pictures_looked_at_together_are_seen_as_each_alone():
    """To the last bit, with plain ones among them."""
    pictures = np.stack([disc(ground(seed=1), (0.3, 0.4), 0.1), np.full_like(ground(), 90), ground(seed=2)])
    np.testing.assert_array_equal(saliencies(pictures), np.stack([saliency(picture) for picture in pictures]))
