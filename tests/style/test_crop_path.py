"""Crops that move: from key to key, smoothly, and never where no key leads."""

from fractions import Fraction

import numpy as np
import pytest
from scipy.interpolate import PchipInterpolator

from clipzy.style.crop_path import CropPath
from clipzy.style.plan import WHOLE_PICTURE, Clip, Crop, CropKey
from clipzy.style.time import Span

TALL = Crop(0.1, 0.0, 0.3, 1.0)


def clip(crop, *keys, lasts=10):
    """A clip whose crop goes to those places at those times."""
    path = tuple(CropKey(Fraction(at), place) for at, place in keys)
    return Clip(Span(Fraction(5), Fraction(5 + lasts)), crop, look=None, transition_in=None, reason="", crop_path=path)


def tall(x):
    """A tall crop whose left edge is there."""
    return Crop(x, 0.0, 0.3, 1.0)


def test_a_crop_without_a_path_stays():
    """At all times."""
    assert [CropPath(clip(TALL))(t) for t in (-1.0, 0.0, 3.3, 99.0)] == [TALL] * 4


def test_two_keys_make_a_smooth_step():
    """From rest to rest, half of the way in half of the time; before and after it stands still."""
    path = CropPath(clip(tall(0.1), (4, tall(0.5))))
    assert path(-1).x == path(0).x == 0.1
    assert path(2).x == pytest.approx(0.3)
    assert path(1).x == pytest.approx(0.1 + 0.4 * (3 / 16 - 2 / 64))
    assert path(4).x == path(9).x == 0.5


def test_a_path_keeps_to_its_keys():
    """It goes through each, stays between the two it is between, and inside of it is the monotone cubic that SciPy has too."""
    times, places = [0, 1, 1.5, 3, 4, 6, 7], [0.1, 0.2, 0.4, 0.42, 0.3, 0.3, 0.65]
    path = CropPath(clip(tall(0.1), *[(str(t), tall(x)) for t, x in zip(times[1:], places[1:], strict=True)]))
    assert [path(t).x for t in times] == pytest.approx(places)
    for k in range(6):
        low, high = sorted(places[k : k + 2])
        between = [path(t).x for t in np.linspace(times[k], times[k + 1], 50)]
        assert low - 1e-12 <= min(between)
        assert max(between) <= high + 1e-12
    inner = np.linspace(1, 6, 101)
    assert [path(t).x for t in inner] == pytest.approx(PchipInterpolator(times, places)(inner), abs=1e-12)


def test_speed_has_no_jumps():
    """Also at the keys."""
    path = CropPath(clip(tall(0.0), (2, tall(0.3)), (3, tall(0.6)), (6, tall(0.7))))
    places = np.array([path(t).x for t in np.linspace(-0.5, 7, 7501)])
    assert np.abs(np.diff(places, 2)).max() < 5e-6


def test_a_moving_crop_stays_in_the_picture():
    """Also where edge and width take different ways; its shape does not change."""
    path = CropPath(clip(Crop(0.0, 0.0, 1.0, 1.0), (1, Crop(0.5, 0.5, 0.5, 0.5)), (2, Crop(0.6, 0.2, 0.4, 0.4))))
    for t in np.linspace(0, 2, 101):
        crop = path(float(t))
        assert 0 <= crop.x <= crop.x + crop.width <= 1
        assert crop.height == pytest.approx(crop.width)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ([(0, TALL)], "forward in time"),
        ([(2, TALL), (2, TALL)], "forward in time"),
        ([(11, TALL)], "within its clip"),
        ([(2, WHOLE_PICTURE)], "shape"),
        ([(2, Crop(0.1, 0.0, 0.31, 1.0))], "shape"),
    ],
    ids=["at the start", "twice", "after the end", "of another shape", "a little wider"],
)
def test_a_path_that_cannot_be_gone_is_refused(keys, words):
    """In words."""
    with pytest.raises(ValueError, match=words):
        clip(TALL, *keys)
