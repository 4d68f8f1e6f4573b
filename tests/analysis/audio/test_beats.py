"""Beats and tempo from activations."""

import numpy as np
import pytest

from clipzy.analysis.audio.beats import _rhythm, decode_beats
from clipzy.style.measurements import Beat, BeatBand

NO_FLUX = np.zeros((0, 3), np.float32)


def activations(times, seconds, *, downbeat_every=4, peak=0.9):
    """What a network sure of these beats would say, 50 frames a second."""
    frames = np.full((round(seconds * 50), 3), 0.0, np.float32)
    frames[:, 2] = 0.98
    frames[:, 0] = frames[:, 1] = 0.01
    for number, time in enumerate(times):
        frame = min(round(time * 50), len(frames) - 1)
        weak, strong = 0.08, peak
        both = (strong, weak) if number % downbeat_every else (weak, strong)
        frames[frame] = (*both, 0.02)
    return frames


@pytest.mark.parametrize("bpm", [72, 96.5, 120, 174])
def test_steady_beats_are_found_with_their_tempo(bpm):
    """Beats within a frame, tempo within 0.2 %, though frames of 20 ms are coarser; stability near 1."""
    times = np.arange(0.5, 29.5, 60 / bpm)
    rhythm = decode_beats(activations(times, 30), NO_FLUX)
    found = np.array([beat.time_s for beat in rhythm.beats])
    assert len(found) == pytest.approx(len(times), abs=1)
    assert np.abs(found[:, None] - times[None]).min(axis=0).max() <= 0.021
    assert bpm == pytest.approx(rhythm.tempo_bpm, rel=0.002)
    assert rhythm.stability > 0.9
    assert rhythm.has_tempo(music=True)


@pytest.mark.parametrize("meter", [3, 4])
def test_downbeats_begin_the_bars(meter):
    """Three or four beats to a bar, as the activations say."""
    rhythm = decode_beats(activations(np.arange(0.5, 30, 0.5), 30, downbeat_every=meter), NO_FLUX)
    numbers = [k for k, beat in enumerate(rhythm.beats) if beat.downbeat]
    assert set(np.diff(numbers)) == {meter}


def test_confidence_is_the_probability_of_any_beat():
    """A beat's confidence is P(beat) + P(downbeat) at its frame."""
    rhythm = decode_beats(activations(np.arange(0.5, 20, 0.5), 20, peak=0.6), NO_FLUX)
    assert [beat.confidence for beat in rhythm.beats] == pytest.approx([0.68] * len(rhythm.beats))
    assert rhythm.strength == pytest.approx(0.68)


def test_tempo_drift_lowers_the_stability():
    """A tempo that runs from 90 to 130 is less stable than a steady one, and its mean lies between."""
    beat = np.cumsum(60 / np.linspace(90, 130, 50))
    rhythm = decode_beats(activations(beat, beat[-1] + 1), NO_FLUX)
    assert rhythm.stability < 0.4
    assert rhythm.tempo_bpm == pytest.approx(50 * 60 / beat[-1], rel=0.02)
    assert rhythm.share < 0.3


@pytest.mark.parametrize(("beats", "bpm"), [((20, 20), 100), ((20, 60), 140)])
def test_of_a_tempo_that_changes_the_longest_is_told(beats, bpm):
    """One that is heard, not the mean of two, and no surer than the share of the time it lasts."""
    times = np.cumsum(np.repeat([60 / 100, 60 / 140], beats))
    rhythm = decode_beats(activations(times, times[-1] + 1), np.zeros((round(50 * times[-1]) + 50, 3), np.float32))
    assert rhythm.tempo_bpm == pytest.approx(bpm, rel=0.005)
    lasts = max(np.array(beats) / [100, 140]) / sum(np.array(beats) / [100, 140])
    assert lasts - 0.2 < rhythm.share <= lasts + 0.02
    assert rhythm.level <= rhythm.share


def test_tempi_far_from_the_usual_are_counted_by_their_own_beats():
    """A slow part is not heard at twice its tempo because most of the beats are fast ones."""
    times = np.cumsum(np.repeat([60 / 140, 60 / 90], [140, 120]))  # 60 s, then 80
    rhythm = _rhythm(tuple(Beat(float(time), 1.0, BeatBand.BASS, downbeat=False) for time in times))
    assert rhythm.tempo_bpm == pytest.approx(90, rel=0.01)
    assert rhythm.share == pytest.approx(80 / 140, abs=0.05)


def test_a_tempo_that_hardly_changes_is_told_as_a_whole():
    """Of one that rises by 12 % the mean, as of a steady one."""
    beat = np.cumsum(60 / np.linspace(100, 112, 60))
    rhythm = decode_beats(activations(beat, beat[-1] + 1), NO_FLUX)
    assert rhythm.tempo_bpm == pytest.approx(106, rel=0.01)
    assert (rhythm.share, rhythm.stability > 0.5) == (1.0, True)


def test_beats_are_told_only_where_they_count():
    """A mask leaves beats out; the two passages share their tempo though the gap shifts the phase."""
    times = np.concatenate([np.arange(0.5, 15, 0.6), np.arange(25.73, 40, 0.6)])
    where = np.ones(2000, bool)
    where[15 * 50 : 25 * 50] = False
    rhythm = decode_beats(activations(times, 40), NO_FLUX, where)
    assert not [beat for beat in rhythm.beats if 15.1 < beat.time_s < 24.9]
    assert rhythm.tempo_bpm == pytest.approx(100, rel=0.005)


@pytest.mark.parametrize("where", [None, np.ones(1000, bool)], ids=["everywhere", "in music"])
def test_beats_that_nobody_hears_are_not_counted_on_at_the_ends(where):
    """Noise before the first beat and after the last one makes the decoder go on with its pulse; one weak beat between others stays."""
    times = np.arange(5, 15.01, 0.5)
    found = activations(times, 20)
    for frame in (190, 812):
        found[frame] = (0.06, 0.0, 0.94)
    found[500] = (0.02, 0.01, 0.97)
    beats = decode_beats(found, NO_FLUX, where).beats
    assert [beat.time_s for beat in beats] == pytest.approx(times, abs=0.021)


@pytest.mark.parametrize("frames", [0, 1, 2, 10, 60])
def test_too_little_sound_has_no_tempo(frames):
    """About a second decodes without error, and its tempo is not to be told."""
    rhythm = decode_beats(np.full((frames, 3), 1 / 3, np.float32), NO_FLUX)
    assert rhythm.stability is None
    assert not rhythm.has_tempo(music=True)
    # a second and a fifth holds three beats, from which a tempo can be reckoned though not told
    assert (rhythm.tempo_bpm is None) == (frames < 60)


def test_no_activation_no_beats():
    """When the network is sure that there is no beat there are none."""
    quiet = np.tile(np.float32([0.001, 0.001, 0.998]), (1500, 1))
    assert decode_beats(quiet, NO_FLUX).beats == ()


@pytest.mark.parametrize(
    ("peak", "music", "told"), [(0.9, False, True), (0.6, False, False), (0.6, True, True), (0.3, True, False)]
)
def test_tempo_needs_music_or_clicks(peak, music, told):
    """Plain regular beats have a tempo without music, weaker ones only with it, faint ones never."""
    rhythm = decode_beats(activations(np.arange(0.5, 20, 0.5), 20, peak=peak), NO_FLUX)
    assert told is rhythm.has_tempo(music)
