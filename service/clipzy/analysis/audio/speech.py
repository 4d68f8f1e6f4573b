"""Where somebody speaks, and whether the speech was treated to stand out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.audio.sound_rates import EVENT_RATE, RATE_16K, VOICE_HOP, VOICE_RATE
from clipzy.analysis.audio.spectrum import band_levels, mean_power
from clipzy.analysis.stretches import hysteresis, resampled, tidied
from clipzy.style.loudness import TREATED_PRESENCE_DB

Floats = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]

# the values silero-vad's own segmenter uses: enter at .5, leave .15 lower, speech of a quarter second at least
ENTER, LEAVE, SHORTEST_S = 0.5, 0.35, 0.25
LONGEST_PAUSE_S = 0.3  # a breath inside a sentence
SINGING = 0.5

# Byrne et al. 1994 (LTASS, men and women, 12 languages): its third-octaves of 2-5 kHz lie 13.7 dB under those of 315-1000 Hz together
NATURAL_PRESENCE_DB = -13.7
CLEAR_OF_BACKGROUND_DB = 15.0  # below it, the spectrum is the background's as much as the voice's
ENOUGH_SPEECH_S = 2.0
VOICE_BANDS = ((280.0, 1120.0), (1780.0, 5600.0))  # third-octaves 315-1000 Hz and 2-5 kHz, edge to edge
SHORT_WINDOW = 1024  # 64 ms


def speech_mask(voice: Floats, events: Floats) -> Mask:
    """Windows in which somebody speaks and does not sing.

    Args:
        voice: (V,) probability of speech per window of 512 samples at 16 kHz.
        events: (E, 3) probabilities of speech, singing and music, 100 a second; where singing is likely and likelier than speech, a
            voice does not count.

    Returns:
        (V,) bool.
    """
    speaks = hysteresis(voice, ENTER, LEAVE)
    if len(events):
        sings = (events[:, 1] > SINGING) & (events[:, 1] > events[:, 0])
        speaks &= ~resampled(sings, EVENT_RATE, len(voice), VOICE_RATE)
    return tidied(speaks, round(SHORTEST_S * VOICE_RATE), round(LONGEST_PAUSE_S * VOICE_RATE))


@dataclass(frozen=True, slots=True)
class SpeechTreatment:
    """`clearance_db`: level of speech over the quieter half of what sounds between, None without anything between; `presence_db`: 2-5 kHz against natural speech."""

    clearance_db: float | None
    presence_db: float

    @property
    def enhanced(self) -> bool:
        """Whether the voice stands clear of its background and its presence band was lifted: both, so that a bright room is not taken for it."""
        clear = self.clearance_db is None or self.clearance_db >= CLEAR_OF_BACKGROUND_DB
        return clear and self.presence_db >= TREATED_PRESENCE_DB


def speech_treatment(audio_16k: Floats, speaks: Mask) -> SpeechTreatment | None:
    """Compare the spectrum of the speech with what sounds in between and with natural speech.

    Args:
        audio_16k: (N,) mono at 16 kHz; may be a memory map.
        speaks: (V,) of `speech_mask`.

    Returns:
        None with less than two seconds of speech.
    """
    if speaks.sum() < ENOUGH_SPEECH_S * VOICE_RATE:
        return None
    voice, between = (_bands_db(audio_16k, where) for where in (speaks, _background(audio_16k, speaks)))
    if voice is None:
        return None
    clearance = None if between is None else _total(voice) - _total(between)
    body, presence = voice
    return SpeechTreatment(clearance, float(presence - body) - NATURAL_PRESENCE_DB)


def _bands_db(audio_16k: Floats, where: Mask) -> Floats | None:
    """Levels of `VOICE_BANDS` in the chosen windows of 512 samples, by spectra short enough to follow speech; None when none is chosen."""
    power = mean_power(audio_16k, RATE_16K, where, VOICE_RATE, window=SHORT_WINDOW)
    return None if power is None else band_levels(power, RATE_16K, VOICE_BANDS)


def _background(audio_16k: Floats, speaks: Mask) -> Mask:
    """The quieter half of the windows without speech: the others may hold the ends of syllables, and words that were missed."""
    between = np.flatnonzero(~speaks)
    power = np.array([np.sum(np.square(audio_16k[at * VOICE_HOP : (at + 1) * VOICE_HOP])) for at in between])
    quiet = np.zeros(len(speaks), bool)
    quiet[between[power <= np.median(power)] if len(between) else between] = True
    return quiet


def _total(bands_db: Floats) -> float:
    return float(10 * np.log10(np.sum(10 ** (np.asarray(bands_db) / 10))))
