"""The packed look against the exact arithmetic it stands for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace
from scipy.ndimage import map_coordinates

from clipzy.media.colour.coding import LUMA_WEIGHTS, Matrix
from clipzy.media.colour.look_table import identity
from clipzy.media.colour.lut import apply, pack, planes
from synth import textured_frame

NAMES = {"bt709": Colorspace.ITU709, "bt601": Colorspace.ITU601}


def toned() -> np.ndarray:
    """A strong look: shadows to teal, lights to orange, more contrast."""
    colour = identity()
    luma = colour @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    light = 1 / (1 + np.exp(-12 * (luma - 0.5)))[..., None]
    tint = (1 - light) * np.array([-0.12, 0.02, 0.14]) + light * np.array([0.14, 0.02, -0.14])
    toned = np.clip(colour + tint * np.minimum(1, 4 * luma[..., None]), 0, 1)
    return (toned**2 * (3 - 2 * toned)).astype(np.float32)


def frame_of(picture: np.ndarray, matrix: Matrix = "bt709", full_range: bool = False) -> av.VideoFrame:
    """An RGB picture as an 8-bit 4:2:0 frame of that matrix and range."""
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24").reformat(
        format="yuv420p",
        src_color_range=ColorRange.JPEG,
        dst_colorspace=NAMES[matrix],
        dst_color_range=ColorRange.JPEG if full_range else ColorRange.MPEG,
    )


def exact(look: np.ndarray, frame: av.VideoFrame, matrix: Matrix, full_range: bool) -> list[np.ndarray]:
    """Every pixel to RGB in floats, through the look by trilinear interpolation, to BT.709 codes, chroma averaged over its block."""
    kr, kb = LUMA_WEIGHTS[matrix]
    y, u, v = (plane.astype(float) for plane in planes(frame))
    u, v = (plane.repeat(2, 0).repeat(2, 1)[: y.shape[0], : y.shape[1]] - 128 for plane in (u, v))
    y, u, v = (y / 255, u / 255, v / 255) if full_range else ((y - 16) / 219, u / 224, v / 224)
    red, blue = y + 2 * (1 - kr) * v, y + 2 * (1 - kb) * u
    green = (y - kr * red - kb * blue) / (1 - kr - kb)
    at = np.clip([blue, green, red], 0, 1) * 32
    red, green, blue = (map_coordinates(look[..., c].astype(float), at, order=1) for c in range(3))
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    chroma = (112 * (blue - luma) / (1 - 0.0722), 112 * (red - luma) / (1 - 0.2126))
    return [16 + 219 * luma, *(128 + _block_means(plane) for plane in chroma)]


def _block_means(plane: np.ndarray) -> np.ndarray:
    padded = np.pad(plane, ((0, plane.shape[0] % 2), (0, plane.shape[1] % 2)), mode="edge")
    return padded.reshape(padded.shape[0] // 2, 2, -1, 2).mean((1, 3))


@pytest.mark.parametrize(
    ("matrix", "full_range"),
    [("bt709", False), ("bt709", True), ("bt601", False)],
    ids=["bt709", "bt709-full-range", "bt601"],
)
@pytest.mark.parametrize("look", [identity(), identity() ** np.float32(0.8), toned()], ids=["same", "lighter", "toned"])
@pytest.mark.parametrize("noisy", [False, True], ids=["picture", "noise"])
def test_the_tables_agree_with_exact_arithmetic(look: np.ndarray, noisy: bool, matrix: Matrix, full_range: bool):
    """On a picture and on pure noise no plane is off by more than 0.5 codes in the mean and 3 anywhere."""
    picture = np.random.default_rng(1).integers(0, 256, (180, 320, 3), np.uint8) if noisy else textured_frame(3)
    frame = frame_of(picture, matrix, full_range)
    result = apply(pack(look, matrix=matrix, full_range=full_range), frame)
    for expected, actual in zip(exact(look, frame, matrix, full_range), planes(result), strict=True):
        difference = np.abs(expected - actual)
        assert difference.mean() <= 0.5
        assert difference.max() <= 3


def test_a_soft_change_of_colour_has_no_contours():
    """A sky in black and white through a red filter, of one luma, whose V goes through its codes one by one: each makes a step of 1.5, where four at once made one of 6."""
    red = identity()[..., :1].repeat(3, -1)
    frame = av.VideoFrame(160, 2, "yuv420p")
    for plane, codes in zip(planes(frame), (120, 128, 88 + np.arange(80)), strict=True):
        plane[:] = codes
    shown, wanted = planes(apply(pack(red), frame))[0], exact(red, frame, "bt709", False)[0]
    assert np.abs(np.diff(wanted[0, ::2])).max() < 1.6
    assert np.abs(np.diff(shown[0, ::2].astype(int))).max() <= 4
    assert np.abs(shown - wanted).max() < 1.5


def test_the_look_that_changes_nothing_leaves_a_picture_as_it_is():
    """Codes inside the RGB cube keep their value, up to one code of rounding in the rare case."""
    frame = frame_of(np.clip(textured_frame(3), 40, 215))
    for before, after in zip(planes(frame), planes(apply(pack(identity()), frame)), strict=True):
        assert np.abs(before.astype(int) - after).max() <= 1
        assert (before == after).mean() > 0.98


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (3, 5), (33, 18), (66, 35)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_odd_sizes_are_done_to_the_last_sample(size: tuple[int, int]):
    """Where width or height is odd, the last column and row get the look as well."""
    width, height = size
    frame = av.VideoFrame(width, height, "yuv420p")
    for plane, code in zip(planes(frame), (120, 110, 150), strict=True):
        plane[:] = code
    result = apply(pack(toned()), frame)
    for expected, actual in zip(exact(toned(), frame, "bt709", False), planes(result), strict=True):
        assert expected.shape == actual.shape
        assert np.abs(expected - actual).max() <= 2


def test_uncompressed_pictures_of_odd_width_get_the_look(tmp_path):
    """Their lines lie end to end, as in the file, each an odd number of bytes long."""
    picture = frame_of(textured_frame(5)).reformat(67, 35)
    with av.open(str(tmp_path / "raw.avi"), "w") as out:
        stream = out.add_stream("rawvideo", rate=25)
        stream.width, stream.height, stream.pix_fmt = 67, 35, "yuv420p"
        out.mux(stream.encode(picture))
    with av.open(str(tmp_path / "raw.avi")) as container:
        raw = next(container.decode(video=0))
    assert raw.planes[0].line_size == 67
    looked, wanted = (planes(apply(pack(toned()), frame)) for frame in (raw, picture))
    for one, other in zip(looked, wanted, strict=True):
        np.testing.assert_array_equal(one, other)


def test_frames_that_are_windows_of_larger_ones_are_read_by_their_line_stride():
    """A cropped frame, whose lines lie apart in memory, gets the same result as a copy of it."""
    whole = frame_of(textured_frame(5))
    graph = av.filter.Graph()
    source = graph.add_buffer(width=320, height=180, format=whole.format, time_base=1)
    nodes = source, graph.add("crop", "100:60:20:40"), graph.add("buffersink")
    graph.link_nodes(*nodes).configure()
    whole.pts = 0
    graph.push(whole)
    window = graph.pull()
    expected = [
        plane[40 // step : 100 // step, 20 // step : 120 // step]
        for plane, step in zip(planes(apply(pack(toned()), whole)), (1, 2, 2), strict=True)
    ]
    for left, right in zip(expected, planes(apply(pack(toned()), window)), strict=True):
        np.testing.assert_array_equal(left, right)


def test_threads_do_not_disturb_each_other():
    """The same frame from four threads at once comes out the same each time."""
    packed, frame = pack(toned()), frame_of(textured_frame(7))
    expected = planes(apply(packed, frame))
    with ThreadPoolExecutor(4) as pool:
        for result in pool.map(lambda _: apply(packed, frame), range(16)):
            for left, right in zip(expected, planes(result), strict=True):
                np.testing.assert_array_equal(left, right)


def test_another_pixel_format_is_refused():
    """Frames must be converted to 8-bit 4:2:0 before."""
    with pytest.raises(ValueError, match="not yuv444p"):
        apply(pack(identity()), av.VideoFrame(16, 16, "yuv444p"))


@pytest.mark.parametrize("shape", [(33, 33, 33), (33, 33, 33, 4), (33, 32, 33, 3), (1, 1, 1, 3)], ids=str)
def test_a_malformed_look_is_refused(shape: tuple[int, ...]):
    """Only a cube of at least 2 entries a side with three values each is packed."""
    with pytest.raises(ValueError, match="a look is"):
        pack(np.zeros(shape, np.float32))
