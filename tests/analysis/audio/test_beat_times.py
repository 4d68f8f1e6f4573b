"""Beats at the onsets beside them."""

import numpy as np
import pytest

from clipzy.analysis.audio.beat_times import refined
from synth import drum_track

RATE = 22050
SEED = 5


def misplaced(times, most_s=0.025):
    """Times as frames have them: off by up to a frame and a bit."""
    return times + np.random.default_rng(SEED).uniform(-most_s, most_s, len(times))


@pytest.mark.parametrize("bpm", [72, 120, 174])
@pytest.mark.parametrize("level", [1.0, 0.01])
def test_beats_come_to_their_strokes(bpm, level):
    """Kicks, snares and a bass under them, loud or quiet: within 4 ms, and all alike to 2 ms, from up to 25 ms away."""
    drums = drum_track(bpm, 12, RATE, first_beat_s=0.3)
    errors = refined(misplaced(drums.beat_times), level * drums.audio[:, 0]) - drums.beat_times
    assert np.abs(errors).max() < 0.004
    assert np.ptp(errors) < 0.002


def _noise(seconds):
    return (0.1 * np.random.default_rng(SEED).standard_normal(seconds * RATE)).astype(np.float32)


def _chord(seconds):
    time = np.arange(seconds * RATE) / RATE
    return sum(0.05 * np.sin(2 * np.pi * hz * time) for hz in (220, 277.2, 329.6)).astype(np.float32)


@pytest.mark.parametrize(
    "sound", [_noise(10), _chord(10), np.zeros(10 * RATE, np.float32)], ids=["noise", "chord", "silence"]
)
def test_beats_without_a_stroke_stay(sound):
    """Where nothing sets in there is nothing to go by, nor before and after the sound."""
    times = np.arange(0.0, 12, 0.47)
    inside = (times > 0.1) & (times < 9.9)
    np.testing.assert_array_equal(refined(times, sound)[inside], times[inside])
    np.testing.assert_array_equal(refined(times, sound)[times > 10.1], times[times > 10.1])


def test_a_sound_that_begins_with_a_beat():
    """Its first beat is not before its beginning."""
    drums = drum_track(120, 4, RATE)
    found = refined(drums.beat_times[:1] + 0.01, drums.audio[:, 0])
    assert found == pytest.approx([0.0], abs=0.004)
    assert found[0] >= 0
    assert len(refined(np.zeros(0), drums.audio[:, 0])) == 0
