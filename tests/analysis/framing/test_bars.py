"""Black bars: found where they are, and not where a picture is only dark."""

import numpy as np
import pytest

from clipzy.analysis.framing.bars import Bars, find_bars
from clipzy.style.measurements import ActivePicture
from synth_pictures import captioned, graded, textured_frame

SIZE = (160, 120)


def barred(top=0, bottom=0, left=0, right=0, *, count=6, black=16):
    """Samples (count, 120, 160, 3) of different bright textures behind bars of some code value."""
    samples = np.stack([np.maximum(textured_frame(seed, SIZE), 40) for seed in range(count)])
    mask = np.ones((SIZE[1], SIZE[0], 1), bool)
    mask[top : SIZE[1] - bottom, left : SIZE[0] - right] = False
    return np.where(mask, np.uint8(black), samples)


@pytest.mark.parametrize(
    "bars",
    [Bars(), Bars(15, 15, 0, 0), Bars(0, 0, 30, 30), Bars(10, 10, 20, 20), Bars(14, 15, 0, 0)],
    ids=["none", "letterbox", "pillarbox", "all round", "one row off"],
)
@pytest.mark.parametrize("black", [0, 16, 24])
def test_bars_are_found_to_the_pixel(bars, black):
    """Bars of either kind, in full or limited range black, are measured exactly."""
    assert find_bars(barred(bars.top, bars.bottom, bars.left, bars.right, black=black)) == bars


def test_cropping_takes_the_picture_out():
    """What is left after cropping holds every lit pixel and no bar."""
    samples = barred(15, 15, 0, 0)
    picture = find_bars(samples).crop(samples)
    assert picture.shape == (6, 90, 160, 3)
    assert picture.min() >= 40


@pytest.mark.parametrize(
    ("bars", "measured", "displayed", "place"),
    [
        (Bars(), (480, 270), (1920, 1080), None),
        (Bars(0, 0, 60, 60), (480, 270), (1920, 1080), (244, 0, 1432, 1080)),
        (Bars(35, 34, 0, 0), (480, 270), (1920, 1080), (0, 144, 1920, 796)),
        (Bars(0, 0, 10, 11), (101, 57), (101, 57), (12, 0, 76, 57)),
        (Bars(3, 3, 0, 0), (8, 8), (8, 8), None),
    ],
    ids=["none", "pillarbox", "unlike by one", "odd", "nothing left"],
)
def test_the_picture_within_has_even_edges_and_no_bar(bars, measured, displayed, place):
    """A pixel of the measured size inside the bars; whole along a side without them."""
    assert bars.picture(measured, displayed) == (None if place is None else ActivePicture(*place))


def test_bars_of_other_shapes_are_cropped_from_single_pictures():
    """The same bars crop a single picture as well as many."""
    assert Bars(1, 2, 3, 4).crop(np.zeros((20, 30, 3), np.uint8)).shape == (17, 23, 3)


def test_bars_around_dark_scenes_are_found_in_the_light_ones():
    """Frames that are dark all over say nothing for or against bars."""
    samples = barred(15, 15, count=8)
    samples[:5] = 5
    assert find_bars(samples) == Bars(15, 15, 0, 0)


def test_black_video_has_no_bars():
    """Where nothing is lit bars cannot be told from the picture."""
    assert find_bars(np.zeros((4, 120, 160, 3), np.uint8)) == Bars()


def test_bars_of_unlike_width_are_part_of_the_picture():
    """A dark floor under a bright wall is no bar."""
    assert find_bars(barred(bottom=30)) == Bars()
    assert find_bars(barred(top=10, bottom=30)) == Bars()


def test_bars_that_leave_are_part_of_the_picture():
    """What is black in half of the video only belongs to the scene."""
    samples = barred(15, 15, count=8)
    samples[::2] = barred(count=8)[::2]
    assert find_bars(samples) == Bars()


def test_titles_on_a_bar_do_not_hide_it():
    """Text on the lower bar for a sixth of the time leaves the bar a bar."""
    samples = barred(20, 20, count=12)
    for k in (3, 4):
        samples[k] = captioned(samples[k], "hello", height_px=12, centre=(0.5, 0.93))
    assert find_bars(samples) == Bars(20, 20, 0, 0)


def test_noise_of_a_codec_does_not_hide_bars():
    """Black that rings by some code values, and a dim picture, are told apart."""
    rng = np.random.default_rng(1)
    samples = np.stack([graded(textured_frame(seed, SIZE), contrast=0.4, lift=-0.1) for seed in range(6)])
    samples[:, :15], samples[:, -15:] = rng.integers(8, 26, (2, 6, 15, 160, 3))
    assert find_bars(samples) == Bars(15, 15, 0, 0)


@pytest.mark.parametrize("places", [[0.92], [0.08, 0.92]], ids=["below", "above and below"])
def test_text_that_always_stands_on_bars_does_not_hide_them(places):
    """As subtitles of a film, and the captions of a meme."""
    samples = barred(20, 20)
    for k in range(len(samples)):
        for place in places:
            samples[k] = captioned(samples[k], "They never did", height_px=11, centre=(0.5, place))
    assert find_bars(samples) == Bars(20, 20, 0, 0)


def test_a_lit_middle_is_no_text():
    """Somebody in a spotlight, whose head and feet reach beyond the lit wall behind, stands in the picture."""
    samples = barred(20, 20)
    samples[:, 100:, 50:110] = 200
    assert find_bars(samples) == Bars()


def test_text_from_edge_to_edge_is_part_of_the_picture():
    """A ticker is left to be measured with what it lies on: nothing beside it tells that this is a bar."""
    samples = barred(bottom=20)
    samples[:, 104:116:2] = 255
    assert find_bars(samples) == Bars()


def test_a_picture_dark_at_its_sides_begins_where_it_is_lit():
    """The rows next to bars belong to the picture by what is in their middle."""
    samples = barred(20, 20)
    samples[:, 20:26, :30] = samples[:, 20:26, -30:] = samples[:, 94:100, :30] = samples[:, 94:100, -30:] = 5
    assert find_bars(samples) == Bars(20, 20, 0, 0)
