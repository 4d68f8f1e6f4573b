"""Speech, and whether it was treated."""

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from clipzy.analysis.audio.sound_rates import VOICE_RATE
from clipzy.analysis.audio.speech import speech_mask, speech_treatment
from clipzy.analysis.stretches import runs

NO_EVENTS = np.zeros((0, 3), np.float32)


def voice(*stretches, seconds=20, probability=0.95):
    """Windows likely to be speech in the stretches (start, end) in seconds."""
    windows = np.full(round(seconds * VOICE_RATE), 0.05, np.float32)
    for start, end in stretches:
        windows[round(start * VOICE_RATE) : round(end * VOICE_RATE)] = probability
    return windows


def in_seconds(mask):
    """Stretches of a mask, rounded to tenths of a second."""
    return [[round(start / VOICE_RATE, 1), round(stop / VOICE_RATE, 1)] for start, stop in runs(mask)]


def test_pauses_for_breath_do_not_end_speech():
    """Gaps of 0.2 s close, noises of 0.1 s go."""
    assert in_seconds(speech_mask(voice((1, 3), (3.2, 5), (9, 9.1)), NO_EVENTS)) == [[1.0, 5.0]]


def test_singing_is_not_speech():
    """A voice that likelier sings is left out; where speech is likelier it stays."""
    events = np.zeros((2000, 3), np.float32)
    events[300:1000] = (0.2, 0.9, 0.9)
    events[1000:1500] = (0.9, 0.6, 0.9)
    assert in_seconds(speech_mask(voice((3, 15)), events)) == [[10.0, 15.0]]


# D. Byrne et al., "An international comparison of long-term average speech spectra", JASA 96 (1994): men and women of twelve languages
# together, third-octave levels in dB at 70 dB overall
LTASS_HZ = (
    63,
    80,
    100,
    125,
    160,
    200,
    250,
    315,
    400,
    500,
    630,
    800,
    1000,
    1250,
    1600,
    2000,
    2500,
    3150,
    4000,
    5000,
    6300,
    8000,
)
LTASS_DB = (
    *(38.6, 43.5, 54.4, 57.7, 56.8, 60.2, 60.3, 59.0, 62.1, 62.1, 60.5),
    *(56.8, 53.7, 53.0, 52.0, 48.7, 48.1, 46.8, 45.6, 44.5, 44.3, 43.7),
)


def natural(seconds=20, rate=16000):
    """Noise with the long-term average spectrum of speech."""
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal(seconds * rate))
    frequency = np.fft.rfftfreq(seconds * rate, 1 / rate)
    # the wider a band, the more it gathers of the same density
    density_db = np.array(LTASS_DB) - 10 * np.log10(LTASS_HZ)
    spectrum *= 10 ** (np.interp(np.log(np.maximum(frequency, 50)), np.log(LTASS_HZ), density_db) / 20)
    noise = np.fft.irfft(spectrum)
    return (0.05 * noise / noise.std()).astype(np.float32)


def lifted(sound):
    """The same with 2-5 kHz raised by 12 dB."""
    band = sosfilt(butter(2, (2000, 5000), "bandpass", fs=16000, output="sos"), sound)
    return (sound + 3 * band).astype(np.float32)


def with_background(sound, below_db):
    """Speech in the first half, but for its last tenth of a second, and the same sound that much quieter after it."""
    quiet = sound.copy()
    quiet[len(quiet) // 2 - 1600 :] *= 10 ** (-below_db / 20)
    return quiet


SPEAKS = speech_mask(voice((0, 10)), NO_EVENTS)


@pytest.mark.parametrize(
    ("treat", "below_db", "enhanced"),
    [(lifted, 30, True), (lifted, 6, False), (np.copy, 30, False)],
    ids=["lifted-and-clear", "lifted-with-background", "natural"],
)
def test_enhanced_means_lifted_and_clear(treat, below_db, enhanced):
    """Speech counts as enhanced when its presence was raised and it stands 15 dB over what sounds between."""
    treatment = speech_treatment(with_background(treat(natural()), below_db), SPEAKS)
    assert below_db == pytest.approx(treatment.clearance_db, abs=1)
    assert enhanced is treatment.enhanced


def test_words_that_were_missed_are_no_background():
    """One second as loud as the speech among nine that are 30 dB quieter leaves the voice clear."""
    sound = with_background(lifted(natural()), 30)
    at = slice(15 * 16000, 16 * 16000)
    sound[at] = lifted(natural())[at]
    treatment = speech_treatment(sound, SPEAKS)
    assert treatment.clearance_db > 20, "but for what lies across its edges"
    assert treatment.enhanced


def test_natural_speech_has_the_presence_of_natural_speech():
    """A spectrum like the long-term average of speech lies at 0 dB."""
    assert speech_treatment(natural(), SPEAKS).presence_db == pytest.approx(0, abs=0.5)


def test_a_word_is_too_little_to_judge():
    """Under two seconds of speech nothing is said of its treatment."""
    assert speech_treatment(natural(), speech_mask(voice((1, 2)), NO_EVENTS)) is None


def test_speech_without_a_pause_has_no_background():
    """When nothing sounds between, the clearance is unknown."""
    everything = np.ones(round(20 * VOICE_RATE), bool)
    assert speech_treatment(natural(), everything).clearance_db is None
