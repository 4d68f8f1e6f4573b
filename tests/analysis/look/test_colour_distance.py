"""The distance between the colours of two videos."""

import numpy as np
import pytest

from clipzy.analysis.look import oklab
from clipzy.analysis.look.colour_distance import colour_distance


def colours(count=4096, seed=1, shift=(0.0, 0.0, 0.0)):
    """Muted colours in the middle of the scale, moved in OKLab: (count, 3) sRGB."""
    random = np.random.default_rng(seed)
    lab = np.array([0.55, 0, 0]) + random.normal(0, 1, (count, 3)) * [0.08, 0.02, 0.02]
    return oklab.into_srgb(lab + shift).astype(np.float32)


def test_the_same_colours_are_no_distance_apart():
    """In whatever order."""
    some = colours()
    assert colour_distance(some, some[::-1]) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("axis", [0, 1, 2], ids=["lightness", "a", "b"])
def test_a_shift_is_as_far_as_it_goes_along_all_directions(axis):
    """The mean of |cos| over the sphere is one half."""
    shift = np.zeros(3)
    shift[axis] = 0.04
    assert colour_distance(colours(), colours(shift=shift)) == pytest.approx(2.0, abs=0.05)


def test_samples_may_differ_in_number_and_by_chance():
    """Two draws from one video are apart by less than a quarter of what can be seen."""
    assert colour_distance(colours(8192, seed=1), colours(3000, seed=2)) < 0.25


def test_no_colours_have_no_distance():
    """That is a mistake of the caller."""
    with pytest.raises(ValueError, match="both sides"):
        colour_distance(colours(), np.zeros((0, 3), np.float32))
