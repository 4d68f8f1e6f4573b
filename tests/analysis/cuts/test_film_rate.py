"""Shots of files that have more frames a second than films."""

from fractions import Fraction

import cv2
import numpy as np
import pytest

import synth
from clipzy.analysis.cuts.doubt import doubtful
from clipzy.analysis.cuts.film_rate import at_film_rate, to_the_frame
from clipzy.analysis.cuts.held import frame_rate, held_frames
from clipzy.analysis.cuts.shots import find_boundaries

TICK = Fraction(1, 90000)


def take(count, seed=5, dx=1.0):
    """A pan at the size of shot frames."""
    moving = synth.moving_texture(count, seed=seed, dx=dx)
    return np.stack([cv2.resize(each, (48, 27), interpolation=cv2.INTER_AREA) for each in moving])


def evenly(count, rate):
    """Starts and the end of so many frames, in ticks."""
    return np.array([round(k / rate / TICK) for k in range(count + 1)])


def boundaries(frames, rate):
    """What is found by the frames alone, as a stage looks at them."""
    all_times = evenly(len(frames), rate)
    fewer, times = at_film_rate(frames, all_times, TICK)
    asked = np.zeros(len(fewer), np.float32)
    for first, end in doubtful(fewer, frame_rate(times, TICK), held_frames(times, TICK)):
        asked[first:end] = 0.01
    found = find_boundaries(asked, asked, fewer, times, TICK)
    return to_the_frame(found, frames, all_times, times, TICK)


@pytest.mark.parametrize(("rate", "apart"), [(48, 2), (50, 2), (60, 2), (120, 4), (240, 7)])
def test_of_many_frames_a_second_as_many_stay_as_films_have(rate, apart):
    """Each at its own time; the end is that of the file."""
    frames, times = take(100), evenly(100, rate)
    kept, at = at_film_rate(frames, times, TICK)
    np.testing.assert_array_equal(kept, frames[::apart])
    assert at.tolist() == [*times[:-1:apart], times[-1]]


@pytest.mark.parametrize(
    "starts",
    [
        evenly(60, 24),
        evenly(60, 30),
        np.array([round(k * 1000 / 30) * 90 for k in range(61)]),
        evenly(60, 30) + np.arange(61) % 3 * 800,
        evenly(1, 60),
    ],
    ids=["film", "30 a second", "a clock of milliseconds", "a phone", "one frame"],
)
def test_other_files_are_looked_at_as_they_are(starts):
    """The very same arrays."""
    frames = take(len(starts) - 1)
    same, times = at_film_rate(frames, starts, TICK)
    assert same is frames
    assert times is starts
    assert to_the_frame((), frames, starts, times, TICK) == ()


def test_only_a_part_of_many_frames_a_second_is_thinned():
    """Between two of a film's rate, as in an edit of several sources."""
    film = evenly(30, 24)
    starts = np.concatenate([film[:-1], film[-1] + evenly(60, 60)[:-1], film[-1] + round(1 / TICK) + film])
    frames = take(len(starts) - 1)
    _, times = at_film_rate(frames, starts, TICK)
    assert len(times) - 1 == pytest.approx(30 + 30 + 30, abs=4)
    assert np.diff(times).min() > 0.9 / 36 / TICK


@pytest.mark.parametrize("rate", [60, 120, 240])
@pytest.mark.parametrize("late", [0, 1, 2, 3])
def test_a_cut_is_found_on_its_frame(rate, late):
    """Between those that are looked at, too."""
    frames = np.concatenate([take(rate + late, dx=60 / rate), take(rate, seed=8, dx=60 / rate)])
    (cut,) = boundaries(frames, rate)
    assert cut.start == cut.end
    assert cut.start == evenly(len(frames), rate)[rate + late] * TICK


@pytest.mark.parametrize("rate", [30, 60, 120])
def test_a_flash_is_as_long_at_every_rate(rate):
    """A tenth of a second: three frames at 30 a second, twelve at 120."""
    frames = take(2 * rate, dx=60 / rate)
    frames[rate : rate + rate // 10] = 255 - (255 - frames[rate : rate + rate // 10]) // 3
    assert boundaries(frames, rate) == ()
