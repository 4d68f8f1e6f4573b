"""Files that show fewer new pictures a second than they hold frames."""

from fractions import Fraction
from itertools import cycle

import cv2
import numpy as np
import pytest

import synth
from clipzy.analysis.cuts.doubt import doubtful
from clipzy.analysis.cuts.held import frame_rate, held_frames
from clipzy.analysis.cuts.repeats import repeats, without_repeats
from clipzy.analysis.cuts.shots import find_boundaries

CADENCES = [
    pytest.param(30, (3,), id="10 in 30"),
    pytest.param(30, (4, 4, 4, 3), id="8 in 30"),
    pytest.param(24, (3,), id="8 in 24"),
    pytest.param(24, (2,), id="on twos"),
    pytest.param(60, (2, 3), id="24 in 60"),
    pytest.param(60, (3,), id="20 in 60"),
    pytest.param(60, (4,), id="15 in 60"),
    pytest.param(60, (6,), id="10 in 60"),
    pytest.param(30, (1, 1, 1, 2), id="24 in 30"),
    pytest.param(30, (1, 1, 1, 1, 2), id="25 in 30"),
    pytest.param(30, (1, 2), id="20 in 30"),
    pytest.param(30, (1, 3, 2, 5, 2, 4), id="uneven"),
]


def take(pictures, seed=5, dx=14):
    """A fast pan at the size of shot frames."""
    moving = synth.moving_texture(pictures, seed=seed, dx=dx)
    return np.stack([cv2.resize(each, (48, 27), interpolation=cv2.INTER_AREA) for each in moving])


def stored(pictures, lengths):
    """Every picture in as many frames as its turn says, and a little of what a coder adds; with the first frame of each."""
    counts = [length for _, length in zip(pictures, cycle(lengths), strict=False)]
    frames = np.repeat(pictures, counts, axis=0)
    noise = np.random.default_rng(1).random(frames.shape) < 0.1
    return np.where(noise, np.bitwise_xor(frames, 1), frames), np.cumsum([0, *counts[:-1]])


def cuts(frames, rate):
    """Frames after which shots change, by the frames alone, as a stage looks at them."""
    base = Fraction(1, rate)
    frames, times = without_repeats(frames, np.arange(len(frames) + 1), base)
    asked = np.zeros(len(frames), np.float32)
    for first, end in doubtful(frames, frame_rate(times, base), held_frames(times, base)):
        asked[first:end] = 0.01
    return [b.start * rate for b in find_boundaries(asked, asked, frames, times, base)]


@pytest.mark.parametrize(("rate", "lengths"), CADENCES)
def test_of_frames_that_show_one_picture_the_first_stays(rate, lengths):
    """At its own time, whatever the cadence; the end is that of the file."""
    frames, firsts = stored(take(30), lengths)
    kept, times = without_repeats(frames, np.arange(len(frames) + 1), Fraction(1, rate))
    assert times.tolist() == [*firsts, len(frames)]
    np.testing.assert_array_equal(kept, frames[firsts])


@pytest.mark.parametrize(("rate", "lengths"), CADENCES)
def test_a_pan_is_one_take(rate, lengths):
    """Each step of a fast camera stands out from the stillness beside it, and is no cut."""
    assert cuts(stored(take(30), lengths)[0], rate) == []


@pytest.mark.parametrize(("rate", "lengths"), CADENCES)
def test_a_cut_of_a_slow_camera_is_found_on_its_frame(rate, lengths):
    """By the file's own count."""
    frames, firsts = stored(np.concatenate([take(24, dx=4), take(24, seed=8, dx=-4)]), lengths)
    assert cuts(frames, rate) == [firsts[24]]


def test_nothing_of_the_copy_is_left_in_the_folder(tmp_path):
    """It is a file that vanishes with it."""
    frames, firsts = stored(take(30), (3,))
    kept, _ = without_repeats(frames, np.arange(len(frames) + 1), Fraction(1, 30), tmp_path)
    assert len(kept) == len(firsts)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("pictures", "lengths"),
    [
        (lambda: take(60), (1,)),
        (lambda: take(60), (1, 1, 1, 1, 2, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2)),
        (lambda: take(1), (60,)),
        (lambda: take(60, dx=0), (1,)),
        (lambda: np.stack([take(1, seed=k)[0] for k in range(20)]), (5,)),
        (lambda: np.stack([take(1, seed=k)[0] for k in range(8)]), (30,)),
        (lambda: np.concatenate([take(20), np.repeat(take(20)[-1:], 30, axis=0), take(40)[20:]]), (1,)),
        (lambda: take(5), (3,)),
        (lambda: take(1), (1,)),
    ],
    ids=[
        "film",
        "a repeat now and then",
        "one picture",
        "still scene",
        "six slides a second",
        "a slide a second",
        "pause",
        "too short to tell",
        "one frame",
    ],
)
def test_everything_else_is_looked_at_as_it_is(pictures, lengths):
    """The very same arrays."""
    frames, _ = stored(pictures(), lengths)
    times = np.arange(len(frames) + 1)
    same, on_time = without_repeats(frames, times, Fraction(1, 30))
    assert same is frames
    assert on_time is times


def test_a_pause_keeps_all_its_frames():
    """Of a slow camera that stands still for two seconds and goes on."""
    before, after = stored(take(20), (3,))[0], stored(take(40)[20:], (3,))[0]
    frames = np.concatenate([before, np.repeat(before[-1:], 60, axis=0), after])
    repeated = repeats(frames, np.arange(len(frames) + 1), Fraction(1, 30))
    assert not repeated[60:120].any()
    assert (repeated[:57].mean(), repeated[120:].mean()) == pytest.approx((2 / 3, 2 / 3), abs=0.02)
    assert cuts(frames, 30) == []


def test_a_part_at_full_rate_keeps_all_its_frames():
    """Between two parts at a third of it, as in an edit of several sources."""
    slow, film = stored(take(20, dx=4), (3,))[0], take(60, seed=8, dx=2)
    frames = np.concatenate([slow, film, stored(take(20, seed=9, dx=4), (3,))[0]])
    repeated = repeats(frames, np.arange(len(frames) + 1), Fraction(1, 30))
    assert not repeated[60:120].any()
    assert cuts(frames, 30) == [60, 120]
