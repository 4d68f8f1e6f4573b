"""A cut next to fast motion is found where the network is sure of it."""

from fractions import Fraction

import numpy as np
import pytest

import scenes
from clipzy.analysis.cuts.shots import find_boundaries

CUT = 29  # last frame of the old shot


def thrown(*pixels):
    """A still shot that moves by so many in its last steps, and another one."""
    wide = scenes.picture(5, width=3 * 48)
    moved = np.concatenate([np.full(CUT + 1 - len(pixels), 10), 10 + np.cumsum(pixels)])
    old = np.stack([wide[:, at : at + 48] for at in moved])
    frames = np.concatenate([old, np.stack([scenes.picture(6)] * 30)])
    return scenes.as_bytes(frames + np.random.default_rng(0).normal(0, 0.008, frames.shape))


def cuts(frames, sure):
    """First frames of shots, where the network says that of the last frame of the old one."""
    said = np.zeros(len(frames), np.float32)
    said[CUT] = sure
    found = find_boundaries(said, said * 0, frames, np.arange(len(frames) + 1), Fraction(1, 25))
    return [int(each.start * 25) for each in found]


@pytest.mark.parametrize(("sure", "found"), [(0.45, []), (0.75, [CUT + 1])])
def test_a_cut_that_the_network_is_sure_of_is_found_beside_motion(sure, found):
    """Though the step before it is more than half as large."""
    frames = thrown(2, 3, 5)
    change = np.abs(np.diff(frames.astype(float), axis=0)).mean((1, 2, 3))
    assert 1 / 2 < change[CUT - 1] / change[CUT] < 1 / 1.5
    assert cuts(frames, sure) == found


def test_a_step_hardly_larger_than_the_one_beside_it_is_none():
    """Whatever the network says: fast motion has such steps."""
    assert cuts(thrown(4, 5, 7), 0.75) == []
