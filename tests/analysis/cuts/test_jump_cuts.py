"""Jump cuts of a take with a speaker, and what looks like them."""

from fractions import Fraction

import numpy as np
import pytest

import scenes
from clipzy.analysis.cuts.change_witness import Known, witness
from clipzy.analysis.cuts.shots import find_boundaries
from clipzy.style.dna import TransitionType

TICK = Fraction(1, 25)
GROUND, SPEAKER = scenes.picture(3, detail=1.5), scenes.picture(9, 22, 16, detail=2)
HERE, THERE = (18, 3), (21, 4)  # column and line of the speaker's corner


def speaking(frames, place, seed=0):
    """Somebody before a still ground who sways a little: (frames, 27, 48, 3) 0..1."""
    clip = np.tile(GROUND, (frames, 1, 1, 1))
    for k in range(frames):
        at = place[0] + 0.6 * np.sin(0.5 * k + seed)
        low, part = int(np.floor(at)), at - np.floor(at)
        for shift, weight in ((low, 1 - part), (low + 1, part)):
            shown = GROUND.copy()
            shown[place[1] : place[1] + 22, shift : shift + 16] = SPEAKER
            clip[k] += weight * (shown - GROUND)
    return clip + np.random.default_rng(seed).normal(0, 0.003, clip.shape)


def find(clip):
    """First frames of the shots after the first, the network silent."""
    n = len(clip)
    quiet = np.full(n, 0.01, np.float32)
    return [b.start / TICK for b in find_boundaries(quiet, quiet, scenes.as_bytes(clip), np.arange(n + 1), TICK)]


def test_jump_cut_is_found():
    """The speaker is elsewhere at once, the ground stays."""
    assert find(np.concatenate([speaking(40, HERE), speaking(40, THERE, 1)])) == [40]


def test_quick_move_is_no_cut():
    """The speaker gets there within four frames."""
    way = [(HERE[0] + k, HERE[1] + round(k * 0.4)) for k in (0.75, 1.5, 2.25)]
    moved = [speaking(1, place) for place in way]
    assert find(np.concatenate([speaking(40, HERE), *moved, speaking(40, THERE)])) == []


@pytest.mark.parametrize("ink", [0.0, 1.0])
def test_title_is_no_cut(ink):
    """It brings a colour that was not there."""
    clip = speaking(80, HERE)
    clip[40:, 14:22, 4:44] = ink
    assert find(clip) == []


def test_stutter_is_no_cut():
    """The picture stood still before it."""
    clip = np.concatenate([speaking(30, HERE), np.tile(speaking(1, HERE), (10, 1, 1, 1)), speaking(40, THERE)])
    assert find(clip) == []


def test_light_is_no_cut():
    """What is there is lit otherwise."""
    clip = speaking(80, HERE)
    clip[40:] *= 0.6
    assert find(clip) == []


def test_jump_cut_that_is_known_is_seen():
    """By the witness that looks for the changes of a rendered file."""
    frames = scenes.as_bytes(np.concatenate([speaking(40, HERE), speaking(40, THERE, 1)]))
    assert witness(frames, [Known(40, 40, TransitionType.CUT)], 25.0).seen == (TransitionType.CUT,)
