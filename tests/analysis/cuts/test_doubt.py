"""Where the shot network has to look."""

import numpy as np

import scenes
from clipzy.analysis.cuts.differences import steps
from clipzy.analysis.cuts.doubt import doubtful


def asked(clip):
    """Frames that the network is asked about."""
    frames = scenes.as_bytes(clip)
    mask = np.zeros(len(frames), bool)
    for first, end in doubtful(frames, scenes.RATE, np.zeros(len(frames), bool)):
        assert 0 <= first < end <= len(frames)
        assert not mask[first:end].any()
        mask[first:end] = True
    return mask


def test_steady_shot_needs_no_network():
    """Nothing jumps and nothing becomes another picture."""
    assert not asked(scenes.shot(5, 150, drift=0.02)).any()


def test_plain_cut_needs_no_network():
    """A step many times the usual one needs no second witness."""
    assert not asked(np.concatenate([scenes.shot(seed, 60, drift=0.02) for seed in (1, 2)])).any()


def test_dissolve_is_shown_to_the_network():
    """All of a slow change is asked about, and not all of the shots beside it."""
    clip, last_old, first_new = scenes.edit("dissolve", before=100, during=14, after=100)
    mask = asked(clip)
    assert mask[last_old + 1 : first_new].all()
    assert mask.mean() < 0.5


def test_faint_cut_is_shown_to_the_network():
    """A step that stands out a little is left to the network."""
    old = scenes.shot(1, 60, noise=0.02)
    new = old[-1:] * 0.5 + scenes.shot(2, 60, noise=0.02) * 0.25 + 0.12
    clip = np.concatenate([old, new])
    change = steps(scenes.as_bytes(clip))
    assert 2 < change[59] / np.median(change) < 8
    assert asked(clip)[57:62].all()


def test_cut_between_dark_pictures_is_shown_to_the_network():
    """A step that stands out far but changes little is not taken for a cut unseen."""
    clip = np.concatenate([scenes.shot(seed, 60, drift=0.0, noise=0) for seed in (1, 2)]) * 0.15
    assert asked(clip)[57:62].all()


def test_single_frame_leaves_nothing_to_ask():
    """A video of one frame has no boundary."""
    assert not asked(scenes.shot(5, 1)).any()
