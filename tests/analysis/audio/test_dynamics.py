"""Compression and bass."""

import numpy as np
import pytest
from scipy.signal import lfilter

from clipzy.analysis.audio.dynamics import (
    NATURAL_MUSIC,
    NATURAL_SPEECH,
    bass_excess_db,
    compression_ratio,
    density,
    shelf_of_excess,
)
from clipzy.style.loudness import on_bass_scale
from synth import drum_track, silence, speech_like

RATE = 22050
EVERYWHERE = np.ones(20, bool)  # seconds


def levels(audio):
    """Level and peak of every 50 ms."""
    blocks = audio[: len(audio) // (RATE // 20) * (RATE // 20)].reshape(-1, RATE // 20)
    return np.sqrt(np.square(blocks).mean(axis=1)), np.abs(blocks).max(axis=1)


def played(ratio, seconds=40):
    """Noise whose 50 ms levels wander as in acoustic music (5th largest of 100 over the 70th: 6.5 dB), compressed over its whole range."""
    rng = np.random.default_rng(3)
    count = seconds * 20
    wander = lfilter([1], [1, -0.5], rng.standard_normal(count))
    wander *= 6.5 / (np.percentile(wander, 95) - np.percentile(wander, 30))
    level_db = np.repeat(wander / ratio, RATE // 20)
    return 0.02 * rng.standard_normal(len(level_db)) * 10 ** (level_db / 20)


@pytest.mark.parametrize("ratio", [1, 2, 3, 4])
def test_a_known_ratio_is_read_back(ratio):
    """Natural dynamics divided by a ratio over their whole range read as that ratio within a fifth."""
    assert ratio == pytest.approx(density(*levels(played(ratio)), NATURAL_MUSIC), rel=0.2)


def test_music_that_is_calm_by_nature_is_uncompressed():
    """Levels of strings are less spread than those of a band, but they also hardly move from one moment to the next; the same levels in any order do."""
    rng = np.random.default_rng(5)
    swells = lfilter([1], [1, -0.9], rng.standard_normal(40 * 20))
    swells *= 4.0 / (np.percentile(swells, 95) - np.percentile(swells, 30))
    calm, shuffled = (
        0.02 * rng.standard_normal(len(swells) * (RATE // 20)) * 10 ** (np.repeat(each, RATE // 20) / 20)
        for each in (swells, rng.permutation(swells))
    )
    assert density(*levels(calm), NATURAL_MUSIC) < 1.2
    assert density(*levels(shuffled), NATURAL_MUSIC) > 1.8


def test_limiting_is_read_from_the_peaks():
    """The harder a drum track is driven into a limiter the higher the ratio, though its levels wander as before; untouched it reads under 1."""
    drums = drum_track(110, 20, RATE).audio[:, 0]
    read = [density(*levels(np.tanh(gain * drums)), NATURAL_MUSIC) for gain in (0.5, 8, 32)]
    assert read[0] < 1.0 < read[1] < read[2]


@pytest.mark.parametrize(("read", "ratio"), [(0.4, 1.0), (1.0, 1.0), (2.5, 2.5), (None, 1.0)])
def test_more_dynamics_than_by_nature_are_uncompressed(read, ratio):
    """A style's ratio is 1 there, and where nothing tells."""
    assert compression_ratio(read) == ratio


@pytest.mark.parametrize("quieter_db", [15, 30])
def test_how_loud_a_sound_was_recorded_says_nothing_of_its_density(quieter_db):
    """The quiet syllables of a voice that was recorded low are still a part of it."""
    voice = speech_like(20, RATE, seed=1)[:, 0] * np.repeat([1.0, 0.1, 0.02, 0.3] * 5, RATE)
    assert density(*levels(voice * 10 ** (-quieter_db / 20)), NATURAL_SPEECH) == pytest.approx(
        density(*levels(voice), NATURAL_SPEECH), rel=0.01
    )


@pytest.mark.parametrize("sound", [silence(5, RATE)[:, 0], np.zeros(100), played(1)[: RATE * 2]])
def test_too_little_to_tell_is_uncompressed(sound):
    """Silence, and less than three seconds, read nothing."""
    assert density(*levels(sound), NATURAL_SPEECH) is None


def test_a_steady_tone_is_bounded():
    """No dynamics at all read as the upper end, not as infinity."""
    tone = 0.5 * np.sin(np.arange(RATE * 10) * 0.1)
    assert density(*levels(tone), NATURAL_MUSIC) == 8.0


def pink(seconds=20):
    """Noise that falls by 3 dB an octave: level third-octaves."""
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal(seconds * RATE))
    spectrum /= np.sqrt(np.maximum(np.fft.rfftfreq(seconds * RATE, 1 / RATE), 20))
    noise = np.fft.irfft(spectrum)
    return (0.2 * noise / noise.std()).astype(np.float32)


def low_shelf(audio, gain_db, corner_hz=100):
    """A low shelf after R. Bristow-Johnson's cookbook, slope 1."""
    a = 10 ** (gain_db / 40)
    w = 2 * np.pi * corner_hz / RATE
    alpha, cos = np.sin(w) / 2 * np.sqrt(2), np.cos(w)
    root = 2 * np.sqrt(a) * alpha
    b = [a * (a + 1 - (a - 1) * cos + root), 2 * a * (a - 1 - (a + 1) * cos), a * (a + 1 - (a - 1) * cos - root)]
    d = [a + 1 + (a - 1) * cos + root, -2 * (a - 1 + (a + 1) * cos), a + 1 + (a - 1) * cos - root]
    return lfilter(b, d, audio).astype(np.float32)


def test_pink_noise_has_no_excess():
    """A straight spectrum has no bass over its own trend."""
    assert bass_excess_db(pink(), EVERYWHERE, 1.0) == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize("gain_db", [6, 9, 12])
def test_a_low_shelf_shows_with_its_gain(gain_db):
    """Bass lifted by a shelf at 100 Hz over neutral music reads as that gain on the scale, within a sixth of it."""
    flat = bass_excess_db(pink(), EVERYWHERE, 1.0)
    lifted = bass_excess_db(low_shelf(pink(), gain_db), EVERYWHERE, 1.0)
    shown = on_bass_scale(shelf_of_excess(lifted - flat + 2.0))
    assert 100 * gain_db / 12 == pytest.approx(shown, rel=1 / 6)


def test_bass_is_measured_only_where_asked():
    """Frames that do not count leave no trace; when none counts there is no answer."""
    audio = np.concatenate([pink(10), low_shelf(pink(10), 12)])
    first = np.arange(20) < 10
    assert bass_excess_db(audio, first, 1.0) == pytest.approx(0, abs=0.7)
    assert bass_excess_db(audio, ~first, 1.0) > 6
    assert bass_excess_db(audio, np.zeros(20, bool), 1.0) is None


def test_thin_bass_reads_below_neutral():
    """2 dB over the trend is neutral; what lies under it would need a shelf to come there, of 6 dB for the 3.7 dB that one shows."""
    assert [shelf_of_excess(excess) for excess in (2.0, 5.72, -1.72)] == pytest.approx([0.0, 6.0, -6.0])
