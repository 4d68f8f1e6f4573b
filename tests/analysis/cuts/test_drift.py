"""How the camera goes on through a transition."""

import cv2
import numpy as np
import pytest

import scenes
from clipzy.analysis.cuts.drift import Drift

PLACE = scenes.picture(4, 27 * 4, 48 * 4, detail=4).astype(np.float32)
N, LAST_OLD, FIRST_NEW = 40, 12, 26


def filmed(at, closer=1.0):
    """What is seen of the place about a point so many pixels of the picture off its middle, so many times as close: 48x27."""
    step = 2 / closer
    first = np.array([4 * 24, 4 * 13.5]) + 2 * np.asarray(at) - step * np.array([23.5, 13])
    matrix = np.array([[step, 0, first[0]], [0, step, first[1]]])
    return cv2.warpAffine(PLACE, matrix, (48, 27), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


def take(course):
    """40 frames; `course` gives the point, and how close, of each."""
    return np.stack([filmed(*course(k)) for k in range(N)])


COURSES = {
    "pan": lambda k: ((0.3 * (k - 20), 0.0), 1.0),
    "tilt": lambda k: ((0.0, 0.2 * (20 - k)), 1.0),
    "zoom": lambda k: ((0.0, 0.0), float(np.exp(0.01 * k))),
}


@pytest.mark.parametrize("course", COURSES)
def test_both_pictures_go_on_as_the_camera_does(course):
    """Each as it is seen in every frame between, wherever both have pixels; all between is hidden."""
    frames = take(COURSES[course])
    hidden = frames.copy()
    hidden[LAST_OLD + 1 : FIRST_NEW] = 0.5
    ends = Drift.seen(scenes.as_bytes(hidden)).ends(frames, LAST_OLD, FIRST_NEW)
    assert ends is not None
    true = frames[LAST_OLD + 1 : FIRST_NEW]
    unmoved = np.abs(frames[LAST_OLD] - true).mean((1, 2, 3)).max()
    for seen in (ends.old, ends.new):
        off = (np.abs(seen - true).mean(-1) * ends.within).sum((1, 2)) / ends.within.sum((1, 2))
        assert off.max() < 0.25 * unmoved
    assert ends.within.mean() > 0.7


def test_a_camera_that_stands_still_moves_nothing():
    """Whatever its sensor's noise."""
    random = np.random.default_rng(5)
    frames = take(lambda _: ((0.0, 0.0), 1.0)) + random.normal(0, 0.01, (N, 27, 48, 3))
    assert Drift.seen(scenes.as_bytes(frames)).ends(frames.astype(np.float32), LAST_OLD, FIRST_NEW) is None


@pytest.mark.parametrize("seed", [6, 11])
def test_of_a_shaken_camera_nothing_is_taken_to_go_on(seed):
    """Its last steps say nothing about the next, though their mean is not quite nothing."""
    shaken = np.random.default_rng(seed).normal(0, 0.8, (N, 2))
    frames = take(lambda k: (shaken[k], 1.0))
    drift = Drift.seen(scenes.as_bytes(frames))
    assert np.abs(drift.steps.shift[:LAST_OLD].mean(0)).max() * (FIRST_NEW - LAST_OLD) > 0.5  # else it is none anyway
    assert drift.ends(frames, LAST_OLD, FIRST_NEW) is None


def test_nothing_goes_on_where_too_little_was_seen():
    """Two steps beside a transition are no way."""
    frames = take(COURSES["pan"])
    assert Drift.seen(scenes.as_bytes(frames)).ends(frames, 2, N - 3) is None


def test_what_the_camera_leaves_behind_is_not_made_up():
    """A fast pan has passed all that was seen before the transition by its end."""
    frames = np.stack([scenes.picture(4, 27, 48 * 4, detail=3)[:, 3 * k : 3 * k + 48] for k in range(N)])
    assert Drift.seen(scenes.as_bytes(frames)).ends(frames.astype(np.float32), LAST_OLD, FIRST_NEW) is None
