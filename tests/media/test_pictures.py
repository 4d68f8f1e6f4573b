from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.reformatter import Colorspace

import synth
from clipzy.media.decoding.containers import open_media, prepare_decoder, video_stream
from clipzy.media.decoding.packets import first_frame
from clipzy.media.orientation import Orientation, display_size, orientation_of
from clipzy.media.pictures import Scaler, fitted_size

# red, green / blue, white
QUARTERS = np.zeros((64, 96, 3), np.uint8)
QUARTERS[:32, :48], QUARTERS[:32, 48:], QUARTERS[32:, :48], QUARTERS[32:, 48:] = (
    (200, 20, 20),
    (20, 200, 20),
    (20, 20, 200),
    (220, 220, 220),
)


def first_of(path):
    """The first frame of a file."""
    with open_media(path) as container:
        stream = video_stream(container)
        prepare_decoder(stream.codec_context, threads=1)
        return first_frame(container, stream).frame


def middles(picture):
    """The colours in the middle of the four quarters."""
    height, width = picture.shape[:2]
    return picture[height // 4 :: height // 2, width // 4 :: width // 2][:2, :2].astype(float)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
@pytest.mark.parametrize("flip", ["", "h", "v"], ids=["plain", "mirrored", "upside down"])
def test_all_eight_orientations_come_out_upright(degrees, flip, tmp_path):
    """Turned counter-clockwise and then mirrored, as the display matrix says."""
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "4"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv444p"
        stream.set_display_rotation(degrees, hflip=flip == "h", vflip=flip == "v")
        frame = av.VideoFrame.from_ndarray(QUARTERS, format="rgb24")
        out.mux(stream.encode(frame.reformat(format="yuv444p")))
        out.mux(stream.encode(None))
    frame = first_of(path)
    orientation = orientation_of(frame)
    size = display_size(96, 64, None, orientation)
    shown = np.rot90(QUARTERS, degrees // 90)
    shown = shown[:, ::-1] if flip == "h" else shown[::-1] if flip == "v" else shown
    picture = Scaler(size, orientation)(frame)
    assert picture.shape == shown.shape
    assert middles(picture) == pytest.approx(middles(shown), abs=12)


@pytest.mark.parametrize("full_range", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("matrix", [Colorspace.ITU709, Colorspace.ITU601], ids=["bt709", "bt601"])
def test_colours_come_back_whatever_the_matrix_and_range(matrix, full_range, tmp_path):
    """RGB survives each way of coding it within the rounding of eight bits."""
    path = synth.write_video(
        tmp_path / "clip.mp4",
        [QUARTERS] * 2,
        colorspace=matrix,
        full_range=full_range,
        pixel_format="yuv444p",
        crf=0,
    )
    picture = Scaler((96, 64), Orientation(), exact=True)(first_of(path))
    assert middles(picture) == pytest.approx(middles(QUARTERS), abs=3)


def test_grey_is_full_range_luma(tmp_path):
    """Black is 0 and white 255, although the file codes 16 and 235."""
    picture = np.zeros((64, 96, 3), np.uint8)
    picture[:, 48:] = 255
    frame = first_of(synth.write_video(tmp_path / "clip.mp4", [picture] * 2, crf=0))
    grey = Scaler((96, 64), Orientation(), "gray")(frame)
    assert (int(grey[32, 10]), int(grey[32, 80])) == (0, 255)


@pytest.mark.parametrize("size", [(64, 36), (50, 50), (162, 90), (48, 27)], ids=str)
def test_odd_widths_carry_no_padding_into_the_array(size):
    """Rows that FFmpeg pads to its alignment are cut to the picture."""
    ground = synth.textured_frame(1, (320, 180))
    frame = av.VideoFrame.from_ndarray(ground, format="rgb24")
    picture = Scaler(size, Orientation())(frame)
    assert picture.shape == (size[1], size[0], 3)
    assert picture.flags.c_contiguous
    assert picture.mean() == pytest.approx(ground.mean(), abs=2)


@pytest.mark.parametrize(
    ("display", "long_side", "size"),
    [
        ((1920, 1080), 320, (320, 180)),
        ((1080, 1920), 480, (270, 480)),
        ((100, 51), 320, (100, 52)),
        ((4000, 3), 320, (320, 2)),
    ],
    ids=["wide", "tall", "odd", "line"],
)
def test_fitted_sizes_are_even_and_never_larger(display, long_side, size):
    """Even sides, the aspect kept to the nearest, nothing below two pixels."""
    assert fitted_size(display, long_side) == size


def test_display_size_stretches_before_it_turns():
    """Wide pixels widen the stored picture, then width and height change places."""
    assert display_size(720, 576, Fraction(64, 45), Orientation(1)) == (576, 1024)
