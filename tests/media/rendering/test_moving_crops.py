"""Crops that move, from the plan to the file: what they follow stays where it is, in whatever way the work is divided."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import av
import cv2
import numpy as np
import pytest

import synth
from clipzy.media.colour.look_table import identity
from clipzy.media.colour.lut import planes
from clipzy.media.orientation import Orientation
from clipzy.media.pictures import Scaler
from clipzy.media.rendering.picture_chain import PictureChain, Tables
from clipzy.media.rendering.render import render
from clipzy.style.crop_path import CropPath
from clipzy.style.dna import Transition, TransitionType
from clipzy.style.plan import WHOLE_PICTURE, Clip, Crop, CropKey, EditPlan, OutputFormat
from clipzy.style.time import Span

WIDE = (640, 360)
LOOK = "lut.cube"
TABLES = Tables({LOOK: 1 - identity()})  # for all chains, since each of them takes long to bake
TALL_SHARE = 202.5 / 640


def tall(x):
    """A crop of 9:16 in a wide picture."""
    return Crop(x, 0.0, TALL_SHARE, 1.0)


def clip(start, end, crop, *keys, transition=None, look=None):
    """A clip whose crop goes to those places at those seconds after its start."""
    path = tuple(CropKey(Fraction(str(at)), place) for at, place in keys)
    return Clip(Span(Fraction(start), Fraction(end)), crop, look, transition, "", path)


def edit(*clips, size=(202, 360), rate=25):
    """A silent plan, encoded well."""
    return EditPlan(clips, (), None, OutputFormat(*size, Fraction(rate), "h264", 12, "veryfast", 160), ())


def lumas(path):
    """The luma of every picture of a file."""
    with av.open(str(path)) as container:
        return [planes(frame)[0].astype(np.float32) for frame in container.decode(video=0)]


def box_at(x, size=WIDE):
    """A light box of 40x40 pixels whose middle is there, to a fraction of a pixel, on grey."""
    across = np.clip(20.5 - np.abs(np.arange(size[0]) + 0.5 - x), 0, 1)
    down = np.clip(20.5 - np.abs(np.arange(size[1]) + 0.5 - 180), 0, 1)
    return np.rint(70 + 150 * down[:, None, None] * across[None, :, None] * np.ones(3)).astype(np.uint8)


def middle_of(luma):
    """Where the box is, across, in pixels."""
    light = np.clip(luma - 90, 0, None).sum(0)
    return float((light * (np.arange(luma.shape[1]) + 0.5)).sum() / light.sum())


def walking(tmp_path, path, frames=75, rate=25):
    """Footage in which a box is in the middle of a moving crop at each moment."""
    crops = [path(n / rate) for n in range(frames)]
    return synth.write_video(
        tmp_path / "s.mp4",
        [box_at((crop.x + crop.width / 2) * WIDE[0]) for crop in crops],
        rate=Fraction(rate),
        options={"crf": "8"},
    )


def test_what_a_crop_follows_stays_where_it_is(tmp_path):
    """A box that walks as the crop does is in the middle of each picture, to a fifth of a pixel."""
    moves = clip(0, 3, tall(0.1), (1, tall(0.2)), (2.2, tall(0.55)), (3, tall(0.5)))
    source = walking(tmp_path, CropPath(moves))
    render(edit(moves), source, {}, tmp_path / "o.mp4")
    found = [middle_of(luma) for luma in lumas(tmp_path / "o.mp4")]
    assert len(found) == 75
    assert found == pytest.approx([101] * 75, abs=0.2)


@pytest.mark.parametrize("rate", [24, 30, 50])
def test_the_crop_keeps_the_time_of_the_output(rate, tmp_path):
    """At another frame rate each output frame has its own crop: a box that stands still moves evenly, also where pictures are repeated."""
    source = synth.write_video(tmp_path / "s.mp4", [box_at(300)] * 50, rate=Fraction(25), options={"crf": "8"})
    moves = clip(0, 2, tall(0.2), (2, tall(0.4)))
    render(edit(moves, rate=rate), source, {}, tmp_path / "o.mp4")
    crops = [CropPath(moves)(n / rate) for n in range(2 * rate)]
    expected = [(300 - crop.x * 640) * 202 / 202.5 for crop in crops]
    assert [middle_of(luma) for luma in lumas(tmp_path / "o.mp4")] == pytest.approx(expected, abs=0.3)


def test_sections_show_the_same_pictures(at_once, tmp_path, monkeypatch):
    """Wherever the work is divided among encoders."""
    moves = clip(0, 3, tall(0.1), (1, tall(0.2)), (2.2, tall(0.55)), (3, tall(0.5)))
    source = walking(tmp_path, CropPath(moves))
    found = []
    for encoders in (1, 3):
        at_once(encoders)
        monkeypatch.setattr("clipzy.media.rendering.sections.SECTION_S", 1)
        monkeypatch.setattr("clipzy.media.rendering.plan_streams.KEY_FRAME_S", 1)
        render(edit(moves), source, {}, tmp_path / "o.mp4")
        found.append([middle_of(luma) for luma in lumas(tmp_path / "o.mp4")])
    assert found[0] == pytest.approx([101] * 75, abs=0.2)
    assert found[1] == pytest.approx(found[0], abs=0.1)


def test_in_a_transition_each_side_keeps_its_own_time(tmp_path):
    """Two crops go on moving through a dissolve: the box of either stays in its place in the mix."""
    one = clip(0, "1.5", tall(0.0), (1.5, tall(0.3)))
    dissolve = Transition(TransitionType.DISSOLVE, 400)
    two = clip("1.5", 3, tall(0.2), (1.5, tall(0.5)), transition=dissolve)
    source = synth.write_video(tmp_path / "s.mp4", [box_at(270)] * 75, rate=Fraction(25), options={"crf": "8"})
    render(edit(one, two), source, {}, tmp_path / "o.mp4")
    pictures = lumas(tmp_path / "o.mp4")
    old, new = CropPath(one), CropPath(two)
    # before its own start and after its own end a crop stands still
    for number in range(34, 41):
        mixed = pictures[number][180]
        for place in (old(number / 25), new(number / 25 - 1.5)):
            middle = round((270 - place.x * 640) * 202 / 202.5)
            assert mixed[middle] > mixed.min() + 8


@pytest.mark.parametrize("pixels", ["yuv420p", "yuvj420p", "yuv420p10le", "yuv444p", "rgb24"])
@pytest.mark.parametrize("look", [None, LOOK], ids=["plain", "look"])
@pytest.mark.parametrize(
    "orientation", [Orientation(), Orientation(1), Orientation(2, mirrored=True), Orientation(3)], ids=str
)
def test_a_moving_crop_shows_what_a_fixed_one_does(orientation, look, pixels):
    """At each moment, whatever the frames are and however they have to be turned; it is not handed on as it came."""
    picture = cv2.GaussianBlur(synth.textured_frame(3, (192, 96)), (0, 0), 2)
    stored = np.ascontiguousarray(orientation.upright(picture)) if orientation.swaps_sides else picture
    frame = av.VideoFrame.from_ndarray(stored, "rgb24")
    if pixels != "rgb24":
        frame = frame.reformat(
            format=pixels, threads=1, dst_colorspace=1, dst_color_range=2 if pixels == "yuvj420p" else 1
        )
        frame.colorspace, frame.color_range = 1, 2 if pixels == "yuvj420p" else 1
    height, width = orientation.upright(stored).shape[:2]
    here = Crop(0.25, 0.25, 0.5, 0.5)
    chain = PictureChain(orientation, (width // 2, height // 2), TABLES)
    fixed, moving = clip(0, 4, here, look=look), clip(0, 4, Crop(0, 0, 0.5, 0.5), (2, here), look=look)
    still = chain(frame, fixed)
    first = chain(frame, moving, Fraction(0))
    found = chain(frame, moving, Fraction(2))
    shown = [
        Scaler((made.width, made.height), Orientation(), exact=True)(made).astype(int) for made in (still, found, first)
    ]
    assert (found.format.name, found.color_range, found.colorspace) == ("yuv420p", 1, 1)
    inner = slice(3, -3), slice(3, -3)
    assert np.abs(shown[0] - shown[1])[inner].mean() < 1.5
    assert np.abs(shown[0] - shown[2])[inner].mean() > 6


def test_a_slow_zoom_is_smooth_in_the_file(tmp_path):
    """Out of the encoder as well: the picture grows from frame to frame, without a step and never back."""
    chart = cv2.GaussianBlur(np.random.default_rng(2).uniform(0, 255, (360, 640, 3)).astype(np.float32), (0, 0), 3)
    chart = cv2.normalize(chart, None, 20, 230, cv2.NORM_MINMAX).astype(np.uint8)
    source = synth.write_video(tmp_path / "s.mp4", [chart] * 60, rate=Fraction(30), options={"crf": "4"})
    closer = Crop(0.03, 0.03, 0.94, 0.94)
    zooms = clip(0, 2, WHOLE_PICTURE, (2, closer))
    render(edit(zooms, size=WIDE, rate=30), source, {}, tmp_path / "o.mp4")
    widths = np.array([CropPath(zooms)(n / 30).width for n in range(60)])
    patch = slice(40, 320), slice(470, 630)
    moved = []
    for before, after in pairwise(lumas(tmp_path / "o.mp4")):
        across = np.gradient((before + after) / 2, axis=1)[patch].ravel()
        moved.append(-float(across @ (after - before)[patch].ravel() / (across @ across)))
    expected = 230 * -np.diff(np.log(widths))
    assert np.abs(np.array(moved) - expected).max() < 0.06
