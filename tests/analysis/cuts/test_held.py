"""Frames that are seen for long are pictures of their own."""

from fractions import Fraction
from itertools import pairwise

import cv2
import numpy as np
import pytest

import scenes
import synth
from clipzy.analysis.cuts.differences import sharpness, steps
from clipzy.analysis.cuts.doubt import doubtful
from clipzy.analysis.cuts.held import frame_rate, held_frames, one_take, sharp_steps
from clipzy.analysis.cuts.shots import find_boundaries


def small(pictures):
    """At the size of shot frames."""
    return np.stack([cv2.resize(each, (48, 27), interpolation=cv2.INTER_AREA) for each in pictures])


def slides(count=10):
    """Pictures that have nothing to do with each other, a frame each."""
    return small(synth.textured_frame(seed) for seed in range(count))


def cuts(frames, times, time_base):
    """When shots change, in ticks, by the frames alone; the network must not be needed."""
    held = held_frames(times, time_base)
    rate = float(len(frames) / ((times[-1] - times[0]) * time_base))
    asked = np.zeros(len(frames), np.float32)
    for first, end in doubtful(frames, rate, held):
        asked[first:end] = 0.01
    return [b.start / time_base for b in find_boundaries(asked, asked, frames, times, time_base)]


@pytest.mark.parametrize("second", [Fraction(3), Fraction(1), Fraction(1, 4)], ids=["1/3", "1", "4"])
def test_a_slideshow_of_one_frame_each_has_its_cuts(second):
    """At a frame each three seconds as at four in one; repeated, the same pictures have the same."""
    frames = slides()
    assert cuts(frames, np.arange(11), second) == list(range(1, 10))
    assert cuts(np.repeat(frames, 3, axis=0), np.arange(31), second / 3) == list(range(3, 30, 3))


def test_a_recording_that_stands_still_for_long_has_its_cuts():
    """A variable rate: a frame of three seconds, then a second of film, and so on."""
    shots = [scenes.as_bytes(scenes.shot(seed, 1 if seed % 2 else 25)) for seed in range(1, 6)]
    lengths = np.concatenate([np.full(len(shot), 75 if len(shot) == 1 else 1) for shot in shots])
    times = np.concatenate([[0], np.cumsum(lengths)])
    ends = np.cumsum([75 if len(shot) == 1 else 25 for shot in shots])[:-1]
    assert cuts(np.concatenate(shots), times, Fraction(1, 25)) == ends.tolist()


def test_slides_that_take_turns_are_no_flashes():
    """A light picture between two dark ones that are the same, for a second."""
    dark, light = (synth.textured_frame(seed) // 2 for seed in (3, 4))
    frames = small(dark if k % 2 else light + 128 for k in range(8))
    assert cuts(frames, np.arange(9), Fraction(1)) == list(range(1, 8))


@pytest.mark.parametrize("dx", [2, 10, 30, 60])
def test_a_camera_that_moves_on_between_held_frames_cuts_nothing(dx):
    """By up to a fifth of the picture each second."""
    frames = small(synth.moving_texture(24, seed=5, dx=dx))
    assert cuts(frames, np.arange(25), Fraction(1)) == []
    assert all(one_take(one, other) for one, other in pairwise(frames))


def test_a_recorder_that_lost_pictures_of_a_moving_camera_cuts_nothing():
    """After half a second without any the camera is farther on than from frame to frame."""
    frames = small(synth.moving_texture(90, seed=5, dx=4))
    kept = np.array([k for k in range(90) if not (30 < k < 42 or 60 < k < 72)])
    assert cuts(frames[kept], np.append(kept, 90), Fraction(1, 25)) == []


def test_films_are_looked_at_as_ever():
    """Five frames a second and more: to the last bit."""
    frames = scenes.as_bytes(scenes.edit("cut", during=0)[0])
    times = np.arange(len(frames) + 1)
    held = held_frames(times, Fraction(1, 5))
    assert not held.any()
    change = steps(frames)
    np.testing.assert_array_equal(sharp_steps(frames, change, held), sharpness(change))


def test_what_a_film_shows_is_not_lost_beside_a_frame_that_lasts():
    """A step that stands out among its neighbours still does."""
    frames = scenes.as_bytes(scenes.edit("cut", during=0)[0])
    times = np.arange(len(frames) + 1)
    times[20:] += 200
    change = steps(frames)
    assert (sharp_steps(frames, change, held_frames(times, Fraction(1, 25))) >= sharpness(change)).all()


@pytest.mark.parametrize("frames", [1, 2, 3, 10, 900])
def test_every_frame_counts_for_the_rate(frames):
    """The last one lasts as long as the others: also two frames in a fifteenth of a second are thirty a second."""
    assert frame_rate(np.arange(frames + 1) * 3000, Fraction(1, 90_000)) == pytest.approx(30)


@pytest.mark.parametrize(
    ("lengths_ms", "rate"),
    [
        ([20] * 100 + [60_000], 50),
        ([3_000] + [40] * 50 + [5_000] + [40] * 50, 25),
        ([30, 35] * 50, 30.77),
        ([40] * 50 + [80, 120], 23.64),
        ([2_000] * 10, 0.5),
        ([1, 1, 1, 157] * 20, 25),
    ],
    ids=["stands at last", "stands twice", "uneven", "frames lost", "slides", "in heaps"],
)
def test_pauses_count_for_no_rate(lengths_ms, rate):
    """It is that of pictures that move; frames that come late or are lost are no pauses."""
    times = np.concatenate([[0], np.cumsum(lengths_ms)])
    assert frame_rate(times, Fraction(1, 1000)) == pytest.approx(rate, rel=0.01)


def test_transitions_are_found_beside_a_picture_that_stands():
    """A wipe that no network saw, in a file whose last picture stands for a minute, lies where it lies without that."""
    clip, _, _ = scenes.edit("wipe-up", during=15)
    frames, quiet = scenes.as_bytes(clip), np.zeros(len(clip), np.float32)
    times = np.arange(len(frames) + 1)
    moving, stopped = (
        find_boundaries(quiet, quiet, frames, each, Fraction(1, 25)) for each in (times, np.append(times[:-1], 1500))
    )
    assert len(moving) == 1
    assert stopped == moving
