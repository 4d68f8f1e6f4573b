"""The deep look against the exact arithmetic it stands for, and on ramps, where banding would show."""

from __future__ import annotations

import av
import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from clipzy.media.colour.coding import LUMA_WEIGHTS
from clipzy.media.colour.colour_spaces import ColourSpace, to_standard
from clipzy.media.colour.deep_lut import apply_deep, pack_deep
from clipzy.media.colour.look_table import identity
from clipzy.media.colour.lut import planes
from synth_colours import CODINGS, Coded, frame_of

SPACES = {"HLG": ColourSpace("hlg", "bt2020"), "PQ": ColourSpace("pq", "bt2020"), "P3": ColourSpace("sdr", "p3")}
CODED = {"HLG": CODINGS["HLG"], "PQ": CODINGS["PQ"], "P3": Coded("yuv420p10le", 9, 12, 1)}


@pytest.fixture(scope="module")
def tables():
    """One table for each space, of BT.2020's matrix in limited range."""
    return {name: pack_deep(identity(), space, full_range=False, matrix="bt2020") for name, space in SPACES.items()}


def exact(frame: av.VideoFrame, space: ColourSpace, look: np.ndarray | None = None, *, full: bool = False) -> list:
    """Every pixel in floats to RGB, to standard video, through the look, to BT.709 codes; chroma averaged over its block."""
    kr, kb = LUMA_WEIGHTS["bt2020"]
    y, u, v = (
        np.frombuffer(plane, np.uint16).reshape(plane.height, -1)[:, : plane.width].astype(float)
        for plane in frame.planes
    )
    u, v = (plane.repeat(2, 0).repeat(2, 1)[: y.shape[0], : y.shape[1]] - 512 for plane in (u, v))
    y, u, v = (y / 1023, u / 1023, v / 1023) if full else ((y - 64) / 876, u / 896, v / 896)
    red, blue = y + 2 * (1 - kr) * v, y + 2 * (1 - kb) * u
    rgb = np.clip(np.stack([red, (y - kr * red - kb * blue) / (1 - kr - kb), blue], -1), 0, 1)
    rgb = to_standard(rgb, space)
    if look is not None:
        at = np.moveaxis(rgb[..., ::-1], -1, 0) * (look.shape[0] - 1)
        rgb = np.stack([map_coordinates(look[..., c].astype(float), at, order=1) for c in range(3)], -1)
    luma = rgb @ [0.2126, 0.7152, 0.0722]
    chroma = (112 * (rgb[..., 2] - luma) / 0.9278, 112 * (rgb[..., 0] - luma) / 0.7874)
    rows, columns = y.shape
    means = (c.reshape(rows // 2, 2, columns // 2, 2).mean((1, 3)) for c in chroma)
    return [16 + 219 * luma, *(128 + mean for mean in means)]


def natural(seed: int = 3) -> np.ndarray:
    """Soft clouds of moderate colours from black to twice white, as linear light."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(-1, 1, (3, 9, 13))
    at = np.mgrid[0:8:256j, 0:12:384j]
    clouds = np.stack([map_coordinates(layer, at, order=3, mode="nearest") for layer in coarse], -1)
    return np.clip(0.25 * 2.0 ** (clouds[..., :1] * 2.5) * (1 + 0.35 * clouds), 0, 2)


@pytest.mark.parametrize("name", SPACES)
def test_natural_colours_are_as_exact_as_eight_bits_can_be(name, tables):
    """On average twice what rounding alone costs (0.25 of a code), at most 7 codes of luma in tinted lights and 2 of chroma."""
    frame = frame_of(natural(), CODED[name])
    for got, truth, mean, most in zip(
        planes(apply_deep(tables[name], frame)), exact(frame, SPACES[name]), (0.6, 0.35, 0.35), (7, 2, 2), strict=True
    ):
        error = np.abs(got - truth)
        assert error.mean() < mean
        assert error.max() < most


@pytest.mark.parametrize("name", SPACES)
def test_a_grey_ramp_has_every_code_and_no_tint(name, tables):
    """Ten bits from black to white: luma rises by one code at a time and chroma stays at 128: no banding beyond that of 8 bits."""
    frame = av.VideoFrame(2048, 2, "yuv420p10le")
    luma, cb, cr = (np.frombuffer(plane, np.uint16).reshape(plane.height, -1) for plane in frame.planes)
    luma[:, :2048] = np.clip(np.arange(2048) // 2, 64, 940)
    cb[:], cr[:] = 512, 512
    y, u, v = planes(apply_deep(tables[name], frame))
    assert set(np.diff(y[0].astype(int))) <= {0, 1}
    assert (y[0, 0], y[0, -1]) == (16, 235)
    assert np.abs(u.astype(int) - 128).max() <= 1
    assert np.abs(v.astype(int) - 128).max() <= 1


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.parametrize("hue", [(1, 0.5, 0.3), (0.3, 0.6, 1), (0.4, 1, 0.4)], ids=["orange", "sky", "leaf"])
def test_a_coloured_ramp_has_no_bands(name, hue, tables):
    """From black to the colour over 2000 pixels: luma never leaps by two codes, chroma never by three."""
    ramp = np.linspace(0, 1, 2000)[None, :, None] * np.array(hue) * np.ones((2, 1, 1))
    y, u, v = planes(apply_deep(tables[name], frame_of(ramp**2.4, CODED[name])))
    steps = np.diff(y[0, 100:].astype(int))
    assert steps.max() <= 1
    assert steps.min() >= -1
    for plane in (u, v):
        assert np.abs(np.diff(plane[0, 50:].astype(int))).max() <= 2


def test_the_look_goes_on_after_the_conversion():
    """As if the frame had been standard video."""
    look = (identity()[..., [1, 2, 0]] ** np.float32(0.7)).astype(np.float32)
    packed = pack_deep(look, SPACES["HLG"], full_range=False, matrix="bt2020")
    frame = frame_of(natural(), CODINGS["HLG"])
    for got, truth in zip(planes(apply_deep(packed, frame)), exact(frame, SPACES["HLG"], look), strict=True):
        assert np.abs(got - truth).mean() < 0.5


def test_full_range_is_read_as_full_range():
    """0 to 1023, as phones write it."""
    coded = CODINGS["PQ full range"]
    packed = pack_deep(identity(2), SPACES["PQ"], full_range=True, matrix="bt2020")
    frame = frame_of(natural(), coded)
    for got, truth in zip(planes(apply_deep(packed, frame)), exact(frame, SPACES["PQ"], full=True), strict=True):
        assert np.abs(got - truth).mean() < 0.6


def test_odd_sizes_are_taken_whole(tables):
    """A frame cut to odd sides has the same codes where both are."""
    whole = frame_of(natural(), CODINGS["HLG"])
    odd = av.VideoFrame(95, 61, "yuv420p10le")
    for part, plane in zip(odd.planes, whole.planes, strict=True):
        rows = np.frombuffer(plane, np.uint16).reshape(plane.height, -1)
        np.frombuffer(part, np.uint16).reshape(part.height, -1)[:, : part.width] = rows[: part.height, : part.width]
    results = (planes(apply_deep(tables["HLG"], frame)) for frame in (odd, whole))
    for left, right in zip(*results, strict=True):
        height, width = (left.shape[0] // 2 * 2, left.shape[1] // 2 * 2) if left.shape == (61, 95) else (30, 47)
        np.testing.assert_array_equal(left[:height, :width], right[:height, :width])


def test_bits_above_the_tenth_do_no_harm(tables):
    """Damaged files have them; nothing is read beyond the tables."""
    frame = frame_of(np.full((2, 2, 3), 0.2), CODINGS["HLG"])
    clean = planes(apply_deep(tables["HLG"], frame))
    for plane in frame.planes:
        np.frombuffer(plane, np.uint16)[:] |= 0xFC00
    for left, right in zip(clean, planes(apply_deep(tables["HLG"], frame)), strict=True):
        np.testing.assert_array_equal(left, right)


def test_only_ten_bit_frames_are_taken(tables):
    """All else is brought to that format first."""
    with pytest.raises(ValueError, match="yuv420p10le"):
        apply_deep(tables["HLG"], av.VideoFrame(16, 16, "yuv420p"))


def test_the_scenes_white_is_where_the_documentation_says(tables):
    """Reference white of HLG and PQ at code 214, lights of 1000 cd/m² at 235."""
    for name in ("HLG", "PQ"):
        for linear, expected in ((1.0, 214), (1000 / 203, 235), (26 / 203, 109)):
            frame = frame_of(np.full((2, 2, 3), linear), CODINGS[name])
            assert planes(apply_deep(tables[name], frame))[0][0, 0] == pytest.approx(expected, abs=1)
