"""Black before a fade in and after a fade out."""

from fractions import Fraction

import numpy as np
import pytest

import scenes
from clipzy.analysis.cuts.leaders import without_leaders
from clipzy.analysis.cuts.shots import find_boundaries, shots_between

TICK = Fraction(1, 25)


def shots(clip):
    """The shots of a clip."""
    frames, n = scenes.as_bytes(clip), len(clip)
    times = np.arange(n + 1)
    boundaries = find_boundaries(np.full(n, 0.01, np.float32), np.full(n, 0.02, np.float32), frames, times, TICK)
    between = shots_between(boundaries, n * TICK)
    return without_leaders(between, boundaries, frames, times, TICK), boundaries


def faded_in(held):
    """Two shots after so many black frames and a fade in of 20."""
    taken = scenes.shot(1, 60)
    taken[:20] *= np.linspace(0, 1, 21)[1:, None, None, None]
    return np.concatenate([np.zeros((held, 27, 48, 3)), taken, scenes.shot(2, 40)])


@pytest.mark.parametrize("held", [0, 5, 60])
@pytest.mark.parametrize("backwards", [False, True], ids=["in", "out"])
def test_black_beside_a_fade_in_or_out_is_no_shot(held, backwards):
    """However long it is held before the fade in, or after the fade out."""
    clip = faded_in(held)
    found, boundaries = shots(clip[::-1] if backwards else clip)
    assert len(boundaries) == 2
    assert len(found) == 2


def test_black_parted_by_a_cut_is_a_shot():
    """The change is one that is seen."""
    found, _ = shots(np.concatenate([np.zeros((40, 27, 48, 3)), scenes.shot(1, 40)]))
    assert len(found) == 2


def test_picture_before_a_fade_is_a_shot():
    """A fade between two pictures has a shot on each side."""
    clip, _, _ = scenes.edit("fade-black", before=50, during=11, after=50)
    found, boundaries = shots(clip)
    assert len(boundaries) == 1
    assert len(found) == 2


def test_video_of_one_colour_is_one_shot():
    """There is always a shot."""
    found, _ = shots(np.zeros((40, 27, 48, 3)))
    assert [(shot.start, shot.end) for shot in found] == [(0, 40 * TICK)]
