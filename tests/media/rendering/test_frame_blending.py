"""Frames between frames: mixed in whatever format, and only where motion lies between them."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

import synth
from clipzy.media.rendering.cadence import blended, place
from clipzy.media.rendering.frame_blending import mixed
from clipzy.media.rendering.render import render
from clipzy.style.plan import WHOLE_PICTURE, Clip, EditPlan, OutputFormat
from clipzy.style.time import Span


def clip(start, end):
    """Those seconds of the source."""
    return Clip(Span(Fraction(start), Fraction(end)), WHOLE_PICTURE, None, None, "")


def shares(times, rate, source_rate, *clips):
    """What each output frame shows, as a place between the numbers of two source frames."""
    frames = [(Fraction(time), float(number)) for number, time in enumerate(times)]
    found = []
    for placed in place(clips, Fraction(rate)):
        for value, count in blended(
            frames, placed, Fraction(rate), Fraction(source_rate), lambda one, two, share: one + share * (two - one)
        ):
            found += [value] * count
    return found


@pytest.mark.parametrize(("source_rate", "rate"), [(30, 24), (25, 30), (24, 60), (60, 30)])
def test_each_output_frame_shows_its_own_instant(source_rate, rate):
    """A number that rises evenly in the source rises evenly in the output; the last frame is held."""
    times = [Fraction(n, source_rate) for n in range(2 * source_rate)]
    found = shares(times, rate, source_rate, clip(0, 2))
    expected = [min(n * source_rate / rate, 2 * source_rate - 1) for n in range(2 * rate)]
    assert found == pytest.approx(expected)


def test_rounded_stamps_blend_nothing():
    """At the source's own rate each frame is shown as it is, though Matroska counts in milliseconds."""
    times = [Fraction(round(1000 * n / 30), 1000) for n in range(60)]
    assert shares(times, 30, 30, clip(0, 2)) == [float(n) for n in range(60)]


def test_nothing_is_blended_across_a_cut():
    """The frame before it is held, and the frame after it begins clean."""
    times = [Fraction(n, 10) for n in range(40)]
    found = shares(times, 25, 10, clip(0, 1), clip(2, 3))
    assert max(found[:25]) == 9.0
    assert min(found[25:]) == 20.0


def test_pictures_far_apart_are_not_blended():
    """A slide that stands for a second gives way at once."""
    assert set(shares([0, 1, 2], 10, 25, clip(0, 3))) == {0.0, 1.0, 2.0}


@pytest.mark.parametrize("pixels", ["yuv420p", "yuvj444p", "yuv420p10le", "p010le", "gbrp", "rgb24", "bgra", "gray"])
def test_frames_of_every_format_are_mixed(pixels):
    """A quarter of the way from dark to light; what is known of the colours is kept."""
    dark, light = (
        av.VideoFrame.from_ndarray(np.full((34, 66, 3), level, np.uint8), "rgb24").reformat(format=pixels, threads=1)
        for level in (40, 200)
    )
    dark.color_trc, dark.color_primaries = 16, 9
    between = mixed(dark, light, 0.25)
    assert (between.format.name, between.color_trc, between.color_primaries) == (pixels, 16, 9)
    assert between.color_range == dark.color_range
    assert np.abs(between.reformat(format="rgb24", threads=1).to_ndarray().astype(int) - 80).max() <= 2


@pytest.mark.parametrize(
    ("pixels", "near"),
    [("rgb555le", 6), ("rgb555be", 6), ("rgb48be", 2), ("x2rgb10le", 2), ("gray16be", 2), ("yuv422p10be", 2)],
)
def test_formats_whose_samples_are_no_plain_numbers_are_mixed_too(pixels, near):
    """Three colours in one word, or bytes in the other order: sums of those bytes are other colours altogether."""
    dark, light = (
        av.VideoFrame.from_ndarray(np.full((34, 66, 3), level, np.uint8), "rgb24").reformat(format=pixels, threads=1)
        for level in (40, 200)
    )
    between = mixed(dark, light, 0.25).reformat(format="rgb24", threads=1).to_ndarray()
    assert np.abs(between.astype(int) - 80).max() <= near


def test_pictures_that_lie_upside_down_in_memory_are_mixed(tmp_path):
    """As those of raw RGB in AVI do."""
    pictures = [synth.textured_frame(seed, (66, 34)) for seed in (1, 2)]
    path = synth.write_video(tmp_path / "raw.avi", pictures, codec="rawvideo", pixel_format="bgr24")
    content = path.read_bytes()
    height = content.index(b"strf") + 16  # of the BITMAPINFOHEADER: above zero, the lowest line comes first
    path.write_bytes(content[:height] + (34).to_bytes(4, "little") + content[height + 4 :])
    with av.open(str(path)) as container:
        one, other = container.decode(video=0)
        assert one.planes[0].line_size < 0
        between = mixed(one, other, 0.5).reformat(format="rgb24", threads=1).to_ndarray()
    assert np.abs(between[::-1] - np.mean(pictures, axis=0)).max() <= 2


def test_a_source_that_changes_midway_is_not_mixed():
    """There is nothing between two sizes."""
    one, other = av.VideoFrame(64, 36, "yuv420p"), av.VideoFrame(32, 18, "yuv420p")
    assert mixed(one, other, 0.5) is one


def test_a_rendering_blends_where_the_plan_says_so(tmp_path):
    """Grey that rises by 6 codes a frame at 10 frames a second rises by 2 a frame at 30; without it, by 6 every third frame."""
    grey = [np.full((90, 160, 3), 40 + 6 * n, np.uint8) for n in range(20)]
    source = synth.write_video(tmp_path / "s.mp4", grey, rate=Fraction(10), options={"crf": "4"})
    levels = {}
    for blends in (False, True):
        output = OutputFormat(160, 90, Fraction(30), "h264", 8, "veryfast", 160, blends)
        render(EditPlan((clip(0, 2),), (), None, output, ()), source, {}, tmp_path / "o.mp4")
        with av.open(str(tmp_path / "o.mp4")) as container:
            levels[blends] = np.array([frame.to_ndarray(format="rgb24").mean() for frame in container.decode(video=0)])
    steps = np.diff(levels[True][:57])
    assert len(levels[True]) == 60
    assert steps.min() > 0.8
    assert steps.max() < 3.2
    assert np.diff(levels[False]).max() > 5
