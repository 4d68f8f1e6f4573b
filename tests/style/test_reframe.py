from fractions import Fraction

import pytest

from clipzy.style.dna import AspectRatio
from clipzy.style.plan import WHOLE_PICTURE, Crop
from clipzy.style.reframe import RATIOS, reframe

SIZES = [
    (1920, 1080),
    (1080, 1920),
    (640, 480),
    (853, 479),
    (1001, 333),
    (7, 5),
    (3, 2),
    (1, 1),
    (2, 4000),
    (3840, 2160),
]


@pytest.mark.parametrize(
    ("size", "target", "written"),
    [
        ((1920, 1080), AspectRatio.TALL, (608, 1080)),
        ((1920, 1080), AspectRatio.SQUARE, (1080, 1080)),
        ((1080, 1920), AspectRatio.WIDE, (1080, 608)),
        ((640, 480), AspectRatio.WIDE, (640, 360)),
        ((640, 480), None, (640, 480)),
        ((853, 479), None, (852, 478)),
    ],
)
def test_output_size_follows_the_shape(size, target, written):
    """The largest picture of the shape that fits, even on both sides."""
    frame = reframe(*size, target and RATIOS[target])
    assert written == (frame.width, frame.height)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("target", [None, *AspectRatio])
@pytest.mark.parametrize("max_height", [None, 144, 720])
def test_sizes_are_even_and_never_upscaled(size, target, max_height):
    """Whatever the picture, the output is even, no larger than what is kept of it (2x2 at least), and no higher than asked."""
    frame = reframe(*size, target and RATIOS[target], max_height)
    assert (frame.width % 2, frame.height % 2) == (0, 0)
    assert frame.width <= max(2, frame.crop.width * size[0] + 1e-6)
    assert frame.height <= max(2, min(frame.crop.height * size[1] + 1e-6, max_height or 10**6))


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (854, 480), (1440, 1080), (2048, 858)], ids=str)
@pytest.mark.parametrize("target", AspectRatio)
def test_the_shape_is_reached(size, target):
    """The output has the shape that was asked for within 2 %, and the crop the shape of the output within a pixel."""
    frame = reframe(*size, RATIOS[target])
    assert float(RATIOS[target]) == pytest.approx(frame.width / frame.height, rel=0.02)
    assert frame.width / frame.height == pytest.approx(
        frame.crop.width * size[0] / (frame.crop.height * size[1]), rel=0.005
    )


def test_the_crop_is_centred_and_leaves_room_for_heads():
    """On both sides as much is cut off, above half as much as below."""
    assert reframe(1600, 800, Fraction(1)).crop == Crop(0.25, 0.0, 0.5, 1.0)
    assert reframe(800, 1600, Fraction(1)).crop == Crop(0.0, 0.5 / 3, 1.0, 0.5)


@pytest.mark.parametrize("size", [(854, 480), (1366, 768), (1920, 1088)], ids=str)
def test_nearly_right_shapes_are_kept_whole(size):
    """A picture within 1 % of the shape loses nothing."""
    assert reframe(*size, Fraction(16, 9)).crop == WHOLE_PICTURE


def test_max_height_shrinks_both_sides():
    """A height limit keeps the shape."""
    frame = reframe(1920, 1080, None, 720)
    assert (frame.width, frame.height) == (1280, 720)


@pytest.mark.parametrize(
    ("size", "target", "lines", "written"),
    [
        ((1920, 1080), AspectRatio.TALL, 1920, (1080, 1920)),
        ((1280, 720), AspectRatio.TALL, 1920, (1080, 1920)),
        ((854, 480), None, 1080, (1920, 1080)),
        ((640, 480), None, 721, (962, 722)),
        ((1920, 1080), None, 720, (1920, 1080)),
        ((4096, 512), None, 4320, (8192, 1024)),
        ((200, 4000), None, 4320, (216, 4320)),
    ],
    ids=["1080p", "720p", "nearly 16:9", "odd", "large enough", "too wide", "narrow"],
)
def test_a_least_height_enlarges_to_the_very_shape(size, target, lines, written):
    """Pictures are enlarged where they have fewer lines, crops as they were; shapes near a usual one become that one."""
    frame = reframe(*size, target and RATIOS[target], None, lines)
    assert written == (frame.width, frame.height)
    assert frame.crop == reframe(*size, target and RATIOS[target]).crop
    assert frame.is_enlarged == (lines > frame.kept[1])


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("target", [None, *AspectRatio])
@pytest.mark.parametrize("most", [None, 145, 720])
def test_enlarged_sizes_are_even_and_within_bounds(size, target, most):
    """Whatever the picture: as many lines as asked, unless a side would be too long, and no more than allowed."""
    frame = reframe(*size, target and RATIOS[target], most, 145)
    assert (frame.width % 2, frame.height % 2) == (0, 0)
    assert max(frame.width, frame.height) <= 8192
    assert frame.height <= (most or 10**6)
    assert frame.height >= (145 if most != 145 else 144) or frame.width == 8192
    assert frame.width == pytest.approx(frame.kept[0] / frame.kept[1] * frame.height, rel=0.02, abs=2)


def test_a_picture_without_pixels_is_refused():
    """Zero width is an error, not a plan."""
    with pytest.raises(ValueError, match="no pixels"):
        reframe(0, 10, None)
