"""Where a speaker pauses, finer than the stretches of speech: places at which a cut leaves every word whole."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.audio.sound_rates import RATE_16K, VOICE_RATE
from clipzy.analysis.audio.speech import LEAVE
from clipzy.analysis.stretches import resampled, spans_of, tidied
from clipzy.style.time import Span

Floats = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]

RATE = 100  # frames a second
HOP = RATE_16K // RATE
# the closures of plosives within words last up to about 0.15 s, pauses between phrases mostly over 0.2 s (Campione & Véronis 2002)
SHORTEST_S = 0.16
QUIET_DB = 25.0  # under the level of the speech, at which even an unstressed syllable is no longer heard


def pauses_in(speaks: Mask, voice: Floats, audio_16k: Floats, duration: Fraction) -> tuple[Span, ...]:
    """The pauses within speech: where the network hears no voice, or hardly any sound is left, for 0.16 s or more.

    Args:
        speaks: (V,) of `speech_mask`, whose gaps of breath are closed.
        voice: (V,) probability of speech, per window of 512 samples.
        audio_16k: (N,) mono; may be a memory map.
        duration: of the sound, seconds.
    """
    level = _level_db(audio_16k)
    said = resampled(speaks, VOICE_RATE, len(level), RATE)
    if not said.any():
        return ()
    silent = resampled(np.asarray(voice) < LEAVE, VOICE_RATE, len(level), RATE)
    quiet = level < np.percentile(level[said], 75) - QUIET_DB
    found = tidied(said & (silent | quiet), round(SHORTEST_S * RATE), 0)
    return spans_of(found, Fraction(1, RATE), duration)


def _level_db(audio: Floats) -> Floats:
    """The level of each hundredth of a second, dB relative to full scale; in pieces that bound the memory."""
    piece = 60 * RATE * HOP
    levels = [np.zeros(0, np.float32)]
    for at in range(0, len(audio) // HOP * HOP, piece):
        part = np.asarray(audio[at : min(at + piece, len(audio) // HOP * HOP)], np.float32).reshape(-1, HOP)
        levels.append(10 * np.log10(np.square(part).mean(axis=1) + 1e-10))
    return np.concatenate(levels)
