"""Parts of pictures brought to a size, to a fraction of a pixel."""

from __future__ import annotations

from itertools import pairwise

import av
import cv2
import numpy as np
import pytest

from clipzy.media.colour.lut import planes
from clipzy.media.rendering.geometry import Region
from clipzy.media.rendering.resample import reframed, taps


def frame_of(luma, cb, cr, size):
    """A 4:2:0 frame whose samples are those functions of where they lie in the picture, in pixels: chroma on the left, between two lines."""
    width, height = size
    frame = av.VideoFrame(width, height, "yuv420p")
    for value, plane, (pitch, left, top) in zip(
        (luma, cb, cr), planes(frame), [(1, 0.5, 0.5)] + [(2, 0.5, 1.0)] * 2, strict=True
    ):
        y, x = np.mgrid[: plane.shape[0], : plane.shape[1]]
        plane[:] = np.rint(value(pitch * x + left, pitch * y + top))
    return frame


def waves(length, phase=0.0):
    """A pattern of that wavelength in pixels."""
    return lambda x, y: 128 + 60 * np.sin(2 * np.pi * x / length + phase) * np.cos(2 * np.pi * y / (length * 1.3))


def flat(level):
    """The same everywhere."""
    return lambda x, _: np.full_like(x, level)


def moved_by(before, after):
    """How far a patch has moved, (right, down) in pixels, by least squares on its gradients (Lucas and Kanade 1981)."""
    down, right = (part.ravel() for part in np.gradient((before + after) / 2))
    gradients = np.stack([right, down], -1)
    return -np.linalg.lstsq(gradients, (after - before).ravel(), rcond=None)[0]


PATTERN = waves(17), waves(40), waves(52, 1)


def test_the_whole_picture_is_itself():
    """To the last bit, in a new frame."""
    frame = frame_of(*PATTERN, (322, 182))
    same = reframed(frame, Region(0, 0, 322, 182), (322, 182))
    assert same is not frame
    for plane, made in zip(planes(frame), planes(same), strict=True):
        np.testing.assert_array_equal(plane, made)


def test_whole_pixels_are_only_moved():
    """A window on chroma samples is cut out as it is."""
    frame = frame_of(*PATTERN, (322, 182))
    made = planes(reframed(frame, Region(40, 20, 160, 120), (160, 120)))
    np.testing.assert_array_equal(planes(frame)[0][20:140, 40:200], made[0])
    np.testing.assert_array_equal(planes(frame)[2][10:70, 20:100], made[2])


@pytest.mark.parametrize(
    ("region", "size"),
    [
        (Region(40.37, 20.81, 160, 120), (160, 120)),
        (Region(31.3, 22.9, 150.2, 112.65), (160, 120)),
        (Region(10.7, 5.1, 300, 168.75), (160, 90)),
        (Region(100.25, 60.5, 40, 30), (160, 120)),
    ],
    ids=["moved", "slightly enlarged", "shrunk", "four times as large"],
)
def test_luma_and_chroma_are_what_lies_there(region, size):
    """Each sample of the result is the picture's at its place, chroma with its own sites; rounding and the kernel cost two codes at most."""
    made = reframed(frame_of(*PATTERN, (322, 182)), region, size)
    across, down = region.width / size[0], region.height / size[1]

    def there(value):
        return lambda x, y: value(region.x + x * across, region.y + y * down)

    expected = frame_of(*map(there, PATTERN), size)
    for plane, meant in zip(planes(made), planes(expected), strict=True):
        inner = (slice(8, -8), slice(8, -8))
        assert np.abs(plane[inner].astype(int) - meant[inner]).max() <= 2


def test_edges_of_the_picture_go_on_as_they_end():
    """Nothing black comes in, and a flat picture stays flat; odd sizes too."""
    frame = frame_of(*[flat(level) for level in (235, 90, 200)], (161, 91))
    for region in (Region(0, 0, 161, 91), Region(0.4, 0.3, 12.1, 9.7), Region(150.2, 80.9, 10.8, 10.1)):
        for plane, level in zip(planes(reframed(frame, region, (64, 48))), (235, 90, 200), strict=True):
            assert (plane == level).all()


def test_what_is_too_fine_becomes_grey():
    """Stripes of one pixel do not turn into broad ones where a picture shrinks."""
    stripes = frame_of(lambda x, _: 40 + 160 * (np.floor(x) % 2), waves(40), waves(40), (320, 180))
    luma = planes(reframed(stripes, Region(0, 0, 320, 180), (148, 84)))[0][8:-8, 8:-8]
    assert np.abs(luma.astype(int) - 120).max() <= 4


def test_weights_add_up_and_come_in_pairs():
    """However much a picture shrinks or grows."""
    for step in (0.2, 0.94, 1.0, 1.3, 4.7):
        made = taps(3.21, step, 50)
        assert made.count % 2 == 0
        assert made.weights.sum(1) == pytest.approx(np.ones(50), abs=1e-6)


def test_a_slow_zoom_moves_evenly():
    """5 % in 120 frames: from frame to frame each corner moves by what it should, to a fiftieth of a pixel, and never back."""
    random = np.random.default_rng(5)
    chart = cv2.GaussianBlur(random.uniform(0, 255, (360, 640)).astype(np.float32), (0, 0), 2)
    chart = cv2.normalize(chart, None, 20, 230, cv2.NORM_MINMAX)
    frame = av.VideoFrame(640, 360, "yuv420p")
    planes(frame)[0][:] = np.rint(chart)
    pictures = []
    for n in range(120):
        share = 1 - 0.05 * n / 120
        region = Region(640 * (1 - share) / 2, 360 * (1 - share) / 2, 640 * share, 360 * share)
        pictures.append(planes(reframed(frame, region, (640, 360)))[0].astype(np.float32))
    patch = slice(200, 328), slice(480, 608)
    moved = np.array([moved_by(before[patch], after[patch]) for before, after in pairwise(pictures)])
    expected = np.array([(544 - 320, 264 - 180)]) * (0.05 / 120) / (1 - 0.05 * np.arange(1, 120)[:, None] / 120)
    assert np.abs(moved - expected).max() < 0.02
    assert moved.min() > 0


def test_other_formats_are_refused():
    """They are converted before."""
    with pytest.raises(ValueError, match="not yuv444p"):
        reframed(av.VideoFrame(64, 36, "yuv444p"), Region(0, 0, 64, 36), (64, 36))
