"""Dark videos are looked at as light ones are."""

from fractions import Fraction

import numpy as np
import pytest

import scenes
from clipzy.analysis.cuts.dark import MOST_GAIN, gain_of, lit, too_dark
from clipzy.analysis.cuts.shots import find_boundaries

QUIET = np.zeros(120, np.float32)


def cuts(frames):
    """First frames of shots, told by differences alone."""
    found = find_boundaries(QUIET, QUIET, frames, np.arange(len(frames) + 1), Fraction(1, 25))
    return [int(each.start * 25) for each in found]


def night(light, noise=0.0):
    """Three shots at so much of their light, with grain in codes."""
    shots = np.concatenate([scenes.shot(k, 40, noise=0.001) for k in range(3)]) * light
    grain = np.random.default_rng(1).normal(0, noise / 255, shots.shape)
    return scenes.as_bytes(shots + grain)


def test_cuts_of_a_dark_video_are_found():
    """All of them; by shares of full scale they are noise."""
    frames = night(0.08)
    assert cuts(frames) == []
    assert cuts(lit(frames, gain_of(frames))) == [40, 80]


@pytest.mark.parametrize("noise", [1.0, 2.0, 4.0])
def test_grain_in_the_dark_makes_no_cuts(noise):
    """However much of what is seen it is: it is lightened no further than to what counts as no step."""
    frames = night(0.05, noise)
    assert set(cuts(lit(frames, gain_of(frames)))) <= {40, 80}
    still = np.concatenate([frames[:40]] * 3)[np.random.default_rng(2).permutation(120)]
    assert cuts(lit(still, gain_of(still))) == []


def test_other_videos_are_looked_at_as_they_are():
    """Not copied."""
    frames = scenes.as_bytes(scenes.shot(1, 40))
    assert gain_of(frames) == 1
    assert lit(frames, 1.0) is frames
    assert not too_dark(frames)


def test_grain_hides_no_darkness():
    """What grain keeps from being lightened as far as it needs is nearly black all the same."""
    frames = night(0.02, 1.0)
    assert gain_of(frames) < MOST_GAIN
    assert too_dark(frames)


def test_what_is_nearly_black_is_told_of(tmp_path):
    """It cannot be lightened to what others are; black is no dark picture."""
    frames = night(0.02)
    assert too_dark(frames)
    assert lit(frames, MOST_GAIN, tmp_path).max() == min(255, 8 * int(frames.max()))
    assert list(tmp_path.iterdir()) == []
    assert gain_of(np.zeros_like(frames)) == 1
