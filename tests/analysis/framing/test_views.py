"""Sharp and blurred pictures, and pictures that look alike."""

import cv2
import numpy as np
import pytest

from clipzy.analysis.framing.bars import Bars
from clipzy.analysis.framing.views import measure_views, sharpness

SIZE = (480, 270)


def picture(seed=1):
    """A picture of its own, with edges as sharp as pixels."""
    tiles = np.random.default_rng(seed).integers(0, 256, (27, 48, 3), np.uint8)
    return np.kron(tiles, np.ones((10, 10, 1), np.uint8))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_blur_takes_sharpness_away(seed):
    """Step by step, whatever is shown, until a flat picture has none."""
    shown = picture(seed)
    found = [sharpness(shown), *(sharpness(cv2.GaussianBlur(shown, (0, 0), sigma)) for sigma in (1, 2, 4))]
    assert found == sorted(found, reverse=True)
    assert found[0] > 1.5 * found[2]
    assert sharpness(np.full_like(shown, 90)) == 0


def test_a_blurred_background_is_no_fault():
    """A sharp subject in a tenth of the picture is enough."""
    soft = cv2.GaussianBlur(picture(), (0, 0), 4)
    with_subject = soft.copy()
    with_subject[80:190, 160:320] = picture()[80:190, 160:320]
    assert sharpness(with_subject) > 1.5 * sharpness(soft)


def test_pictures_that_look_alike_are_one_view():
    """Whenever they come again, a little noise or not; bars around them change nothing."""
    noise = np.random.default_rng(4).normal(0, 3, picture().shape)
    again = (picture(1) + noise).clip(0, 255).astype(np.uint8)
    shown = np.stack([picture(1), picture(2), again, 255 - picture(2), picture(2)])
    shown[:, :20] = 0
    views = measure_views(shown, [0.0, 0.5, 1.0, 1.5, 2.0], Bars(top=20))
    assert [view.number for view in views] == [0, 1, 0, 2, 1]
    assert [view.time_s for view in views] == [0.0, 0.5, 1.0, 1.5, 2.0]


def test_a_moving_picture_is_many_views():
    """A pan by a third of the width each time."""
    wide = np.concatenate([picture(5), picture(6)], axis=1)
    shown = np.stack([wide[:, at : at + 480] for at in range(0, 480, 160)])
    assert [view.number for view in measure_views(shown, [0, 1, 2], Bars())] == [0, 1, 2]
