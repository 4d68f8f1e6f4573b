"""Order: notes and pulse."""

import numpy as np
import pytest
from scipy.ndimage import median_filter

from clipzy.analysis.audio.music_order import _medians, is_ordered, note_rate, pulse_clarity
from clipzy.analysis.audio.onsets import band_flux
from synth import drum_track, noise, sine

RATE, SECONDS = 16000, 12


def melody(seconds=SECONDS, note_s=0.5):
    """Plucked notes of a scale."""
    time = np.arange(round(note_s * RATE)) / RATE
    scale = 220 * 2 ** (np.array([0, 4, 7, 12, 9, 5]) / 12)
    notes = [np.sin(2 * np.pi * scale[k % 6] * time) * np.exp(-time / 0.3) for k in range(round(seconds / note_s))]
    return (0.3 * np.concatenate(notes)).astype(np.float32)


def sweep():
    """A tone that rises from 300 to 2000 Hz."""
    time = np.arange(SECONDS * RATE) / RATE
    return (0.3 * np.sin(2 * np.pi * (300 * time + 1700 * time**2 / (2 * SECONDS)))).astype(np.float32)


def hum():
    """Mains hum with its harmonics and a little noise."""
    time = np.arange(SECONDS * RATE) / RATE
    partials = sum(np.sin(2 * np.pi * 50 * k * time) / k for k in range(1, 12))
    return (0.1 * partials).astype(np.float32) + noise(SECONDS, RATE, rms_dbfs=-45)[:, 0]


def knocks(seed=1):
    """Short bursts of noise at times of their own, three a second."""
    rng = np.random.default_rng(seed)
    sound = np.zeros(SECONDS * 22050)
    burst = rng.standard_normal(2000) * np.exp(-np.arange(2000) / 300)
    for start in rng.integers(0, len(sound) - 2000, 3 * SECONDS):
        sound[start : start + 2000] += 0.3 * burst
    return sound.astype(np.float32)


def test_a_melody_has_its_notes():
    """Two notes a second with one partial each are counted, the first apart."""
    assert note_rate(melody()[None]) == pytest.approx(2, abs=0.2)


@pytest.mark.parametrize(
    "sound",
    [sine(440, SECONDS, RATE)[:, 0], sweep(), hum(), noise(SECONDS, RATE)[:, 0], np.zeros(SECONDS * RATE, np.float32)],
    ids=["tone", "sweep", "hum", "noise", "silence"],
)
def test_what_only_lasts_or_glides_has_no_notes(sound):
    """A pitch that stays or glides, and no pitch at all, begin nothing."""
    assert note_rate(sound[None]) < 0.3


def test_notes_are_heard_over_noise():
    """A melody 10 dB over white noise keeps its notes."""
    sound = melody() + noise(SECONDS, RATE, rms_dbfs=20 * np.log10(melody().std()) - 10)[:, 0]
    assert note_rate(sound[None]) > 1


def clarity_of(audio):
    """How clear the pulse of all of a sound at 22 050 Hz is."""
    flux = band_flux(audio)
    return pulse_clarity(flux, np.ones(len(flux), bool))


def test_running_medians_of_rows_are_scipys():
    """To the bit, up to both ends of each row: only faster."""
    rows = np.random.default_rng(4).standard_normal((7, 130))
    assert np.array_equal(_medians(rows, 41), median_filter(rows, (1, 41)))


def test_drums_have_a_clear_pulse_and_knocks_have_none():
    """What is repeated after a second half of the bar is clear; strokes at random are not."""
    assert clarity_of(drum_track(110, SECONDS, 22050).audio[:, 0]) > 0.6
    assert max(clarity_of(knocks(seed)) for seed in range(5)) < 0.28


def test_the_pulse_is_sought_where_it_counts():
    """Knocks around drums do not blur them when only the drums count."""
    drums = drum_track(110, SECONDS, 22050).audio[:, 0]
    flux = band_flux(np.concatenate([knocks(), drums, knocks(2)]))
    where = np.zeros(len(flux), bool)
    where[SECONDS * 50 : SECONDS * 100] = True
    assert pulse_clarity(flux, where) > 0.6


@pytest.mark.parametrize("frames", [0, 1, 150])
def test_too_little_has_no_order(frames):
    """Under four seconds of onsets no pulse is told, and under half a second no notes."""
    assert pulse_clarity(np.ones((frames, 3), np.float32), np.ones(frames, bool)) == 0
    assert note_rate(np.ones((1, frames), np.float32)) == 0
    assert note_rate(np.zeros((0, 96000), np.float32)) == 0


@pytest.mark.parametrize(
    ("notes", "clarity", "strength", "ordered"),
    [(2.0, 0.1, 0.2, True), (0.0, 0.7, 0.8, True), (0.0, 0.9, 0.2, False), (0.2, 0.1, 0.6, False)],
    ids=["melody", "drums", "tone", "knocks"],
)
def test_notes_or_pulse_make_order(notes, clarity, strength, ordered):
    """Either will do; a repetition that nobody hears as beats will not."""
    assert ordered is is_ordered(notes, clarity, strength, steadiness=1.0)


@pytest.mark.parametrize(
    ("notes", "clarity", "strength", "ordered"),
    [(1.9, 0.3, 0.6, False), (4.0, 0.1, 0.3, True), (0.0, 0.5, 0.6, True)],
    ids=["knocks that ring", "melody", "drums"],
)
def test_what_the_network_wavers_over_needs_more_order(notes, clarity, strength, ordered):
    """Some partials that ring, or a pulse that is half clear, are music only where the network is steady."""
    assert ordered is is_ordered(notes, clarity, strength, steadiness=0.8)
    assert is_ordered(notes, clarity, strength, steadiness=0.97)
