"""What becomes of single pictures on their way to the encoder."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace, ColorTrc
from scipy.ndimage import map_coordinates

import synth
import synth_colours
from clipzy.media.colour.coding import DELIVERED, Coding, coding_of, losses
from clipzy.media.colour.look_table import identity
from clipzy.media.orientation import Orientation
from clipzy.media.pictures import Scaler
from clipzy.media.rendering.picture_chain import PictureChain, Tables
from clipzy.style.plan import WHOLE_PICTURE, Clip, Crop, CropKey
from clipzy.style.time import Span

# red, green / blue, white
QUARTERS = np.zeros((64, 96, 3), np.uint8)
QUARTERS[:32, :48], QUARTERS[:32, 48:], QUARTERS[32:, :48], QUARTERS[32:, 48:] = (
    (200, 20, 20),
    (20, 200, 20),
    (20, 20, 200),
    (220, 220, 220),
)
MATRICES = {"bt709": (Colorspace.ITU709, 1), "bt601": (Colorspace.ITU601, 6), "bt2020": (9, 9)}
UPRIGHT = Orientation()
# by their names: nothing changed, all inverted, hues shifted and on a curve
LOOKS = {"same": identity(), "inverted": 1 - identity()}
LOOKS["shifted"] = (identity()[..., [1, 2, 0]] ** np.float32(0.7)).astype(np.float32)
TABLES = Tables(LOOKS)  # for all chains, since each of them takes long to bake
FULL = ["yuvj420p", "yuvj422p", "yuvj444p"]


def clip(crop: Crop = WHOLE_PICTURE, *, look: str | None = None) -> Clip:
    """A clip of one second."""
    return Clip(Span(Fraction(0), Fraction(1)), crop, look, None, "")


def frame_of(picture: np.ndarray, pixels: str = "yuv420p", matrix: str = "bt709", *, full: bool = False):
    """A frame as a decoder gives it, coded and labelled so."""
    swscale, label = MATRICES[matrix]
    span = ColorRange.JPEG if full else ColorRange.MPEG
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")
    frame = frame.reformat(
        format=pixels, src_color_range=ColorRange.JPEG, dst_colorspace=swscale, dst_color_range=span, threads=1
    )
    frame.color_range = span
    if not frame.format.is_rgb:
        frame.colorspace = label
    return frame


def rgb(frame: av.VideoFrame) -> np.ndarray:
    """The colours of an upright frame, (height, width, 3) float 0..255, by what its labels say."""
    return Scaler((frame.width, frame.height), Orientation(), exact=True)(frame).astype(float)


def middles(picture: np.ndarray) -> np.ndarray:
    """The colours in the middle of the four quarters."""
    height, width = picture.shape[:2]
    return picture[height // 4 :: height // 2, width // 4 :: width // 2][:2, :2].astype(float)


def chain_to(size: tuple[int, int], orientation: Orientation = UPRIGHT):
    """A chain to an output of that size."""
    return PictureChain(orientation, size, TABLES)


def test_a_picture_that_is_right_already_is_handed_on_untouched():
    """No look, no crop, no scaling, BT.709 in limited range: the very same frame, without a copy."""
    frame = frame_of(QUARTERS)
    assert chain_to((96, 64))(frame, clip()) is frame


@pytest.mark.parametrize("size", [(96, 64), (48, 32), (192, 128)], ids=["same", "smaller", "larger"])
@pytest.mark.parametrize("full", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("matrix", ["bt709", "bt601", "bt2020"])
@pytest.mark.parametrize("pixels", ["yuv420p", "yuv444p", "yuv422p10le"])
def test_colours_are_kept_whatever_the_coding(pixels, matrix, full, size):
    """Every matrix, range and format comes out as BT.709 in limited range that shows the same colours, and says so."""
    result = chain_to(size)(frame_of(QUARTERS, pixels, matrix, full=full), clip())
    assert (result.format.name, result.width, result.height) == ("yuv420p", *size)
    assert (result.colorspace, result.color_range, result.color_primaries, result.color_trc) == (1, 1, 1, 1)
    assert coding_of(result) == DELIVERED
    assert middles(rgb(result)) == pytest.approx(middles(QUARTERS), abs=4)


@pytest.mark.parametrize("pixels", ["rgb24", "gbrp10le", "bgra", *FULL])
def test_other_formats_are_taken_as_well(pixels):
    """RGB of every layout, and the formats that JPEG has, which are full range by their name."""
    result = chain_to((96, 64))(frame_of(QUARTERS, pixels, full=True), clip())
    assert middles(rgb(result)) == pytest.approx(middles(QUARTERS), abs=4)


@pytest.mark.parametrize("size", [(96, 64), (48, 32)], ids=["same", "smaller"])
@pytest.mark.parametrize("pixels", ["bgr24", "rgb24", "bgra", "gbrp"])
def test_rgb_becomes_the_nearest_codes(pixels, size):
    """In whatever order it is stored: as greys come out of the standard's formula, nothing is cut off. Uncompressed AVI is BGR of 24 bits."""
    for level in range(0, 256, 5):
        result = chain_to(size)(frame_of(np.full((64, 96, 3), level, np.uint8), pixels), clip())
        luma, *chroma = (np.frombuffer(plane, np.uint8).reshape(plane.height, -1)[:, :24] for plane in result.planes)
        assert np.abs(luma - (16 + level * 219 / 255)).max() <= 0.6
        assert (np.array(chroma) == 128).all()


@pytest.mark.parametrize(
    ("size", "expected"),
    [((96, 64), Coding("bt601", False)), ((1280, 720), Coding("bt709", False))],
    ids=["standard definition", "high definition"],
)
def test_a_file_that_names_no_matrix_has_the_usual_one(size, expected):
    """BT.601 for small pictures, BT.709 for large ones."""
    assert coding_of(av.VideoFrame(*size, "yuv420p")) == expected


@pytest.mark.parametrize("size", [(96, 64), (48, 32), (192, 128)], ids=["same", "smaller", "larger"])
@pytest.mark.parametrize("pixels", ["yuv420p", "yuvj420p", "yuv444p", "rgb24"])
def test_a_look_gives_the_colours_that_its_table_says(pixels, size):
    """On every way of coding and in every order with scaling; eight bits are rounded twice here, on a steep curve."""
    look = LOOKS["shifted"]
    frame = frame_of(
        QUARTERS, pixels, "bt601" if pixels == "yuv420p" else "bt709", full=pixels in {"yuvj420p", "rgb24"}
    )
    result = chain_to(size)(frame, clip(look="shifted"))
    expected = [map_coordinates(look[..., c], middles(QUARTERS)[..., ::-1].T / 255 * 32, order=1).T for c in range(3)]
    assert middles(rgb(result)) == pytest.approx(np.stack(expected, -1) * 255, abs=6)


def test_a_look_stays_on_its_own_clips():
    """One chain serves clips with and without the look."""
    frame = frame_of(QUARTERS)
    chain = chain_to((96, 64))
    plain, inverted, again = (rgb(chain(frame, clip(look=wanted))) for wanted in (None, "inverted", None))
    assert middles(inverted) == pytest.approx(255 - middles(QUARTERS), abs=4)
    np.testing.assert_array_equal(plain, again)


@pytest.mark.parametrize("look", [None, "same"], ids=["plain", "look"])
@pytest.mark.parametrize("scale", [1, 2], ids=["same size", "enlarged"])
@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("mirrored", [False, True], ids=["plain", "mirrored"])
def test_pictures_come_out_upright(mirrored, turns, scale, look):
    """All eight orientations are undone in the pixels."""
    orientation = Orientation(turns, mirrored)
    upright = orientation.upright(QUARTERS)
    size = (upright.shape[1] * scale, upright.shape[0] * scale)
    result = chain_to(size, orientation)(frame_of(QUARTERS), clip(look=look))
    assert (result.width, result.height) == size
    assert middles(rgb(result)) == pytest.approx(middles(upright), abs=4)


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv444p"])
@pytest.mark.parametrize("size", [(240, 240), (120, 120), (480, 480)], ids=["same", "smaller", "larger"])
def test_a_crop_shows_its_part_of_the_picture(size, pixels):
    """Red grows to the right and green downwards: the middle square of a wide picture has the middle reds and all greens."""
    ramp = np.full((240, 480, 3), 60, np.uint8)
    ramp[..., 0], ramp[..., 1] = np.linspace(30, 220, 480)[None, :], np.linspace(40, 200, 240)[:, None]
    result = rgb(chain_to(size)(frame_of(ramp, pixels), clip(Crop(0.25, 0, 0.5, 1))))
    inside = result[4:-4:8, 4:-4:8]
    expected = np.asarray(rgb(chain_to(size)(frame_of(np.ascontiguousarray(ramp[:, 120:360])), clip()))[4:-4:8, 4:-4:8])
    assert np.abs(inside - expected).max() <= 4
    assert np.abs(result[size[1] // 2, [4, -5], 0] - np.interp([124, 356], np.arange(480), ramp[0, :, 0])).max() <= 5


def test_a_source_that_changes_midway_is_followed():
    """Frames of another size, format and matrix come out like the first."""
    chain = chain_to((96, 64))
    larger = QUARTERS.repeat(2, 0).repeat(2, 1)
    for frame in (frame_of(QUARTERS), frame_of(larger, "yuv444p", "bt601", full=True), frame_of(QUARTERS)):
        assert middles(rgb(chain(frame, clip()))) == pytest.approx(middles(QUARTERS), abs=4)


def waves(pixels: str) -> av.VideoFrame:
    """A picture of 192x108 whose luma and chroma are the same upright wave of 96 pixels, each sample at its own place."""
    frame = av.VideoFrame(192, 108, pixels)
    frame.colorspace, frame.color_range = 1, ColorRange.MPEG
    deep = frame.format.components[0].bits > 8
    for plane in frame.planes:
        step = frame.width // plane.width
        wave = (126 + 60 * np.sin(2 * np.pi * step * np.arange(plane.width) / 96)) * (4 if deep else 1)
        row = np.zeros(plane.line_size // (2 if deep else 1), np.uint16 if deep else np.uint8)
        row[: plane.width] = np.rint(wave)
        plane.update(row.tobytes() * plane.height)
    return frame


def shifts(frame: av.VideoFrame) -> list[float]:
    """By how many pixels of the output luma and chroma of those waves have been moved to the right."""
    found = []
    for plane in frame.planes[:2]:
        row = np.frombuffer(plane, np.uint8)[: plane.width].astype(float)
        at = (np.arange(plane.width) * (frame.width // plane.width) + 0.5) * 192 / frame.width - 0.5
        inner = slice(plane.width // 4, -plane.width // 4)
        turn = 2 * np.pi * at[inner] / 96
        sine, cosine, _ = np.linalg.lstsq(
            np.stack([np.sin(turn), np.cos(turn), np.ones_like(turn)], 1), row[inner], rcond=None
        )[0]
        found.append(-np.arctan2(cosine, sine) * 96 / (2 * np.pi) * frame.width / 192)
    return found


@pytest.mark.parametrize("size", [(192, 108), (96, 54), (384, 216)], ids=str)
@pytest.mark.parametrize("pixels", ["yuv420p", "yuv420p10le", "yuv422p10le", "yuv444p", "yuv411p"])
def test_colours_stay_on_what_they_are_the_colours_of(pixels, size):
    """Chroma lies where H.264's players look for it, to a tenth of a pixel, whatever is scaled or left out; a crop that moves shows it there too."""
    moving = replace(clip(), crop_path=(CropKey(Fraction(1), WHOLE_PICTURE),))
    for shown in (clip(), moving):
        luma, chroma = shifts(chain_to(size)(waves(pixels), shown))
        assert abs(luma) < 0.1
        assert abs(chroma) < 0.1


def test_scaling_rings_little_and_keeps_detail():
    """A texture scaled to half its size is that of an average over two by two pixels, within the nature of the filter."""
    texture = synth.textured_frame(4, (320, 180))
    result = rgb(chain_to((160, 90))(frame_of(texture), clip()))
    averaged = texture.reshape(90, 2, 160, 2, 3).mean((1, 3))
    assert np.abs(result - averaged).mean() < 3


@pytest.mark.parametrize(
    ("pixels", "words"),
    [
        ("yuv420p", []),
        ("gray", []),
        ("yuv420p10le", ["10-bit 4:2:0"]),
        ("yuv444p", ["8-bit 4:4:4"]),
        ("yuv411p", ["8-bit 4:1:1"]),
        ("gbrp", ["8-bit RGB"]),
        ("yuva420p", ["transparency"]),
    ],
)
def test_what_is_lost_is_told(pixels, words):
    """One sentence for each thing that 8-bit 4:2:0 does not hold."""
    told = losses(av.VideoFrame(64, 36, pixels))
    assert len(told) == len(words)
    assert all(word in sentence for word, sentence in zip(words, told, strict=True))


def test_high_dynamic_range_is_not_told_twice():
    """The footage's analysis has said how it was mapped."""
    frame = av.VideoFrame(64, 36, "yuv420p")
    frame.color_trc = ColorTrc.ARIB_STD_B67
    assert losses(frame) == []


@pytest.mark.parametrize("pixels", ["rgb555le", "rgb555be", "rgb565le", "rgb565be"])
def test_white_stays_white_where_three_colours_share_a_word(pixels):
    """In the output and in what is measured, whatever the order of their bytes; dark is dark."""
    for level in (0, 132, 255):
        plain = av.VideoFrame.from_ndarray(np.full((36, 64, 3), level, np.uint8), "rgb24")
        frame = plain.reformat(format=pixels.replace("be", "le"), threads=1).reformat(format=pixels, threads=1)
        for shown in (chain_to((64, 36))(frame, clip()), frame):
            assert np.abs(rgb(shown) - level).mean() <= 3


@pytest.mark.parametrize("transfer", [ColorTrc.ARIB_STD_B67, ColorTrc.SMPTE2084])
def test_hdr_that_names_no_matrix_has_that_of_bt2020(transfer):
    """As HDR has no other, whatever its size."""
    frame = av.VideoFrame(64, 36, "yuv420p10le")
    frame.color_trc = transfer
    assert coding_of(frame).matrix == "bt2020"


@pytest.mark.parametrize("pixels", ["gbrp10le", "yuv420p", "yuv444p12le"])
def test_hdr_of_every_format_is_mapped_alike(pixels):
    """RGB, 8 bits and 12 bits: all go through the same tables as 10-bit 4:2:0."""
    y, x = np.mgrid[:64, :96]
    usual = synth_colours.frame_of(np.stack([x / 96, y / 64, np.full((64, 96), 0.2)], -1), synth_colours.CODINGS["HLG"])
    span = ColorRange.JPEG if pixels.startswith("gbr") else ColorRange.MPEG
    other = usual.reformat(format=pixels, dst_color_range=span, threads=1)
    other.color_primaries, other.color_trc, other.color_range = usual.color_primaries, usual.color_trc, span
    ours, theirs = (rgb(chain_to((96, 64))(frame, clip())) for frame in (other, usual))
    assert np.abs(ours - theirs).mean() < 1.5
