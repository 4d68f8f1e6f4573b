"""Gradual changes with an edge between two framings of one take, and dissolves that are seen as well."""

import cv2
import numpy as np
import pytest

import scenes
from clipzy.analysis.cuts.wiped_framings import wiped_framings
from clipzy.style.dna import TransitionType

# smooth, as skies and walls are: both framings agree in most pixels
LARGE = scenes.picture(11, 27 * 8, 48 * 8, detail=12)
N = 70


def framed(closer):
    """The middle of a large picture so many times as close: 48x27."""
    height, width = (round(side / closer) for side in LARGE.shape[:2])
    top, left = (LARGE.shape[0] - height) // 2, (LARGE.shape[1] - width) // 3
    return cv2.resize(LARGE[top : top + height, left : left + width], (48, 27), interpolation=cv2.INTER_AREA)


def filmed(show):
    """70 frames with a sensor's noise; `show` says what is seen in each."""
    random = np.random.default_rng(3)
    return scenes.as_bytes(np.stack([show(k) for k in range(N)]) + random.normal(0, 0.006, (N, 27, 48, 3)))


def test_a_wipe_to_a_closer_framing_is_found():
    """Though most pixels hardly change."""

    def show(k):
        return scenes.mix("wipe-right", framed(1.0), framed(1.35), float(np.clip((k - 28) / 15, 0, 1)))

    (found,) = wiped_framings(filmed(show), [], [], 25)
    assert found.fit.type is TransitionType.WIPE
    assert found.last_old + 1 == pytest.approx(29, abs=2)
    assert found.first_new == pytest.approx(43, abs=2)


@pytest.mark.parametrize("frames", [15, N], ids=["sudden", "slow"])
def test_a_zoom_is_no_wipe(frames):
    """Between the same framings, within half a second or all the time."""
    begins = (N - frames) // 2
    zoom = filmed(lambda k: framed(1 + 0.35 * float(np.clip((k - begins) / frames, 0, 1))))
    assert wiped_framings(zoom, [], [], 25) == []


def test_a_title_that_wipes_in_is_no_change_of_framing():
    """The picture around it stays what it was."""

    def show(k):
        titled = framed(1.0).copy()
        titled[18:24, 6:42] = 0.9
        return scenes.mix("wipe-right", framed(1.0), titled, float(np.clip((k - 28) / 15, 0, 1)))

    assert wiped_framings(filmed(show), [], [], 25) == []


PLACE = scenes.picture(12, 27 * 6, 48 * 6, detail=7)
CAMERAS = {
    "still": lambda _: (0.0, 0.0, 1.0),
    "pan": lambda k: (0.25 * (k - 35), 0.0, 1.0),
    "tilt": lambda k: (0.0, 0.15 * (35 - k), 1.0),
    "zoom": lambda k: (0.0, 0.0, float(np.exp(0.004 * (k - 35)))),
    "shake": lambda k: (0.8 * np.sin(k / 2.1), 0.6 * np.sin(k / 1.7 + 1), 1.0),
}
MIXES = {
    "wipe-right": TransitionType.WIPE,
    "circle": TransitionType.CIRCLE,
    "slide-left": TransitionType.SLIDE,
    "dissolve": TransitionType.DISSOLVE,
}


def by_camera(camera, k, closer):
    """What a moving camera sees of a place in frame k, in a framing so many times as close: 48x27."""
    x, y, zoomed = CAMERAS[camera](k)
    step = 3 / closer / zoomed
    first = np.array([6 * 24 + 3 * x, 6 * 13.5 + 3 * y]) - step * np.array([23.5, 13])
    matrix = np.array([[step, 0, first[0]], [0, step, first[1]]])
    return cv2.warpAffine(PLACE, matrix, (48, 27), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


EVEN = ("still", "pan", "tilt", "zoom")
CHANGES = [*((camera, mix) for camera in EVEN for mix in MIXES), ("shake", "wipe-right"), ("shake", "slide-left")]


@pytest.mark.parametrize(("camera", "mix"), CHANGES)
def test_a_change_is_found_while_the_camera_moves(camera, mix):
    """To two frames at each end, and as what it is: the take runs on under both framings. Of a circle the first frames are hardly seen."""

    def show(k):
        progress = float(np.clip((k - 28) / 15, 0, 1))
        return scenes.mix(mix, by_camera(camera, k, 1.0), by_camera(camera, k, 1.4), progress)

    (found,) = wiped_framings(filmed(show), [], [], 25)
    assert found.fit.type is MIXES[mix]
    assert found.last_old + 1 == pytest.approx(29, abs=4 if mix == "circle" else 2)
    assert found.first_new == pytest.approx(43, abs=2)


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize("frames", [15, N], ids=["sudden", "slow"])
def test_a_moving_camera_that_zooms_changes_nothing(camera, frames):
    """Whichever way it moves besides."""
    begins = (N - frames) // 2
    zoom = filmed(lambda k: by_camera(camera, k, 1 + 0.4 * float(np.clip((k - begins) / frames, 0, 1))))
    assert wiped_framings(zoom, [], [], 25) == []
