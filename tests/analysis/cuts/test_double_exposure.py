"""Dissolves between two framings of one take."""

from fractions import Fraction
from functools import partial

import cv2
import numpy as np
import pytest

import scenes
from clipzy.analysis.cuts.double_exposure import double_exposures, expose, singly_exposed
from clipzy.analysis.cuts.shots import find_boundaries
from clipzy.style.dna import TransitionType

LARGE = cv2.GaussianBlur(scenes.picture(7, 27 * 10, 48 * 10, detail=9), (0, 0), 1.5)
TICK = Fraction(1, 25)
N = 90
CAMERAS = {
    "still": lambda k: (0.0 * k, 0.0),
    "pan": lambda k: (1.2 * k, 0.0),
    "shake": lambda k: (8 * np.sin(k / 3.1), 6 * np.sin(k / 2.3 + 1)),
}


def framed(closer, *, at):
    """A part of a large picture so many times as close, its middle so many pixels off the picture's: 48x27."""
    height, width = LARGE.shape[0] / 1.4 / closer, LARGE.shape[1] / 1.4 / closer
    left, top = (LARGE.shape[1] - width) / 2 + at[0], (LARGE.shape[0] - height) / 2 + at[1]
    matrix = np.array([[width / 48, 0, left], [0, height / 27, top]])
    return cv2.warpAffine(LARGE, matrix, (48, 27), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


def take(camera, show):
    """One take of 90 frames by a camera; `show` makes of a frame's number and a way to frame it what is seen."""
    random = np.random.default_rng(3)
    seen = [show(k, partial(framed, at=CAMERAS[camera](k - N // 2))) for k in range(N)]
    return scenes.as_bytes(np.stack(seen) + random.normal(0, 0.008, (N, 27, 48, 3)))


def dissolve(first, end, closer):
    """From the wide framing to one so many times as close: frames `first` to `end` - 1 are mixed."""

    def show(k, frame):
        progress = float(np.clip((k - first + 1) / (end - first + 1), 0, 1))
        return (1 - progress) * frame(1.0) + progress * frame(closer)

    return show


def found_in(frames):
    """Boundaries, with a network that says nothing."""
    quiet = np.full(N, 0.01, np.float32)
    return find_boundaries(quiet, quiet, frames, np.arange(N + 1), TICK)


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize(("first", "end", "closer"), [(40, 48, 1.2), (36, 54, 1.5)], ids=["short", "long"])
def test_a_dissolve_to_a_closer_framing_is_found_whatever_the_camera_does(camera, first, end, closer):
    """To a frame or two at each end, though the network sees nothing."""
    (boundary,) = found_in(take(camera, dissolve(first, end, closer)))
    assert boundary.type is TransitionType.DISSOLVE
    assert boundary.start / TICK == pytest.approx(first, abs=2)
    assert boundary.end / TICK == pytest.approx(end, abs=2)
    assert boundary.confidence > 0.6


@pytest.mark.parametrize("camera", CAMERAS)
def test_a_zoom_is_no_dissolve(camera):
    """Between the same framings and in the same time, and all along the take: what is seen is one picture."""
    sudden = take(camera, lambda k, frame: frame(1 + 0.5 * float(np.clip((k - 36) / 18, 0, 1))))
    slow = take(camera, lambda k, frame: frame(1 + 0.5 * k / N))
    assert double_exposures(sudden, [], [], 25) == []
    assert double_exposures(slow, [], [], 25) == []


def test_a_picture_out_of_focus_is_no_dissolve():
    """It loses detail and has it back, but no second picture is in it."""

    def show(k, frame):
        blur = 0.3 + 1.5 * max(0.0, 1 - abs(k - 45) / 10)
        return cv2.GaussianBlur(frame(1.0), (0, 0), blur)

    assert double_exposures(take("pan", show), [], [], 25) == []


def test_nothing_is_looked_for_over_what_is_known():
    """A boundary that was found otherwise stays the only one."""
    frames = take("still", dissolve(36, 54, 1.5))
    assert double_exposures(frames, [], [], 25) != []
    assert double_exposures(frames, [(35, 54)], [(35, 54)], 25) == []


def test_both_pictures_of_a_mix_are_told():
    """Their shares frame by frame, and that neither alone explains what is seen."""
    seen = expose(take("shake", dissolve(36, 54, 1.4)), 35, 54)
    np.testing.assert_allclose(seen.progress, np.arange(1, 19) / 19, atol=0.06)
    assert seen.ratio < 0.4
    assert abs(seen.alike) < 0.4


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize("gains", [(1.6, 1.6, 1.6), (0.6, 0.6, 0.6), (1.5, 1.1, 0.7)], ids=["up", "down", "balance"])
def test_a_camera_that_adjusts_itself_does_not_dissolve(camera, gains):
    """Its exposure or white balance, over most of a second, though the network takes that for a transition."""

    def adjusting(k, frame):
        progress = float(np.clip((k - 36) / 18, 0, 1))
        return np.clip(frame(1.0) * 0.8 * np.power(gains, progress), 0, 1)

    quiet, seen = np.full(N, 0.01, np.float32), np.full(N, 0.01, np.float32)
    seen[38:52] = 0.9
    frames = take(camera, adjusting)
    assert find_boundaries(quiet, seen, frames, np.arange(N + 1), TICK) == ()
    assert found_in(frames) == ()


def test_one_picture_in_another_light_is_singly_exposed_and_a_mix_is_not():
    """However little two framings differ."""
    lit = take("pan", lambda k, frame: np.clip(frame(1.0) * (0.6 + 0.01 * k), 0, 1))
    assert singly_exposed(lit, 30, 60)
    assert not singly_exposed(take("pan", dissolve(31, 60, 1.2)), 30, 60)
