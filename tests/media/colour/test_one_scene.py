"""One scene, written as SDR, HLG, PQ, in wide gamuts, full range and BT.601, is measured, shown and rendered alike."""

from __future__ import annotations

from dataclasses import fields, replace
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from clipzy.analysis.framing.bars import find_bars
from clipzy.analysis.look.colour import measure_colour
from clipzy.media.colour.coding import DELIVERED, coding_of
from clipzy.media.colour.look_table import identity
from clipzy.media.decoding.decode import decode_pass
from clipzy.media.decoding.taps import (
    MotionPairsTap,
    SamplesTap,
    ShotFramesTap,
    open_motion_pairs,
    open_samples,
    open_shot_frames,
)
from clipzy.media.orientation import Orientation
from clipzy.media.pictures import Scaler
from clipzy.media.rendering.picture_chain import PictureChain, Tables
from clipzy.media.stills import frame_at
from clipzy.media.thumbnail import thumbnail
from clipzy.style.plan import WHOLE_PICTURE, Clip, Crop, CropKey
from clipzy.style.time import Span
from synth_colours import CODINGS, SDR, frame_of, write_scene

SIZE = (192, 256)
LOOK = (identity() ** np.float32(1.3)).astype(np.float32)
PATCHES = np.array(  # the first two rows of the ColorChecker and its greys, linear BT.709, below the knee of 88 cd/m²
    [[0.178, 0.085, 0.058], [0.40, 0.25, 0.19], [0.110, 0.197, 0.341], [0.102, 0.150, 0.052], [0.236, 0.219, 0.40],
     [0.133, 0.39, 0.33], [0.40, 0.20, 0.03], [0.068, 0.106, 0.38], [0.40, 0.085, 0.126], [0.111, 0.046, 0.147],
     [0.34, 0.40, 0.05], [0.40, 0.32, 0.03], [0.40, 0.40, 0.40], [0.19, 0.19, 0.19], [0.09, 0.09, 0.09], [0.03, 0.03, 0.03]]
)  # fmt: skip
OTHERS = [name for name in CODINGS if name != "standard"]


@cache
def scene() -> np.ndarray:
    """4 x 4 patches, each 48 x 32, and below them as high again clouds of all tones and moderate colours."""
    patches = PATCHES.reshape(4, 4, 3).repeat(32, 0).repeat(48, 1)
    rng = np.random.default_rng(8)
    at = np.mgrid[0:7:128j, 0:9:192j]
    clouds = np.stack([map_coordinates(layer, at, order=3, mode="nearest") for layer in rng.uniform(-1, 1, (4, 8, 10))])
    tone, tint = 0.09 * 2.0 ** (2.2 * clouds[0])[..., None], np.moveaxis(clouds[1:], 0, -1)
    return np.concatenate([patches, np.clip(tone * (1 + 0.35 * tint), 0.001, 0.42)])


@cache
def tables(peak: float) -> Tables:
    """Each baked once for all tests, which takes a second."""
    return Tables({"look": LOOK}, peak)


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """The scene in each coding, three frames long."""
    folder = tmp_path_factory.mktemp("scene")
    return {
        name: write_scene(folder / f"{name.replace(' ', '_').replace(':', '')}.mp4", [scene()] * 3, coded)
        for name, coded in CODINGS.items()
    }


@pytest.fixture(scope="module")
def analysed(clips, tmp_path_factory):
    """What the decode pass keeps of each, and what it says."""
    found = {}
    for name, path in clips.items():
        folder = tmp_path_factory.mktemp("taps")
        summary = decode_pass(path, (ShotFramesTap(folder), MotionPairsTap(folder), SamplesTap(folder)), threads=1)
        found[name] = (
            summary,
            open_samples(folder).pictures[:1],
            open_shot_frames(folder).pictures[:1],
            open_motion_pairs(folder).pictures[:1],
        )
    return found


def middles(picture: np.ndarray) -> np.ndarray:
    """The mean colours of the patches, away from their edges: (4, 4, channels)."""
    rows, columns = picture.shape[0] // 8, picture.shape[1] // 4
    cut = picture[: 4 * rows].reshape(4, rows, 4, columns, -1)
    return cut[:, rows // 4 : -rows // 4, :, columns // 4 : -columns // 4].astype(float).mean((1, 3))


def clip(crop: Crop = WHOLE_PICTURE, *, look: bool = False) -> Clip:
    """A clip of one second."""
    return Clip(Span(Fraction(0), Fraction(1)), crop, "look" if look else None, None, "")


def painted(name: str, size=SIZE, crop: Crop = WHOLE_PICTURE, *, look: bool = False):
    """The scene by the renderer's chain: the frame, and its colours."""
    coded = CODINGS[name]
    chain = PictureChain(Orientation(), size, tables(203.0 if "203" in name else 1000.0))
    frame = chain(frame_of(scene(), coded), clip(crop, look=look))
    return frame, Scaler(size, Orientation(), exact=True)(frame).astype(float)


@pytest.mark.parametrize("name", OTHERS)
def test_what_the_analyses_see_is_the_same(name, analysed):
    """Samples and grey of motion within 3 codes of 255 in every patch, the small frames of all shots within 3 on average."""
    _, samples, shots, pairs = analysed[name]
    _, plain_samples, plain_shots, plain_pairs = analysed["standard"]
    np.testing.assert_allclose(middles(samples[0]), middles(plain_samples[0]), atol=3)
    assert np.abs(shots.astype(int) - plain_shots).mean() < 3
    grey, plain_grey = (middles(p[0, 0]) for p in (pairs, plain_pairs))
    neutral = np.s_[3, :]  # luma of other matrices weighs colours otherwise
    np.testing.assert_allclose(grey[neutral], plain_grey[neutral], atol=3)


@pytest.mark.parametrize("name", OTHERS)
def test_its_colours_are_measured_alike(name, analysed):
    """The six sliders within 1.5 points of 200."""

    def grade(name: str) -> np.ndarray:
        pictures = analysed[name][1]
        measured = measure_colour(pictures, [0.0], (Span(Fraction(0), Fraction(1)),), find_bars(pictures)).grade
        return np.array([getattr(measured, field.name) for field in fields(measured)])

    np.testing.assert_allclose(grade(name), grade("standard"), atol=1.5)


def test_what_was_done_is_said_once(analysed):
    """Of HDR and wide gamuts alone."""
    said = {name: found[0].warnings for name, found in analysed.items()}
    assert {name for name, warnings in said.items() if not warnings} == {
        "standard", "full range", "BT.601", "BT.601 full range", "ten bits",
    }  # fmt: skip
    assert said["HLG"] == ("HDR (HLG) was mapped to standard dynamic range by ITU-R BT.2390",)


@pytest.mark.parametrize("name", OTHERS)
def test_stills_and_thumbnails_show_the_same(name, clips):
    """The pictures of before and after, and those in lists."""
    np.testing.assert_allclose(
        middles(frame_at(clips[name], Fraction(0))),
        middles(frame_at(clips["standard"], Fraction(0))),
        atol=3,
    )
    assert abs(len(thumbnail(clips[name], Fraction(0))) / len(thumbnail(clips["standard"], Fraction(0))) - 1) < 0.2


def test_the_peak_holds_for_all_pictures_of_a_file(tmp_path):
    """H.264 names it at key frames alone: white of later pictures is white too, in stills and in what the analyses see."""
    path = write_scene(tmp_path / "white.mp4", [np.ones((64, 96, 3))] * 3, CODINGS["PQ of MaxCLL 203"])
    decode_pass(path, (ShotFramesTap(tmp_path),), threads=1)
    assert open_shot_frames(tmp_path).pictures.mean((1, 2, 3)) == pytest.approx(255, abs=3)  # 230 without
    assert frame_at(path, Fraction(2, 25)).mean() == pytest.approx(255, abs=3)


@pytest.mark.parametrize("name", OTHERS)
def test_the_renderer_paints_it_alike(name):
    """Within 4 codes of 255 in every patch; delivered and labelled as BT.709."""
    frame, colours = painted(name)
    assert (frame.format.name, coding_of(frame)) == ("yuv420p", DELIVERED)
    assert (frame.colorspace, frame.color_range, frame.color_primaries, frame.color_trc) == (1, 1, 1, 1)
    np.testing.assert_allclose(middles(colours), middles(painted("standard")[1]), atol=4)


@pytest.mark.parametrize("size", [SIZE, (96, 128), (384, 512)], ids=["same", "smaller", "larger"])
@pytest.mark.parametrize("name", ["HLG", "HLG 4:2:2"])
def test_looks_go_on_hdr_as_on_sdr(name, size):
    """Before scaling and after it."""
    ours, plain = (painted(each, size, look=True)[1] for each in (name, "standard"))
    np.testing.assert_allclose(middles(ours), middles(plain), atol=3)


def test_a_crop_of_hdr_is_that_of_sdr():
    """The middle square."""
    crop = Crop(0, 1 / 8, 1, 3 / 4)
    ours, plain = (painted(name, (192, 192), crop)[1] for name in ("HLG", "standard"))
    assert np.abs(ours - plain).mean() < 2


@pytest.mark.parametrize("size", [(96, 96), (384, 384)], ids=["smaller", "larger"])
def test_a_moving_crop_of_hdr_is_that_of_sdr(size):
    """On its way from the patches to the clouds."""
    square = replace(clip(Crop(0, 0, 1, 3 / 4), look=True), crop_path=(CropKey(Fraction(1), Crop(0, 1 / 4, 1, 3 / 4)),))
    shown = {}
    for name in ("HLG", "standard"):
        chain = PictureChain(Orientation(), size, tables(1000.0))
        shown[name] = Scaler(size, Orientation(), exact=True)(
            chain(frame_of(scene(), CODINGS[name]), square, Fraction(1, 2))
        )
    assert np.abs(shown["HLG"].astype(int) - shown["standard"]).mean() < 2


@pytest.mark.parametrize(
    ("name", "white"), [("HLG", 230), ("PQ", 230), ("PQ of MaxCLL 203", 255), ("standard", 255), ("BT.2020 SDR", 255)]
)
def test_lights_of_hdr_yield_to_what_the_screen_can_show(name, white):
    """Diffuse white at 90 % of standard white in HLG and PQ, at all of it where the file says that nothing is lighter."""
    coded = CODINGS[name]
    chain = PictureChain(Orientation(), (2, 2), tables(203.0 if "203" in name else 1000.0))
    frame = chain(frame_of(np.ones((2, 2, 3)), coded), clip())
    assert Scaler((2, 2), Orientation(), exact=True)(frame).mean() == pytest.approx(white, abs=2)


def test_standard_video_takes_no_part_in_it():
    """The very frame is handed on; primaries of standard definition count as standard."""
    frame = frame_of(scene(), SDR)
    assert PictureChain(Orientation(), SIZE, Tables({}))(frame, clip()) is frame
    assert coding_of(frame_of(scene(), replace(SDR, primaries=6))) == DELIVERED
